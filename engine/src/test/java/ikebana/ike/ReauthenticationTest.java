package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.Examples;
import ikebana.auth.Endpoint;
import ikebana.auth.Identity;
import ikebana.auth.IkeLifetime;
import ikebana.control.Event;
import ikebana.control.Tunnel;
import ikebana.crypto.SeededEntropy;
import ikebana.ike.Ledger.Happening;
import ikebana.ike.Ledger.Order;
import ikebana.kernel.StateId;
import ikebana.wire.Bytes;
import ikebana.wire.IkeSpi;
import ikebana.wire.IpAddress;
import ikebana.wire.Notify;
import ikebana.wire.NotifyType;
import ikebana.wire.Spi;
import ikebana.wire.UdpAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Both ends prove themselves anew (RFC 7296 2.8.3, RFC 4478): the ledger's rules.
class ReauthenticationTest {
    private static final IpAddress OURS = IpAddress.of("192.0.2.1");
    private static final IpAddress THEIRS = IpAddress.of("192.0.2.2");
    private static final Endpoint ENDPOINT = new Endpoint("dmvpn", OURS, THEIRS);
    private static final Identity PEER = Identity.of(THEIRS);
    private static final IkeSpi OLD = new IkeSpi(1);
    private static final IkeSpi PEERS = new IkeSpi(2);
    /// What the old one sends with.
    private static final StateId OUTBOUND = new StateId(new Spi(0x5000), THEIRS);

    private static final Bytes LOW = Bytes.ofHex("01");
    private static final Bytes HIGH = Bytes.ofHex("02");
    private static final Duration HOUR = Duration.ofHours(1);
    private static final String ANEW = "both ends have proven themselves anew";
    private static final String TOO_LATE = "its ends have not proven themselves anew within authentication-limit";

    private Ledger ledger = with(Optional.of(HOUR), Optional.empty());
    private Ledger.State state = Ledger.State.EMPTY;
    private Instant now = Instant.EPOCH;

    private static Ledger with(Optional<Duration> after, Optional<Duration> limit) {
        var lifetime = new IkeLifetime(Optional.empty(), after, limit);
        return new Ledger(
                Examples.SETTINGS, List.of(Examples.proving(Examples.profile(OURS), lifetime)), new SeededEntropy(1));
    }

    private List<Order> happens(Happening happening) {
        var step = ledger.step(state, now, happening);
        state = step.next();
        return step.effects();
    }

    private List<Order> after(Duration duration) {
        now = now.plus(duration);
        return happens(new Happening.Woke());
    }

    /// The next thing that the ledger does by itself.
    private List<Order> next() {
        return after(Duration.between(now, state.wakeAt().orElseThrow()));
    }

    private List<Order> asks(IkeSpi spi, boolean initiator, Bytes nonce) {
        return asks(spi, initiator, nonce, Optional.empty());
    }

    private List<Order> asks(IkeSpi spi, boolean initiator, Bytes nonce, Optional<Integer> natPort) {
        return asks(spi, initiator, nonce, false, natPort, LedgerTestChild.states((int) spi.value()));
    }

    private List<Order> asks(
            IkeSpi spi,
            boolean initiator,
            Bytes nonce,
            boolean initialContact,
            Optional<Integer> natPort,
            List<StateId> states) {
        return happens(new Happening.AdmissionAsked(
                spi,
                new Effect.AskAdmission(
                        new Ticket(spi.value()),
                        ENDPOINT,
                        PEER,
                        initiator,
                        true,
                        nonce,
                        initialContact,
                        natPort,
                        states)));
    }

    private List<Order> clearance(IkeSpi spi) {
        return happens(new Happening.ClearanceAsked(spi, new Effect.MayAuthenticate(new Ticket(5), ENDPOINT)));
    }

    private List<Order> stands(IkeSpi spi) {
        return happens(new Happening.Established(
                spi,
                new Effect.Established(
                        ENDPOINT, Identity.of(OURS), PEER, LedgerTestChild.of((int) spi.value()), true, view(spi))));
    }

