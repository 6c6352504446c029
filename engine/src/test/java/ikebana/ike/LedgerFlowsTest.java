package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.Examples;
import ikebana.auth.Endpoint;
import ikebana.auth.Identity;
import ikebana.control.Tunnel;
import ikebana.crypto.SeededEntropy;
import ikebana.ike.Ledger.Happening;
import ikebana.ike.Ledger.Order;
import ikebana.kernel.Acquire;
import ikebana.kernel.GreKey;
import ikebana.kernel.Prefix;
import ikebana.kernel.Selector;
import ikebana.kernel.StateId;
import ikebana.wire.Bytes;
import ikebana.wire.IkeSpi;
import ikebana.wire.IpAddress;
import ikebana.wire.Spi;
import ikebana.wire.UdpAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// One endpoint whose packets have children of their own by their GRE keys: one IKE SA makes them all.
class LedgerFlowsTest {
    private static final IpAddress HERE = IpAddress.of("192.0.2.1");
    private static final IpAddress THERE = IpAddress.of("192.0.2.2");
    private static final Endpoint ENDPOINT = new Endpoint("dmvpn", HERE, THERE);
    private static final GreKey ONE = new GreKey(1);
    private static final GreKey TWO = new GreKey(2);
    private static final int OF_ONE = Examples.REQID;
    private static final int OF_TWO = Examples.REQID + 1;

    private final Ledger ledger = new Ledger(
            Examples.SETTINGS,
            List.of(Examples.withChildrenFor(Examples.profile(HERE), ONE, TWO)),
            new SeededEntropy(1));
    private Ledger.State state = Ledger.State.EMPTY;
    private Instant now = Instant.EPOCH;

    private List<Order> happens(Happening happening) {
        var step = ledger.step(state, now, happening);
        state = step.next();
        return step.effects();
    }

    private static Acquire acquire(int sequence, int reqid) {
        var key = Optional.of(reqid == OF_ONE ? ONE : TWO);
        return new Acquire(
                sequence, reqid, HERE, THERE, new Selector(Prefix.host(HERE), Prefix.host(THERE), Selector.GRE, key));
    }

    private List<Order> acquires(int sequence, int reqid) {
        return happens(new Happening.Acquired(acquire(sequence, reqid)));
    }

    private static Tunnel.IkeSaView view(IkeSpi spi, int... reqids) {
        var children = IntStream.of(reqids)
                .mapToObj(reqid -> new Tunnel.ChildView(new Spi(0x100 + reqid), new Spi(0x200 + reqid), reqid, "aes"))
                .toList();
        return new Tunnel.IkeSaView(
                spi,
                spi,
                true,
                new UdpAddress(HERE, 500),
                new UdpAddress(THERE, 500),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                children);
    }

    private static StateId outbound(int reqid) {
        return new StateId(new Spi(0x200 + reqid), THERE);
    }

    /// A packet of the first key has dialled.
    private IkeSpi stands(int... alsoBefore) {
        var dial = (Order.DialOut) acquires(1, OF_ONE).getFirst();
        for (int reqid : alsoBefore) assertThat(acquires(10 + reqid, reqid)).isEmpty();
        var spi = dial.spi();
        happens(new Happening.AdmissionAsked(
                spi,
                new Effect.AskAdmission(
                        new Ticket(1),
                        ENDPOINT,
                        Identity.of(THERE),
                        true,
                        true,
                        Bytes.ofHex("01"),
                        false,
                        Optional.empty(),
                        LedgerTestChild.states(1))));
        return spi;
    }

    private List<Order> comesUp(IkeSpi spi) {
        return happens(new Happening.Established(
                spi,
                new Effect.Established(
                        ENDPOINT,
                        Identity.of(HERE),
                        Identity.of(THERE),
                        LedgerTestChild.of(1),
                        true,
                        view(spi, OF_ONE))));
    }

    @Test
    void theFirstPacketSaysWhatTheFirstChildIsFor() {
        var dial = (Order.DialOut) acquires(5, OF_TWO).getFirst();
        assertThat(dial.dial().flow().key()).contains(TWO);
        assertThat(dial.dial().acquireSequence()).isEqualTo(5);
    }

    @Test
    void aPacketOfTheOtherKeyDialsNobody_butTheIkeSaThatStandsIsTold() {
        var spi = stands();
        comesUp(spi);
        assertThat(acquires(2, OF_TWO)).containsExactly(new Order.Tell(spi, new Input.Wanted(acquire(2, OF_TWO))));
    }

