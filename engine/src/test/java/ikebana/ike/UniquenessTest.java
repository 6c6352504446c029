package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.Examples;
import ikebana.auth.Endpoint;
import ikebana.auth.Identity;
import ikebana.auth.Profile;
import ikebana.auth.Uniqueness;
import ikebana.control.Event;
import ikebana.control.Tunnel;
import ikebana.crypto.SeededEntropy;
import ikebana.ike.Ledger.Happening;
import ikebana.ike.Ledger.Order;
import ikebana.kernel.Acquire;
import ikebana.kernel.Prefix;
import ikebana.kernel.Reply;
import ikebana.kernel.Selector;
import ikebana.kernel.StateId;
import ikebana.negotiation.EspProposal;
import ikebana.negotiation.IkeProposal;
import ikebana.wire.Bytes;
import ikebana.wire.IkeSpi;
import ikebana.wire.IpAddress;
import ikebana.wire.Spi;
import ikebana.wire.UdpAddress;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// One name that comes from several addresses.
class UniquenessTest {
    private static final IpAddress HUB = IpAddress.of("192.0.2.1");
    private static final IpAddress HUBS_OTHER = IpAddress.of("192.0.2.2");
    private static final Identity SPOKE = Identity.of("spoke7.example");
    private static final Endpoint OLD = endpoint("198.51.100.1");
    private static final Endpoint NEW = endpoint("198.51.100.2");
    private static final Endpoint THIRD = endpoint("198.51.100.3");
    private static final IkeSpi FIRST = new IkeSpi(1);
    private static final IkeSpi SECOND = new IkeSpi(2);
    private static final String MOVED = SPOKE + " has come to 198.51.100.2";

    private Ledger ledger = hub(Uniqueness.NEVER);
    private Ledger.State state = Ledger.State.EMPTY;
    private final Instant now = Instant.EPOCH;

    private static Endpoint endpoint(String remote) {
        return new Endpoint("dmvpn", HUB, IpAddress.of(remote));
    }

    private static Ledger hub(Uniqueness uniqueness) {
        return new Ledger(
                Examples.SETTINGS, List.of(Examples.with(Examples.profile(HUB), uniqueness)), new SeededEntropy(1));
    }

    private List<Order> happens(Happening happening) {
        var step = ledger.step(state, now, happening);
        state = step.next();
        return step.effects();
    }

    private List<Order> dialsIn(IkeSpi spi, Endpoint from, Identity peer) {
        happens(new Happening.Began(spi));
        return happens(question(spi, from, peer, false, false));
    }

    private static Happening question(
            IkeSpi spi, Endpoint from, Identity peer, boolean initiator, boolean initialContact) {
        return new Happening.AdmissionAsked(
                spi,
                new Effect.AskAdmission(
                        new Ticket(spi.value()),
                        from,
                        peer,
                        initiator,
                        true,
                        Bytes.ofHex("01"),
                        initialContact,
                        Optional.empty(),
                        LedgerTestChild.states((int) spi.value())));
    }

    private void stands(IkeSpi spi, Endpoint at, Identity peer) {
        happens(new Happening.Established(
                spi,
                new Effect.Established(
                        at,
                        Identity.of(HUB),
                        peer,
                        LedgerTestChild.of((int) spi.value()),
                        true,
                        new Tunnel.IkeSaView(
                                spi,
                                spi,
                                false,
                                new UdpAddress(HUB, 500),
                                new UdpAddress(at.remote(), 500),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                List.of()))));
    }

    private void spokeStands() {
        assertThat(dialsIn(FIRST, OLD, SPOKE)).containsExactly(admitted(FIRST));
        stands(FIRST, OLD, SPOKE);
    }

    private static Order admitted(IkeSpi spi) {
        return new Order.Tell(spi, new Input.Admitted(new Ticket(spi.value()), false));
    }

    private static Order refused(IkeSpi spi, String why) {
        return new Order.Tell(spi, new Input.NotAdmitted(new Ticket(spi.value()), why));
    }