    private static Tunnel.IkeSaView view(IkeSpi spi) {
        var at = new UdpAddress(OURS, 500);
        return new Tunnel.IkeSaView(
                spi,
                spi,
                false,
                at,
                at,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                List.of());
    }

    private void oldStands() {
        oldStands(Optional.empty());
    }

    private void oldStands(Optional<Integer> natPort) {
        happens(new Happening.Began(OLD));
        asks(OLD, false, HIGH, natPort);
        stands(OLD);
    }

    /// Ours may authenticate.
    private IkeSpi bothDialWhileTheOldOneStands() {
        oldStands();
        var ours = dials();
        happens(new Happening.Began(PEERS));
        clearance(ours);
        return ours;
    }

    private List<Order> peersStands() {
        happens(new Happening.Began(PEERS));
        assertThat(asks(PEERS, false, HIGH)).containsExactly(admitted(PEERS, true));
        return stands(PEERS);
    }

    /// What is dialled by itself, and when.
    private IkeSpi dials() {
        return dialled(next());
    }

    private static IkeSpi dialled(List<Order> orders) {
        return ((Order.DialOut) orders.getLast()).spi();
    }

    private List<Order> ends(IkeSpi spi, Ending ending) {
        return happens(new Happening.Finished(spi, ending, "it ended"));
    }

    private static Order admitted(IkeSpi spi, boolean confirm) {
        return new Order.Tell(spi, new Input.Admitted(new Ticket(spi.value()), confirm));
    }

    private static Order closed(IkeSpi spi, String why, boolean replaced) {
        return new Order.Tell(spi, new Input.Close(why, replaced));
    }

    private static boolean isTold(Order order) {
        return order instanceof Order.Announce;
    }

    private static boolean isGone(Order order) {
        return order instanceof Order.Announce(Event.Gone _);
    }

    @Test
    void anotherIsDialledBesideTheOneThatStandsAndTakesItsPlaceWithoutAWord() {
        oldStands();
        var spi = dials();
        assertThat(Duration.between(Instant.EPOCH, now)).isBetween(Duration.ofMinutes(54), HOUR);
        assertThat(clearance(spi)).containsExactly(new Order.Tell(spi, new Input.Cleared(new Ticket(5), false)));
        assertThat(asks(spi, true, LOW)).containsExactly(admitted(spi, true));
        assertThat(stands(spi)).contains(closed(OLD, ANEW, true)).noneMatch(ReauthenticationTest::isTold);
        assertThat(ends(OLD, Ending.WANTED)).noneMatch(ReauthenticationTest::isTold);
        assertThat(dials()).isNotEqualTo(spi); // and so on
        assertThat(Duration.between(Instant.EPOCH, now)).isGreaterThan(Duration.ofMinutes(108));
    }

    @Test
    void aPeerThatAuthenticatesAnewTakesThePlaceOfItsOldSaWithoutAWord() {
        oldStands();
        now = now.plusSeconds(60);
        assertThat(peersStands()).noneMatch(ReauthenticationTest::isTold);
        assertThat(ends(OLD, Ending.WANTED)).noneMatch(ReauthenticationTest::isTold);
        assertThat(state.wakeAt().orElseThrow()).isAfter(now.plus(Duration.ofMinutes(53)));
    }

    @Test
    void aPeerThatKeepsItsOldSaAsWellLosesItToUsAfterAWhile() {
        oldStands();
        now = now.plusSeconds(60);
        peersStands();
        assertThat(after(Examples.SETTINGS.crossingGrace()))
                .containsExactly(closed(OLD, "another IKE SA with this peer has taken its place", true));
    }

