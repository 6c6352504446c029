package ikebana.kernel.embedded;

import ikebana.crypto.EspCipher;
import ikebana.crypto.SeededEntropy;
import ikebana.kernel.Direction;
import ikebana.kernel.Request;
import ikebana.kernel.State;
import ikebana.wire.Bytes;
import ikebana.wire.Spi;
import java.util.Arrays;
import java.util.Optional;

/// ESP that reaches the kernel in memory: as a stranger sends it, and as a peer with the right keys does. Then the
/// first byte is the protocol inside.
public final class EspPacketFuzz {
    private static final int SPI = 0x1000;
    private static final Host PEER = new Host("192.0.2.2");
    private static final KernelState BEFORE;
    private static final State INBOUND;
    private static final Host HOST = Host.trapping("192.0.2.1");

    static {
        INBOUND = Sa.from(PEER, HOST, SPI).state(Direction.IN);
        HOST.ask(new Request.InstallState(INBOUND));
        BEFORE = HOST.state;
    }

    private EspPacketFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        arrives(Bytes.of(input));
        if (input.length == 0) return;
        var cipher = new EspCipher(INBOUND.suite(), INBOUND.encryptionKey(), INBOUND.integrityKey());
        var inside = Bytes.of(Arrays.copyOfRange(input, 1, input.length));
        arrives(cipher.seal(new Spi(SPI), 1, Byte.toUnsignedInt(input[0]), inside, new SeededEntropy(1)));
    }

    private static void arrives(Bytes esp) {
        var packet = new EspPacket(PEER.address, HOST.address, Optional.empty(), esp);
        var step = HOST.kernel.step(BEFORE, HOST.now, new Input.EspArrived(packet));
        if (step.effects().isEmpty()) throw new IllegalStateException("nothing became of a packet");
    }
}