    @Test
    void replaceEndsTheOldTunnelAndGoneIsHeardBeforeTheNewOneStands() {
        ledger = hub(Uniqueness.REPLACE);
        spokeStands();
        assertThat(dialsIn(SECOND, NEW, SPOKE)).containsExactly(new Order.Tell(FIRST, new Input.Close(MOVED, false)));
        assertThat(happens(new Happening.Finished(FIRST, Ending.WANTED, MOVED)))
                .containsExactly(new Order.Announce(new Event.Gone(OLD, now, Optional.of(SPOKE), MOVED)));
        assertThat(happens(new Happening.GoneHeard(OLD))).containsExactly(new Order.Forget(OLD), admitted(SECOND));
    }

    @Test
    void replaceLeavesOthersAndTheNameAtItsAddressAlone() {
        ledger = hub(Uniqueness.REPLACE);
        spokeStands();
        assertThat(dialsIn(SECOND, NEW, Identity.of("spoke8.example"))).containsExactly(admitted(SECOND));
        // the same again at the same address has authenticated anew
        var again = new IkeSpi(3);
        assertThat(dialsIn(again, OLD, SPOKE))
                .containsExactly(new Order.Tell(again, new Input.Admitted(new Ticket(3), true)));
    }

    @Test
    void whoeverIsRefusedAtTheNewAddressHasEndedNothing() {
        ledger = hub(Uniqueness.REPLACE);
        spokeStands();
        assertThat(dialsIn(SECOND, NEW, Identity.of("spoke8.example"))).containsExactly(admitted(SECOND));
        stands(SECOND, NEW, Identity.of("spoke8.example"));
        var third = new IkeSpi(3);
        assertThat(dialsIn(third, NEW, SPOKE))
                .containsExactly(refused(third, NEW + " stands with spoke8.example already"));
    }

    @Test
    void ofSeveralThatComeTheLastOneStaysAndNobodyWaitsForEver() {
        ledger = hub(Uniqueness.REPLACE);
        spokeStands();
        dialsIn(SECOND, NEW, SPOKE);
        var third = new IkeSpi(3);
        assertThat(dialsIn(third, THIRD, SPOKE)).isEmpty();
        happens(new Happening.Finished(FIRST, Ending.WANTED, MOVED));
        var why = SPOKE + " has come to 198.51.100.3";
        assertThat(happens(new Happening.GoneHeard(OLD)))
                .containsExactly(
                        new Order.Forget(OLD), admitted(SECOND), new Order.Tell(SECOND, new Input.Close(why, false)));
        assertThat(happens(new Happening.Finished(SECOND, Ending.WANTED, why))).contains(admitted(third));
    }

    @Test
    void anOldTunnelWhoseEndIsNotHeardInTimeKeepsTheNewOneOut() {
        ledger = hub(Uniqueness.REPLACE);
        spokeStands();
        dialsIn(SECOND, NEW, SPOKE);
        happens(new Happening.Finished(FIRST, Ending.WANTED, MOVED));
        assertThat(happens(new Happening.GoneUnheard(OLD)))
                .containsExactly(refused(SECOND, "the hooks of the tunnel before are still to run"));
    }

    @Test
    void whatAFormerRunLeftOfTheSameNameIsReplacedToo() {
        ledger = hub(Uniqueness.REPLACE);
        happens(new Happening.Remembered(Map.of(OLD, SPOKE)));
        var in = new StateId(new Spi(7), HUB);
        var out = new StateId(new Spi(8), OLD.remote());
        happens(new Happening.Found(
                List.of(
                        new Reply.Mature(in, OLD.remote(), Examples.REQID, 0, 0),
                        new Reply.Mature(out, HUB, Examples.REQID, 0, 0)),
                List.of(HUB)));
        assertThat(dialsIn(SECOND, NEW, SPOKE))
                .contains(
                        new Order.Remove(in),
                        new Order.Remove(out),
                        new Order.Announce(new Event.Gone(OLD, now, Optional.of(SPOKE), MOVED)))
                .doesNotContain(admitted(SECOND));
        assertThat(happens(new Happening.GoneHeard(OLD))).contains(admitted(SECOND));
    }