    @Test
    void whatCameWhileTheTunnelWasMadeIsToldWhenItStands() {
        var spi = stands(OF_TWO);
        assertThat(comesUp(spi)).contains(new Order.Tell(spi, new Input.Wanted(acquire(10 + OF_TWO, OF_TWO))));
    }

    @Test
    void whenTheDialFailsTheKernelForgetsAllPackets() {
        var dial = (Order.DialOut) acquires(1, OF_ONE).getFirst();
        acquires(2, OF_TWO);
        assertThat(happens(new Happening.Finished(dial.spi(), Ending.SILENCE, "nobody answers")))
                .contains(new Order.DropLarval(acquire(1, OF_ONE)), new Order.DropLarval(acquire(2, OF_TWO)));
    }

    @Test
    void aChildThatTheKernelHasLostIsMadeAnew_andTheOtherStays() {
        var spi = stands();
        comesUp(spi);
        happens(new Happening.Changed(spi, new Effect.Changed(LedgerTestChild.states(1), view(spi, OF_ONE, OF_TWO))));
        assertThat(acquires(2, OF_TWO)).isEmpty();
        now = now.plus(Duration.ofSeconds(10));
        assertThat(acquires(3, OF_TWO)).containsExactly(new Order.Look(acquire(3, OF_TWO), outbound(OF_TWO)));
        assertThat(happens(new Happening.Looked(acquire(3, OF_TWO), outbound(OF_TWO), false)))
                .as("the acquire was heard late")
                .isEmpty();
        assertThat(happens(new Happening.Looked(acquire(3, OF_TWO), outbound(OF_TWO), true)))
                .containsExactly(
                        new Order.Tell(spi, new Input.ChildEnded(new StateId(new Spi(0x100 + OF_TWO), HERE))),
                        new Order.Tell(spi, new Input.Wanted(acquire(3, OF_TWO))));
    }

    @Test
    void anOrderWhoseDialThePeersIkeSaWithoutAChildHasOvertakenIsToldToThat() {
        var ordered = new Happening.Ordered(7, new ikebana.control.Order.Up(ENDPOINT, Duration.ofSeconds(5)));
        var dial = ((Order.DialOut) happens(ordered).getFirst()).spi();
        var spi = beganWithoutAChild();
        assertThat(happens(new Happening.ClearanceAsked(dial, new Effect.MayAuthenticate(new Ticket(2), ENDPOINT))))
                .containsExactly(
                        new Order.Tell(dial, new Input.Close("the peer was faster: its tunnel stands already", false)));
        assertThat(happens(new Happening.Finished(dial, Ending.WANTED, "the peer was faster")))
                .contains(new Order.Tell(spi, new Input.Wanted(acquire(0, OF_ONE))));
    }

    @Test
    void packetsWhoseDialFailsAreToldToAnIkeSaWithoutAChild() {
        var dial = ((Order.DialOut) acquires(1, OF_ONE).getFirst()).spi();
        var spi = beganWithoutAChild();
        assertThat(happens(new Happening.Finished(dial, Ending.SILENCE, "nobody answers")))
                .contains(new Order.Tell(spi, new Input.Wanted(acquire(1, OF_ONE))));
    }

    @Test
    void anIkeSaThatBeganWithoutAChildIsToldOfPacketsAndOfOrders() {
        var spi = beganWithoutAChild();
        assertThat(acquires(4, OF_TWO)).containsExactly(new Order.Tell(spi, new Input.Wanted(acquire(4, OF_TWO))));
        assertThat(happens(new Happening.Ordered(7, new ikebana.control.Order.Up(ENDPOINT, Duration.ofSeconds(5)))))
                .containsExactly(new Order.Tell(spi, new Input.Wanted(acquire(0, OF_ONE))));
    }

    private IkeSpi beganWithoutAChild() {
        var spi = new IkeSpi(9);
        happens(new Happening.Began(spi));
        happens(new Happening.AdmissionAsked(
                spi,
                new Effect.AskAdmission(
                        new Ticket(1),
                        ENDPOINT,
                        Identity.of(THERE),
                        false,
                        true,
                        Bytes.ofHex("01"),
                        false,
                        Optional.empty(),
                        List.of())));
        return spi;
    }

    @Test
    void theLastChildThatTheKernelHasLostTakesItsIkeSaAlong() {
        var spi = stands();
        comesUp(spi);
        now = now.plus(Duration.ofSeconds(10));
        assertThat(acquires(3, OF_ONE)).containsExactly(new Order.Look(acquire(3, OF_ONE), outbound(OF_ONE)));
        assertThat(happens(new Happening.Looked(acquire(3, OF_ONE), outbound(OF_ONE), true)))
                .startsWith(new Order.Tell(spi, new Input.Close("the kernel has lost its states", false)));
    }
}
