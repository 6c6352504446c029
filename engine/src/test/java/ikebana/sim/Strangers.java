package ikebana.sim;

import ikebana.ike.Datagram;
import ikebana.ike.Path;
import ikebana.wire.Bytes;
import ikebana.wire.Header;
import ikebana.wire.IpAddress;
import ikebana.wire.UdpAddress;
import java.util.Optional;
import java.util.random.RandomGenerator;

/// What people do who are on the way and have no key.
final class Strangers {
    private final Stage stage;
    private final RandomGenerator dice;

    Strangers(Stage stage) {
        this.stage = stage;
        this.dice = stage.dice;
    }

    void noise() {
        var bytes = new byte[dice.nextInt(200)];
        dice.nextBytes(bytes);
        var to = stage.drawn(stage.hosts);
        if (bytes.length > 28 && dice.nextBoolean()) {
            bytes[17] = 0x20; // a header that might be IKE's
            bytes[24] = 0;
            bytes[25] = 0;
            bytes[26] = 0;
            bytes[27] = (byte) bytes.length;
        }
        stage.note(() -> "noise to " + to);
        stage.network.inject(
                new Datagram(new Path(stranger(), new UdpAddress(to.address, 500)), Bytes.of(bytes)), true);
    }

    /// A stranger begins, with the words of somebody else.
    void knock() {
        var seen = recorded(true);
        if (seen.isEmpty()) return;
        var bytes = seen.get().bytes().toArray();
        bytes[0] ^= 1;
        stage.note(() -> "a stranger knocks at " + seen.get().path().remote());
        stage.network.inject(new Datagram(new Path(stranger(), seen.get().path().remote()), Bytes.of(bytes)), true);
    }

    /// Somebody changes a protected message that passes.
    void forgery() {
        var seen = recorded(false);
        if (seen.isEmpty()) return;
        var bytes = seen.get().bytes().toArray();
        // whatever is said of which message, nothing is believed
        int where = dice.nextBoolean() ? dice.nextInt(18, 24) : dice.nextInt(32, bytes.length);
        bytes[where] ^= (byte) (1 << dice.nextInt(8));
        stage.note(() -> "a forgery for " + seen.get().path().remote());
        stage.network.inject(new Datagram(seen.get().path(), Bytes.of(bytes)), true);
    }

    /// @return whether it comes from elsewhere this time
    boolean replay() {
        var seen = stage.network.recorded();
        if (seen.isEmpty()) return false;
        var datagram = stage.drawn(seen);
        var path = dice.nextBoolean()
                ? datagram.path()
                : new Path(stranger(), datagram.path().remote());
        stage.note(() -> "once more for " + path.remote());
        stage.network.inject(new Datagram(path, datagram.bytes()), false);
        return !path.equals(datagram.path());
    }

    private Optional<Datagram> recorded(boolean init) {
        var fitting = stage.network.recorded().stream()
                .filter(datagram -> Header.peek(datagram.bytes())
                        .filter(header ->
                                init ? header.responder().isNone() && !header.response() : Rules.isSealed(header))
                        .isPresent())
                .toList();
        return fitting.isEmpty() ? Optional.empty() : Optional.of(stage.drawn(fitting));
    }

    private UdpAddress stranger() {
        return new UdpAddress(
                new IpAddress(Bytes.of((byte) 203, (byte) 0, (byte) 113, (byte) dice.nextInt(1, 255))), 500);
    }

    /// A member sends what it may, under another's address.
    void spoof(Pair pair) {
        stage.note(() -> "%s speaks to %s as somebody else".formatted(pair.one(), pair.other()));
        stage.network.disguise(pair.one().address, stranger().ip());
        pair.one().inject(pair.other());
        stage.network.undisguise();
    }
}
