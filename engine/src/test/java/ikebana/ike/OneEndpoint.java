package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.Examples;
import ikebana.auth.Endpoint;
import ikebana.auth.Identity;
import ikebana.auth.Profile;
import ikebana.control.Event;
import ikebana.control.Tunnel;
import ikebana.crypto.SeededEntropy;
import ikebana.ike.Ledger.Happening;
import ikebana.ike.Ledger.Order;
import ikebana.kernel.Acquire;
import ikebana.kernel.Prefix;
import ikebana.kernel.Selector;
import ikebana.kernel.StateId;
import ikebana.settings.IkeSettings;
import ikebana.wire.Bytes;
import ikebana.wire.IkeSpi;
import ikebana.wire.IpAddress;
import ikebana.wire.Spi;
import ikebana.wire.UdpAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// A ledger, and what its tests tell it of one endpoint.
abstract class OneEndpoint {
    static final IpAddress OURS = IpAddress.of("192.0.2.1");
    static final IpAddress THEIRS = IpAddress.of("192.0.2.2");
    static final Endpoint ENDPOINT = new Endpoint("dmvpn", OURS, THEIRS);
    static final Identity PEER = Identity.of(THEIRS);
    static final Path WAY = new Path(new UdpAddress(OURS, 500), new UdpAddress(THEIRS, 500));
    static final Profile PROFILE = Examples.profile(OURS);
    static final IkeSettings SETTINGS = Examples.SETTINGS;
    static final Acquire ACQUIRE = new Acquire(
            9, 7, OURS, THEIRS, new Selector(Prefix.host(OURS), Prefix.host(THEIRS), Selector.GRE, Optional.empty()));
    static final IkeSpi FIRST = new IkeSpi(1);
    static final IkeSpi SECOND = new IkeSpi(2);
    static final StateId OUTBOUND = new StateId(new Spi(0x3001), THEIRS);
    static final Bytes LOW = Bytes.ofHex("01");
    static final Bytes HIGH = Bytes.ofHex("02");

    Ledger ledger = new Ledger(SETTINGS, List.of(PROFILE), new SeededEntropy(1));
    Ledger.State state = Ledger.State.EMPTY;
    Instant now = Instant.EPOCH;

    List<Order> happens(Happening happening) {
        var step = ledger.step(state, now, happening);
        state = step.next();
        return step.effects();
    }

    List<Order> after(Duration duration) {
        now = now.plus(duration);
        return happens(new Happening.Woke());
    }

    IkeSpi dials() {
        return ((Order.DialOut) happens(new Happening.Acquired(ACQUIRE)).getFirst()).spi();
    }

    void begins(IkeSpi spi) {
        happens(new Happening.Began(spi));
    }

    /// A responder's question, and an initiator's.
    static Happening asks(IkeSpi spi, Bytes nonce, boolean initialContact) {
        return asks(spi, PEER, false, true, nonce, initialContact);
    }

    static Happening dialAsks(IkeSpi spi, Bytes nonce) {
        return asks(spi, PEER, true, true, nonce, false);
    }

    static Happening asks(
            IkeSpi spi, Identity peer, boolean initiator, boolean kin, Bytes nonce, boolean initialContact) {
        return asks(spi, peer, initiator, kin, nonce, initialContact, Optional.empty());
    }

    static Happening asksThroughNat(IkeSpi spi, Identity peer, int port, boolean initialContact) {
        return asks(spi, peer, false, true, HIGH, initialContact, Optional.of(port));
    }

    static Happening asks(
            IkeSpi spi,
            Identity peer,
            boolean initiator,
            boolean kin,
            Bytes nonce,
            boolean initialContact,
            Optional<Integer> natPort) {
        return new Happening.AdmissionAsked(
                spi,
                new Effect.AskAdmission(
                        new Ticket(spi.value()),
                        ENDPOINT,
                        peer,
                        initiator,
                        kin,
                        nonce,
                        initialContact,
                        natPort,
                        LedgerTestChild.states((int) spi.value())));
    }

    static Order admitted(IkeSpi spi, boolean confirm) {
        return new Order.Tell(spi, new Input.Admitted(new Ticket(spi.value()), confirm));
    }

    static Order closed(IkeSpi spi, String why, boolean replaced) {
        return new Order.Tell(spi, new Input.Close(why, replaced));
    }

    List<Order> stands(IkeSpi spi, boolean confirmed) {
        return happens(new Happening.Established(
                spi,
                new Effect.Established(
                        ENDPOINT,
                        Identity.of(OURS),
                        PEER,
                        LedgerTestChild.of((int) spi.value()),
                        confirmed,
                        view(spi))));
    }

    static Tunnel.IkeSaView view(IkeSpi spi) {
        return view(
                spi,
                List.of(new Tunnel.ChildView(
                        new Spi(0x2000 + (int) spi.value()),
                        new Spi(0x3000 + (int) spi.value()),
                        ACQUIRE.reqid(),
                        "aes256gcm16")));
    }

    static Tunnel.IkeSaView view(IkeSpi spi, List<Tunnel.ChildView> children) {
        return new Tunnel.IkeSaView(
                spi,
                spi,
                false,
                WAY.local(),
                WAY.remote(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                children);
    }

    List<Order> ends(IkeSpi spi, String why) {
        return happens(new Happening.Finished(spi, Ending.WANTED, why));
    }

    void responderStands(IkeSpi spi) {
        begins(spi);
        assertThat(happens(asks(spi, HIGH, false))).containsExactly(admitted(spi, false));
        assertThat(stands(spi, false)).anyMatch(OneEndpoint::isUp);
    }

    static boolean isUp(Order order) {
        return order instanceof Order.Announce(Event.Up _);
    }

    static boolean isGone(Order order) {
        return order instanceof Order.Announce(Event.Gone _);
    }

    List<Order> ordered(long ticket, ikebana.control.Order order) {
        return happens(new Happening.Ordered(ticket, order));
    }

    static ikebana.control.Order up(Duration patience) {
        return new ikebana.control.Order.Up(ENDPOINT, patience);
    }
}