    @Test
    void keepRefusesTheNewOneAndFindsOutWhetherTheOldOneLives() {
        ledger = hub(Uniqueness.KEEP);
        spokeStands();
        assertThat(dialsIn(SECOND, NEW, SPOKE))
                .containsExactly(
                        refused(SECOND, SPOKE + " has a tunnel from 198.51.100.1, and uniqueness is keep"),
                        new Order.Tell(FIRST, new Input.Probe()));
        happens(new Happening.Finished(SECOND, Ending.REFUSAL, "refused"));
        happens(new Happening.Finished(FIRST, Ending.SILENCE, "dead"));
        var third = new IkeSpi(3);
        assertThat(dialsIn(third, NEW, SPOKE)).as("gone is still to be heard").isEmpty();
        assertThat(happens(new Happening.GoneHeard(OLD))).contains(admitted(third));
    }

    @Test
    void neverLetsOneNameComeFromManyAddresses() {
        spokeStands();
        assertThat(dialsIn(SECOND, NEW, SPOKE)).containsExactly(admitted(SECOND));
    }

    @Test
    void initialContactEndsNoTunnelOfTheSameNameAtAnotherAddress() {
        spokeStands();
        happens(new Happening.Began(SECOND));
        assertThat(happens(question(SECOND, NEW, SPOKE, false, true))).containsExactly(admitted(SECOND));
    }

    @Test
    void anAddressThatWeHaveDialledIsOurOwnChoice() {
        ledger = hub(Uniqueness.REPLACE);
        spokeStands();
        var flow = new Selector(Prefix.host(HUB), Prefix.host(NEW.remote()), Selector.GRE, Optional.empty());
        var dialled =
                (Order.DialOut) happens(new Happening.Acquired(new Acquire(9, Examples.REQID, HUB, NEW.remote(), flow)))
                        .getFirst();
        assertThat(happens(question(dialled.spi(), NEW, SPOKE, true, false))).containsExactly(admitted(dialled.spi()));
    }

    // ---- what we say ourselves

    private static Profile twoAddresses(Optional<Identity> id) {
        return new Profile(
                "dmvpn",
                new Profile.Listed(List.of(HUB, HUBS_OTHER)),
                List.of(),
                Examples.REQID,
                Profile.Guard.OFF,
                id,
                Examples.profile(HUB).remoteIdentities(),
                false,
                List.of(IkeProposal.of(Examples.IKE)),
                List.of(EspProposal.of("aes256gcm16")),
                Examples.profile(HUB).lifetime(),
                64);
    }

    private boolean saysInitialContactFromTheSecondAddress(Optional<Identity> id) {
        ledger = new Ledger(Examples.SETTINGS, List.of(twoAddresses(id)), new SeededEntropy(1));
        spokeStands();
        var flow = new Selector(Prefix.host(HUBS_OTHER), Prefix.host(OLD.remote()), Selector.GRE, Optional.empty());
        var dialled = (Order.DialOut)
                happens(new Happening.Acquired(new Acquire(9, Examples.REQID, HUBS_OTHER, OLD.remote(), flow)))
                        .getFirst();
        var there = new Endpoint("dmvpn", HUBS_OTHER, OLD.remote());
        var told =
                happens(new Happening.ClearanceAsked(dialled.spi(), new Effect.MayAuthenticate(new Ticket(1), there)));
        return told.contains(new Order.Tell(dialled.spi(), new Input.Cleared(new Ticket(1), true)));
    }

    @Test
    void initialContactIsNotSaidWhereItCouldEndOurOwnTunnelFromAnotherAddress() {
        assertThat(saysInitialContactFromTheSecondAddress(Optional.of(Identity.of("hub.example"))))
                .isFalse();
    }

    @Test
    void whereEachAddressIsANameOfItsOwnInitialContactIsSaid() {
        assertThat(saysInitialContactFromTheSecondAddress(Optional.empty())).isTrue();
    }
}
