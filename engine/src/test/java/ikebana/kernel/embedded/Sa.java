package ikebana.kernel.embedded;

import ikebana.crypto.Encryption;
import ikebana.crypto.EspSuite;
import ikebana.kernel.Direction;
import ikebana.kernel.Lifetime;
import ikebana.kernel.Prefix;
import ikebana.kernel.Selector;
import ikebana.kernel.State;
import ikebana.kernel.StateId;
import ikebana.kernel.UdpEncapsulation;
import ikebana.wire.IpAddress;
import ikebana.wire.Secret;
import ikebana.wire.Spi;
import java.util.Arrays;
import java.util.Optional;

/// One SA of a story, as both ends agreed on it; to be changed where the story differs.
final class Sa {
    private final IpAddress source;
    private final IpAddress destination;
    private final int spi;
    private int reqid = Host.REQID;
    private Selector selector;
    private EspSuite suite = new EspSuite(Encryption.AES_GCM_16_256, Optional.empty(), false);
    private int key;
    private Optional<UdpEncapsulation> encapsulation = Optional.empty();
    private int acquireSequence;
    private int replayWindow = 32;
    private Lifetime lifetime = Lifetime.UNLIMITED;

    private Sa(IpAddress source, IpAddress destination, int spi) {
        this.source = source;
        this.destination = destination;
        this.spi = spi;
        this.key = spi;
        this.selector = Host.selector(Prefix.host(source), Prefix.host(destination), Optional.empty());
    }

    static Sa from(Host from, Host to, int spi) {
        return new Sa(from.address, to.address, spi);
    }

    StateId id() {
        return new StateId(new Spi(spi), destination);
    }

    Sa reqid(int other) {
        reqid = other;
        return this;
    }

    Sa selector(Selector other) {
        selector = other;
        return this;
    }

    Sa suite(EspSuite other) {
        suite = other;
        return this;
    }

    Sa key(int other) {
        key = other;
        return this;
    }

    Sa encapsulation(UdpEncapsulation other) {
        encapsulation = Optional.of(other);
        return this;
    }

    Sa acquireSequence(int other) {
        acquireSequence = other;
        return this;
    }

    Sa replayWindow(int other) {
        replayWindow = other;
        return this;
    }

    Sa lifetime(Lifetime other) {
        lifetime = other;
        return this;
    }

    /// One end's half of it.
    State state(Direction direction) {
        return new State(
                id(),
                source,
                direction,
                reqid,
                selector,
                suite,
                secret(suite.encryption().keyLength()),
                secret(suite.integrity().map(it -> it.keyLength()).orElse(0)),
                encapsulation,
                acquireSequence,
                direction == Direction.IN ? replayWindow : 0,
                lifetime);
    }

    private Secret secret(int length) {
        var bytes = new byte[length];
        Arrays.fill(bytes, (byte) key);
        return Secret.owning(bytes);
    }
}