    @Test
    void whenBothDialAtOnceTheLowestNonceLosesAndTheOldOneGoesAllTheSame() {
        var ours = bothDialWhileTheOldOneStands();
        assertThat(asks(PEERS, false, HIGH)).containsExactly(admitted(PEERS, true));
        assertThat(asks(ours, true, LOW)).containsExactly(admitted(ours, true));
        assertThat(stands(ours)).contains(closed(OLD, ANEW, true));
        ends(OLD, Ending.WANTED);
        assertThat(stands(PEERS))
                .contains(closed(ours, "another IKE SA with this peer was made at the same time, and stays", true));
        assertThat(ends(ours, Ending.WANTED)).noneMatch(ReauthenticationTest::isTold);
    }

    @Test
    void aPeerThatHasLostItsMemoryWhileWeDialledIsGone_andOurDialWithIt() {
        var ours = bothDialWhileTheOldOneStands();
        assertThat(asks(ours, true, LOW)).containsExactly(admitted(ours, true));
        var why = "the peer has begun anew";
        assertThat(asks(PEERS, false, HIGH, true, Optional.empty(), LedgerTestChild.states(2)))
                .containsExactly(closed(OLD, why, false), closed(ours, why, false));
        assertThat(ends(ours, Ending.WANTED)).noneMatch(ReauthenticationTest::isGone);
        assertThat(ends(OLD, Ending.WANTED)).anyMatch(ReauthenticationTest::isGone);
        assertThat(happens(new Happening.GoneHeard(ENDPOINT))).contains(admitted(PEERS, false));
    }

    @Test
    void whatStandsWithoutAChildNeedsNoSuccessor_andEndsAtItsLimit() {
        ledger = with(Optional.of(HOUR), Optional.of(HOUR.plusMinutes(1)));
        happens(new Happening.Began(OLD));
        asks(OLD, false, HIGH, false, Optional.empty(), List.of());
        assertThat(next()).contains(closed(OLD, TOO_LATE, false));
        assertThat(Duration.between(Instant.EPOCH, now)).isEqualTo(HOUR.plusMinutes(1));
    }

    @Test
    void aFirstChildThatComesLateMakesNothingProvenAnew() {
        ledger = with(Optional.of(HOUR), Optional.of(HOUR.plusMinutes(1)));
        happens(new Happening.Began(OLD));
        asks(OLD, false, HIGH, false, Optional.empty(), List.of());
        now = now.plus(Duration.ofMinutes(30));
        stands(OLD);
        dials();
        assertThat(Duration.between(Instant.EPOCH, now)).isBetween(Duration.ofMinutes(54), HOUR);
    }

    @Test
    void besideOneThatNeverGetsAChildTheTunnelIsProvenAnewAllTheSame() {
        oldStands();
        happens(new Happening.Began(PEERS));
        asks(PEERS, false, HIGH, false, Optional.empty(), List.of());
        dials();
    }

    @Test
    void aPeerThatWasFasterNeedsNoDialOfOurs() {
        oldStands();
        var ours = dials();
        peersStands();
        assertThat(clearance(ours))
                .containsExactly(closed(ours, "the peer was faster: its tunnel stands already", false));
        assertThat(ends(ours, Ending.WANTED)).noneMatch(ReauthenticationTest::isTold);
    }

    @Test
    void aDialThatFailsLeavesTheOldOneAndIsTriedAgainLessAndLessOften() {
        oldStands();
        var before = Duration.ZERO;
        for (int i = 0; i < 5; i++) {
            assertThat(ends(dials(), Ending.REFUSAL)).noneMatch(ReauthenticationTest::isTold);
            var pause = Duration.between(now, state.wakeAt().orElseThrow());
            assertThat(pause).isGreaterThan(before);
            before = pause;
        }
        for (int i = 0; i < 20; i++) ends(dials(), Ending.REFUSAL);
        assertThat(Duration.between(now, state.wakeAt().orElseThrow())).isLessThan(Duration.ofMinutes(5));
    }

    @Test
    void whatIsNotProvenAnewEndsAtItsLimit() {
        ledger = with(Optional.of(HOUR), Optional.of(HOUR.plusMinutes(1)));
        oldStands();
        while (true) {
            var orders = next();
            if (orders.contains(closed(OLD, TOO_LATE, false))) break;
            ends(dialled(orders), Ending.REFUSAL);
        }
        assertThat(Duration.between(Instant.EPOCH, now)).isEqualTo(HOUR.plusMinutes(1));
        assertThat(ends(OLD, Ending.WANTED)).anyMatch(ReauthenticationTest::isGone);
    }

    @Test
    void aLimitAloneIsReasonEnoughForADialAndWhoHasToldItWaitsABitLonger() {
        ledger = with(Optional.empty(), Optional.of(HOUR));
        oldStands();
        var spi = dials();
        assertThat(Duration.between(Instant.EPOCH, now)).isEqualTo(Duration.ofMinutes(57));
        clearance(spi);
        asks(spi, true, LOW);
        stands(spi);
        ends(OLD, Ending.WANTED);
        var began = now;
        dials();
        assertThat(Duration.between(began, now)).isBetween(Duration.ofMinutes(48), Duration.ofMinutes(54));
    }

    @Test
    void whatThePeerSaysOfItsPatienceIsObeyedBeforeItIsOver() {
        ledger = with(Optional.empty(), Optional.empty());
        oldStands();
        happens(new Happening.Limited(OLD, HOUR)); // it has dialled us: that is for us to say
        assertThat(state.wakeAt()).isEmpty();
        happens(new Happening.Ordered(1, new ikebana.control.Order.Down(ENDPOINT)));
        ends(OLD, Ending.WANTED);
        happens(new Happening.GoneHeard(ENDPOINT));
        var ours = dialled(
                happens(new Happening.Ordered(2, new ikebana.control.Order.Up(ENDPOINT, Duration.ofSeconds(5)))));
        clearance(ours);
        happens(new Happening.Limited(ours, HOUR));
        asks(ours, true, LOW);
        stands(ours);
        assertThat(Duration.between(now, state.wakeAt().orElseThrow()))
                .isBetween(Duration.ofMinutes(48), Duration.ofMinutes(54));
        now = now.plusSeconds(60);
        happens(new Happening.Limited(ours, Duration.ZERO));
        assertThat(Duration.between(now, state.wakeAt().orElseThrow())).isEqualTo(Duration.ofSeconds(2));
        assertThat(next()).hasOnlyElementsOfType(Order.DialOut.class);
    }

    @Test
    void aPeerThatTakesOurWordForNoTimeDoesNotMakeUsDialAllTheTime() {
        ledger = with(Optional.empty(), Optional.empty());
        oldStands();
        happens(new Happening.Ordered(1, new ikebana.control.Order.Down(ENDPOINT)));
        ends(OLD, Ending.WANTED);
        happens(new Happening.GoneHeard(ENDPOINT));
        var ours = dialled(
                happens(new Happening.Ordered(2, new ikebana.control.Order.Up(ENDPOINT, Duration.ofSeconds(5)))));
        clearance(ours);
        happens(new Happening.Limited(ours, Duration.ZERO));
        asks(ours, true, LOW);
        stands(ours);
        assertThat(Duration.between(now, state.wakeAt().orElseThrow())).isEqualTo(Duration.ofSeconds(10));
    }

    @Test
    void aPatienceOfAnotherLengthSaysNothing() {
        assertThat(AuthLifetime.in(List.of(Notify.of(NotifyType.AUTH_LIFETIME, Bytes.ofHex("000e10")))))
                .isEmpty();
        assertThat(AuthLifetime.in(List.of(Notify.of(NotifyType.AUTH_LIFETIME, Bytes.ofHex("ffffffff")))))
                .contains(Duration.ofSeconds(0xffffffffL));
    }

    @Test
    void whoeverComesFromBehindANatIsNotDialled() {
        oldStands(Optional.of(20_000));
        assertThat(state.wakeAt()).isEmpty();
    }

    @Test
    void theEndOfTheOldOneDuringADialIsGoneAndTheDialWaitsForThat() {
        oldStands();
        var ours = dials();
        assertThat(ends(OLD, Ending.SILENCE)).anyMatch(ReauthenticationTest::isGone);
        assertThat(clearance(ours)).isEmpty();
        assertThat(happens(new Happening.GoneHeard(ENDPOINT)))
                .contains(new Order.Tell(ours, new Input.Cleared(new Ticket(5), true)));
    }

    @Test
    void theEndOfTheOldOneAfterOurAuthIsGoneBeforeTheNewOneStands() {
        oldStands();
        var ours = dials();
        clearance(ours);
        assertThat(ends(OLD, Ending.WANTED)).anyMatch(ReauthenticationTest::isGone);
        assertThat(asks(ours, true, LOW)).isEmpty();
        assertThat(happens(new Happening.GoneHeard(ENDPOINT))).contains(admitted(ours, false));
        assertThat(stands(ours)).anyMatch(order -> order instanceof Order.Announce(Event.Up _));
    }

    @Test
    void downEndsBoth() {
        oldStands();
        var ours = dials();
        clearance(ours);
        asks(ours, true, LOW);
        assertThat(happens(new Happening.Ordered(1, new ikebana.control.Order.Down(ENDPOINT))))
                .contains(closed(OLD, "it was taken down", false), closed(ours, "it was taken down", false));
        ends(OLD, Ending.WANTED);
        assertThat(ends(ours, Ending.WANTED)).anyMatch(ReauthenticationTest::isGone);
        happens(new Happening.GoneHeard(ENDPOINT));
        assertThat(state.wakeAt().isEmpty() || next().isEmpty()).isTrue();
    }

    @Test
    void aPeerThatEndsTheOldOneBeforeWeSendOverTheNewOneLosesNoPacket() {
        oldStands();
        happens(new Happening.Began(PEERS));
        asks(PEERS, false, HIGH);
        assertThat(happens(new Happening.LeftBehind(OLD, List.of(OUTBOUND)))).isEmpty();
        assertThat(ends(OLD, Ending.WANTED))
                .contains(new Order.Tell(PEERS, new Input.TakeOver()))
                .noneMatch(ReauthenticationTest::isTold);
        assertThat(stands(PEERS))
                .contains(new Order.Remove(OUTBOUND), new Order.Tell(OLD, new Input.Released()))
                .noneMatch(ReauthenticationTest::isTold);
    }

    @Test
    void whatIsLeftBehindByTheLastGoesBeforeGoneIsTold() {
        oldStands();
        happens(new Happening.Began(PEERS));
        asks(PEERS, false, HIGH);
        happens(new Happening.LeftBehind(OLD, List.of(OUTBOUND)));
        ends(OLD, Ending.WANTED);
        var orders = ends(PEERS, Ending.KERNEL);
        assertThat(orders.indexOf(new Order.Remove(OUTBOUND))).isNotNegative();
        assertThat(orders.stream().dropWhile(order -> !(order instanceof Order.Remove)))
                .anyMatch(ReauthenticationTest::isGone);
    }

    @Test
    void whatIsLeftBehindIsRemovedAtOnceWhereTheOtherHasNothingAndMayNeverSend() {
        oldStands();
        happens(new Happening.Began(PEERS));
        asks(PEERS, false, HIGH);
        happens(new Happening.Changed(PEERS, new Effect.Changed(List.of(), view(PEERS))));
        assertThat(happens(new Happening.LeftBehind(OLD, List.of(OUTBOUND))))
                .containsExactly(new Order.Remove(OUTBOUND), new Order.Tell(OLD, new Input.Released()));
    }

    @Test
    void whatIsLeftBehindWhereAnotherSendsIsRemovedAtOnce() {
        oldStands();
        now = now.plusSeconds(60);
        peersStands();
        assertThat(happens(new Happening.LeftBehind(OLD, List.of(OUTBOUND))))
                .containsExactly(new Order.Remove(OUTBOUND), new Order.Tell(OLD, new Input.Released()));
    }

    @Test
    void aFailedDialDoesNotMakeANewcomerSendTooEarly() {
        oldStands();
        var ours = dials();
        happens(new Happening.Began(PEERS));
        asks(PEERS, false, HIGH);
        assertThat(ends(ours, Ending.REFUSAL)).doesNotContain(new Order.Tell(PEERS, new Input.TakeOver()));
    }

    // ---- beside an IKE SA without a child (RFC 6023)

    /// The peer's, with which it has nothing to send with yet.
    private void peersBeginsWithoutAChild() {
        happens(new Happening.Began(PEERS));
        assertThat(asks(PEERS, false, HIGH, false, Optional.empty(), List.of())).contains(admitted(PEERS, true));
    }

    private List<Order> peersHas(List<StateId> states) {
        return happens(new Happening.Changed(PEERS, new Effect.Changed(states, view(PEERS))));
    }

    private static Order takesOver(IkeSpi spi) {
        return new Order.Tell(spi, new Input.TakeOver());
    }

    @Test
    void theFirstChildOfASuccessorThatBeganWithoutDoesNotCarryAsLongAsTheOldOneDoes() {
        oldStands();
        peersBeginsWithoutAChild();
        assertThat(peersHas(LedgerTestChild.states(2))).isEmpty();
        assertThat(ends(OLD, Ending.WANTED)).contains(takesOver(PEERS)).noneMatch(ReauthenticationTest::isTold);
    }

    @Test
    void whereNothingElseCarriesItDoesAtOnce() {
        happens(new Happening.Began(PEERS));
        asks(PEERS, false, HIGH, false, Optional.empty(), List.of());
        assertThat(peersHas(LedgerTestChild.states(2))).contains(takesOver(PEERS));
        stands(PEERS);
        assertThat(peersHas(LedgerTestChild.states(3))).isEmpty();
    }

    /// Both ends have dialled at once: none of the two ends is the end of the other one.
    @Test
    void whoeverHasMadeItBesideAnotherSaysSomethingByWhichThePeerKnows() {
        oldStands();
        peersBeginsWithoutAChild();
        now = now.plusSeconds(1);
        assertThat(stands(PEERS)).contains(new Order.Tell(PEERS, new Input.Probe()));
    }

    @Test
    void whatCarriesNothingTakesNobodysPlace() {
        oldStands();
        var third = new IkeSpi(3);
        happens(new Happening.Began(third));
        asks(third, false, HIGH);
        now = now.plusSeconds(60);
        stands(third); // OLD should go by the peer's rule
        peersBeginsWithoutAChild();
        ends(third, Ending.WANTED);
        assertThat(after(Examples.SETTINGS.crossingGrace())).isEmpty();
        assertThat(ends(OLD, Ending.WANTED)).noneMatch(ReauthenticationTest::isGone);
    }

    /// `gone` is the end of the last IKE SA with a peer, whether that has ever carried anything or not.
    @Test
    void asLongAsOneStandsThatHasNoChildThePeerIsNotGone() {
        oldStands();
        peersBeginsWithoutAChild();
        assertThat(ends(OLD, Ending.SILENCE)).noneMatch(ReauthenticationTest::isTold);
        assertThat(state.minds(ENDPOINT)).isTrue();
        assertThat(ends(PEERS, Ending.SILENCE))
                .filteredOn(ReauthenticationTest::isGone)
                .hasSize(1);
        var anew = new IkeSpi(4);
        happens(new Happening.Began(anew));
        assertThat(asks(anew, false, HIGH)).isEmpty();
        assertThat(happens(new Happening.GoneHeard(ENDPOINT))).contains(admitted(anew, false));
    }

    @Test
    void oneThatHasCarriedNothingSoFarDoesNotKeepUsFromProvingOurselvesAnew() {
        oldStands();
        peersBeginsWithoutAChild();
        var spi = dials();
        assertThat(clearance(spi)).containsExactly(new Order.Tell(spi, new Input.Cleared(new Ticket(5), false)));
    }
}
