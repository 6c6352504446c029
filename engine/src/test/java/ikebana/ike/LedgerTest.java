package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.Examples;
import ikebana.auth.Endpoint;
import ikebana.auth.Identity;
import ikebana.auth.Profile;
import ikebana.control.Answer;
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
import ikebana.settings.IkeSettings;
import ikebana.wire.Bytes;
import ikebana.wire.IkeSpi;
import ikebana.wire.IpAddress;
import ikebana.wire.Spi;
import ikebana.wire.UdpAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LedgerTest {
    private static final IpAddress OURS = IpAddress.of("192.0.2.1");
    private static final IpAddress THEIRS = IpAddress.of("192.0.2.2");
    private static final Endpoint ENDPOINT = new Endpoint("dmvpn", OURS, THEIRS);
    private static final Identity PEER = Identity.of(THEIRS);
    private static final Path WAY = new Path(new UdpAddress(OURS, 500), new UdpAddress(THEIRS, 500));
    private static final Profile PROFILE = Examples.profile(OURS);
    private static final IkeSettings SETTINGS = Examples.SETTINGS;
    private static final Acquire ACQUIRE = new Acquire(
            9, 7, OURS, THEIRS, new Selector(Prefix.host(OURS), Prefix.host(THEIRS), Selector.GRE, Optional.empty()));
    private static final IkeSpi FIRST = new IkeSpi(1);
    private static final IkeSpi SECOND = new IkeSpi(2);
    private static final StateId OUTBOUND = new StateId(new Spi(0x3001), THEIRS);
    private static final Bytes LOW = Bytes.ofHex("01");
    private static final Bytes HIGH = Bytes.ofHex("02");
    private static final String CROSSED = "another IKE SA with this peer was made at the same time, and stays";

    private Ledger ledger = new Ledger(SETTINGS, List.of(PROFILE), new SeededEntropy(1));
    private Ledger.State state = Ledger.State.EMPTY;
    private Instant now = Instant.EPOCH;

    private List<Order> happens(Happening happening) {
        var step = ledger.step(state, now, happening);
        state = step.next();
        return step.effects();
    }

    private List<Order> after(Duration duration) {
        now = now.plus(duration);
        return happens(new Happening.Woke());
    }

    private IkeSpi dials() {
        return ((Order.DialOut) happens(new Happening.Acquired(ACQUIRE)).getFirst()).spi();
    }

    private void begins(IkeSpi spi) {
        happens(new Happening.Began(spi));
    }

    /// A responder's question, and an initiator's.
    private static Happening asks(IkeSpi spi, Bytes nonce, boolean initialContact) {
        return asks(spi, PEER, false, true, nonce, initialContact);
    }

    private static Happening dialAsks(IkeSpi spi, Bytes nonce) {
        return asks(spi, PEER, true, true, nonce, false);
    }

    private static Happening asks(
            IkeSpi spi, Identity peer, boolean initiator, boolean kin, Bytes nonce, boolean initialContact) {
        return asks(spi, peer, initiator, kin, nonce, initialContact, Optional.empty());
    }

    private static Happening asksThroughNat(IkeSpi spi, Identity peer, int port, boolean initialContact) {
        return asks(spi, peer, false, true, HIGH, initialContact, Optional.of(port));
    }

    private static Happening asks(
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

    private static Order admitted(IkeSpi spi, boolean confirm) {
        return new Order.Tell(spi, new Input.Admitted(new Ticket(spi.value()), confirm));
    }

    private static Order closed(IkeSpi spi, String why, boolean replaced) {
        return new Order.Tell(spi, new Input.Close(why, replaced));
    }

    private List<Order> stands(IkeSpi spi, boolean confirmed) {
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

    private static Tunnel.IkeSaView view(IkeSpi spi) {
        return view(
                spi,
                List.of(new Tunnel.ChildView(
                        new Spi(0x2000 + (int) spi.value()),
                        new Spi(0x3000 + (int) spi.value()),
                        ACQUIRE.reqid(),
                        "aes256gcm16")));
    }

    private static Tunnel.IkeSaView view(IkeSpi spi, List<Tunnel.ChildView> children) {
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

    private List<Order> ends(IkeSpi spi, String why) {
        return happens(new Happening.Finished(spi, Ending.WANTED, why));
    }

    private void responderStands(IkeSpi spi) {
        begins(spi);
        assertThat(happens(asks(spi, HIGH, false))).containsExactly(admitted(spi, false));
        assertThat(stands(spi, false)).anyMatch(LedgerTest::isUp);
    }

    private static boolean isUp(Order order) {
        return order instanceof Order.Announce(Event.Up _);
    }

    private static boolean isGone(Order order) {
        return order instanceof Order.Announce(Event.Gone _);
    }

    // ---- dialling

    @Test
    void twoAcquiresForOnePeerAreOneDial() {
        assertThat(happens(new Happening.Acquired(ACQUIRE)))
                .singleElement()
                .isInstanceOfSatisfying(
                        Order.DialOut.class, dial -> assertThat(dial.dial()).isEqualTo(new Dial(ENDPOINT, PROFILE, 9)));
        assertThat(happens(new Happening.Acquired(ACQUIRE))).isEmpty();
    }

    @Test
    void anAcquireWithAForeignReqidOrSourceIsIgnored() {
        var foreign = new Acquire(9, 8, OURS, THEIRS, ACQUIRE.selector());
        var transit = new Acquire(9, 7, IpAddress.of("198.51.100.1"), THEIRS, ACQUIRE.selector());
        assertThat(happens(new Happening.Acquired(foreign))).hasOnlyElementsOfType(Order.Passed.class);
        assertThat(happens(new Happening.Acquired(transit))).hasOnlyElementsOfType(Order.Passed.class);
        happens(new Happening.Found(List.of(), List.of(THEIRS)));
        assertThat(happens(new Happening.Acquired(ACQUIRE))).hasOnlyElementsOfType(Order.Passed.class);
    }

    @Test
    void aDialThatFailsLetsTheNextPacketAcquireAnewAndEachFailureLengthensThePause() {
        var spi = dials();
        assertThat(happens(new Happening.Finished(spi, Ending.REFUSAL, "refused")))
                .containsExactly(
                        new Order.DropLarval(ACQUIRE), new Order.Announce(new Event.Failed(ENDPOINT, now, "refused")));
        assertThat(happens(new Happening.Acquired(ACQUIRE))).isEmpty();
        var again = after(Duration.ofMillis(1200)).getFirst();
        assertThat(again).isInstanceOf(Order.DialOut.class);
        happens(new Happening.Finished(((Order.DialOut) again).spi(), Ending.REFUSAL, "refused"));
        assertThat(happens(new Happening.Acquired(ACQUIRE))).isEmpty();
        assertThat(after(Duration.ofMillis(1200))).isEmpty();
        assertThat(after(Duration.ofMillis(1200)).getFirst()).isInstanceOf(Order.DialOut.class);
    }

    @Test
    void aDialThatThePeerMayHaveConfusedIsMadeAgainAtOnceAndOnce() {
        var first = happens(new Happening.Finished(dials(), Ending.CONFUSION, "confused"));
        assertThat(first).hasExactlyElementsOfTypes(Order.Passed.class, Order.DialOut.class);
        var again = (Order.DialOut) first.getLast();
        assertThat(again.dial().acquireSequence()).isEqualTo(ACQUIRE.sequence());
        assertThat(happens(new Happening.Finished(again.spi(), Ending.CONFUSION, "confused")))
                .containsExactly(
                        new Order.DropLarval(ACQUIRE), new Order.Announce(new Event.Failed(ENDPOINT, now, "confused")));
    }

    @Test
    void aFailureIsForgivenAndNothingOfItIsLeft() {
        happens(new Happening.Finished(dials(), Ending.SILENCE, "never answered"));
        assertThat(after(Duration.ofMinutes(5))).isEmpty();
        assertThat(state.size()).isZero();
        assertThat(state.wakeAt()).isEmpty();
    }

    @Test
    void aDialThatFindsATunnelOfThePeersGivesUp() {
        var spi = dials();
        responderStands(SECOND);
        var question = new Effect.MayAuthenticate(new Ticket(5), ENDPOINT);
        assertThat(happens(new Happening.ClearanceAsked(spi, question)))
                .containsExactly(closed(spi, "the peer was faster: its tunnel stands already", false));
        assertThat(ends(spi, "the peer was faster")).hasOnlyElementsOfType(Order.Passed.class);
    }

    @Test
    void initialContactIsSaidWhereNoSaStandsWhateverStrangersBegin() {
        var spi = dials();
        begins(SECOND);
        var question = new Effect.MayAuthenticate(new Ticket(5), ENDPOINT);
        assertThat(happens(new Happening.ClearanceAsked(spi, question)))
                .containsExactly(new Order.Tell(spi, new Input.Cleared(new Ticket(5), true)));
    }

    @Test
    void aPeerThatBeginsTunnelAfterTunnelIsRefusedTheFourth() {
        responderStands(FIRST);
        for (int number = 2; number <= 3; number++) {
            begins(new IkeSpi(number));
            assertThat(happens(asks(new IkeSpi(number), HIGH, false)))
                    .containsExactly(admitted(new IkeSpi(number), true));
        }
        begins(new IkeSpi(4));
        assertThat(happens(asks(new IkeSpi(4), HIGH, false)))
                .containsExactly(new Order.Tell(
                        new IkeSpi(4),
                        new Input.NotAdmitted(new Ticket(4), "192.0.2.2 has begun more than 3 tunnels at once")));
    }

    @Test
    void aDaemonThatStopsTakesDownWhatStandsAndLetsNothingComeUp() {
        responderStands(FIRST);
        assertThat(happens(new Happening.Stopping())).containsExactly(closed(FIRST, "the daemon is stopping", false));
        assertThat(ends(FIRST, "the daemon is stopping")).anyMatch(LedgerTest::isGone);
        assertThat(happens(new Happening.Acquired(ACQUIRE))).isEmpty();
        begins(SECOND);
        assertThat(happens(asks(SECOND, HIGH, true)))
                .containsExactly(
                        new Order.Tell(SECOND, new Input.NotAdmitted(new Ticket(2), "it is no longer wanted")));
        assertThat(ordered(1, up(Duration.ofSeconds(30))))
                .containsExactly(new Order.Reply(1, new Answer.Failed(Answer.Why.BUSY, "the daemon is stopping")));
    }

    @Test
    void aDaemonThatStopsIsQuietWhenStrangersHaveLeftToo() {
        begins(FIRST);
        assertThat(happens(new Happening.Stopping())).containsExactly(closed(FIRST, "the daemon is stopping", false));
        assertThat(state.isQuiet()).isFalse();
        ends(FIRST, "the daemon is stopping");
        assertThat(state.isQuiet()).isTrue();
    }

    @Test
    void aDaemonThatStopsRefusesWhoeverStillWaitsForTheHooks() {
        responderStands(FIRST);
        ends(FIRST, "the peer is dead");
        begins(SECOND);
        happens(asks(SECOND, LOW, true));
        assertThat(happens(new Happening.Stopping()))
                .containsExactly(
                        new Order.Tell(SECOND, new Input.NotAdmitted(new Ticket(2), "the daemon is stopping")));
    }

    @Test
    void aStateThatNobodyAnswersForIsRemovedAfterAGapInWhatTheKernelTells() {
        happens(new Happening.Found(List.of(), List.of(OURS)));
        assertThat(happens(oldStates())).isEmpty();
        assertThat(after(SETTINGS.keepInbound().multipliedBy(2)))
                .containsExactlyInAnyOrder(new Order.Remove(OLD_OUT), new Order.Remove(OLD_IN));
        assertThat(state.size()).isZero();
    }

    @Test
    void anAcquireForATunnelThatStandsMeansThatTheKernelHasLostIt() {
        responderStands(FIRST);
        assertThat(happens(new Happening.Acquired(ACQUIRE))).isEmpty(); // raised before the states came
        now = now.plusSeconds(60);
        assertThat(happens(new Happening.Acquired(ACQUIRE))).containsExactly(new Order.Look(ACQUIRE, OUTBOUND));
        assertThat(happens(new Happening.Looked(ACQUIRE, OUTBOUND, true)))
                .first()
                .isEqualTo(closed(FIRST, "the kernel has lost its states", false));
    }

    @Test
    void anAcquireForATunnelThatIsAboutToGetAnotherChildWaitsForThatOrForItsEnd() {
        responderStands(FIRST);
        now = now.plusSeconds(60);
        happens(new Happening.Changed(FIRST, new Effect.Changed(List.of(), view(FIRST, List.of()))));
        assertThat(happens(new Happening.Acquired(ACQUIRE))).isEmpty();
        assertThat(ends(FIRST, "there is none")).anyMatch(LedgerTest::isGone).anyMatch(Order.DialOut.class::isInstance);
    }

    @Test
    void anAcquireIsForgottenWhenATunnelHasGotAnotherChild() {
        responderStands(FIRST);
        now = now.plusSeconds(60);
        happens(new Happening.Changed(FIRST, new Effect.Changed(List.of(), view(FIRST, List.of()))));
        happens(new Happening.Acquired(ACQUIRE));
        happens(new Happening.Changed(FIRST, new Effect.Changed(List.of(OUTBOUND), view(FIRST))));
        assertThat(ends(FIRST, "the peer deleted the IKE SA"))
                .anyMatch(LedgerTest::isGone)
                .noneMatch(Order.DialOut.class::isInstance);
    }

    @Test
    void anAcquireThatIsHeardLateEndsNothing() {
        responderStands(FIRST);
        now = now.plusSeconds(60);
        happens(new Happening.Acquired(ACQUIRE));
        assertThat(happens(new Happening.Looked(ACQUIRE, OUTBOUND, false))).isEmpty();
        var before = new StateId(new Spi(0x999), THEIRS);
        assertThat(happens(new Happening.Looked(ACQUIRE, before, true)))
                .as("meanwhile it has had a successor")
                .containsExactly(new Order.Look(ACQUIRE, OUTBOUND));
    }

    @Test
    void aYoungTunnelThatTheKernelHasLostIsAFailureAlthoughWeEndIt() {
        responderStands(FIRST);
        now = now.plusSeconds(4);
        var anew = (Order.DialOut)
                happens(new Happening.Looked(ACQUIRE, OUTBOUND, true)).getLast();
        ends(FIRST, "the kernel has lost its states");
        happens(new Happening.GoneHeard(ENDPOINT));
        happens(new Happening.Finished(anew.spi(), Ending.SILENCE, "never answered"));
        assertThat(happens(new Happening.Acquired(ACQUIRE))).isEmpty();
        assertThat(after(Duration.ofMillis(1200)))
                .as("the second pause is longer")
                .isEmpty();
        assertThat(after(Duration.ofMillis(1200)).getFirst()).isInstanceOf(Order.DialOut.class);
    }

    // ---- crossing

    @Test
    void ofTwoCrossingSasOurLoserGoesWhenThePeerIsKnownToHoldTheWinner() {
        var ours = dials();
        begins(SECOND);
        assertThat(happens(asks(SECOND, HIGH, false))).containsExactly(admitted(SECOND, false));
        stands(SECOND, false);
        assertThat(happens(dialAsks(ours, LOW))).containsExactly(admitted(ours, true));
        assertThat(stands(ours, true)).containsExactly(new Order.Tell(SECOND, new Input.Probe()));
        assertThat(happens(new Happening.Confirmed(SECOND))).containsExactly(closed(ours, CROSSED, true));
        // the loser's end is not the endpoint's
        assertThat(ends(ours, "lost")).hasOnlyElementsOfType(Order.Passed.class);
    }

    @Test
    void anInitiatorWaitsUntilTheStatesOfAResponderThatCameFirstAreInstalledSoThatItsOwnAreTheNewest() {
        var ours = dials();
        begins(SECOND);
        assertThat(happens(asks(SECOND, HIGH, false))).containsExactly(admitted(SECOND, false));
        assertThat(happens(dialAsks(ours, LOW))).isEmpty();
        assertThat(stands(SECOND, false)).contains(admitted(ours, true));
    }

    @Test
    void anInitiatorThatWaitsForAResponderIsAdmittedWhenThatComesToNothing() {
        var ours = dials();
        begins(SECOND);
        happens(asks(SECOND, HIGH, false));
        happens(dialAsks(ours, LOW));
        assertThat(ends(SECOND, "the kernel refused")).contains(admitted(ours, false));
    }

    @Test
    void anInitiatorThatWaitsForAResponderIsAdmittedWhenItsChildComesToNothing() {
        var ours = dials();
        begins(SECOND);
        happens(asks(SECOND, HIGH, false));
        happens(dialAsks(ours, LOW));
        assertThat(happens(new Happening.Changed(SECOND, new Effect.Changed(List.of(), view(SECOND)))))
                .containsExactly(admitted(ours, true));
    }

    @Test
    void ofTwoCrossingSasThePeersLoserIsLeftToThePeerForAWhile() {
        var ours = dials();
        begins(SECOND);
        happens(asks(SECOND, LOW, false));
        stands(SECOND, false);
        happens(dialAsks(ours, HIGH));
        assertThat(stands(ours, true)).isEmpty();
        assertThat(after(SETTINGS.crossingGrace()))
                .containsExactly(closed(SECOND, "another IKE SA with this peer has taken its place", true));
    }

    @Test
    void withAStrangerBothStayUntilItHasDecided() {
        var ours = dials();
        begins(SECOND);
        happens(asks(SECOND, PEER, false, false, HIGH, true));
        stands(SECOND, false);
        happens(asks(ours, PEER, true, false, LOW, false));
        assertThat(stands(ours, true)).isEmpty();
        // it deletes what we would have kept: that is its verdict
        assertThat(ends(SECOND, "the peer deleted the IKE SA")).hasOnlyElementsOfType(Order.Passed.class);
        assertThat(after(SETTINGS.crossingGrace())).isEmpty();
    }

    @Test
    void withAStrangerTheSaThatSaidInitialContactStaysBecauseThePeerMayHaveDroppedTheOther() {
        var ours = dials();
        happens(new Happening.ClearanceAsked(ours, new Effect.MayAuthenticate(new Ticket(5), ENDPOINT)));
        begins(SECOND);
        happens(asks(SECOND, PEER, false, false, HIGH, true));
        stands(SECOND, false);
        happens(asks(ours, PEER, true, false, LOW, false));
        stands(ours, true);
        assertThat(after(SETTINGS.crossingGrace()))
                .containsExactly(closed(SECOND, "another IKE SA with this peer has taken its place", true));
    }

    @Test
    void aWinnerThatIsHeldBackTakesOverWhenTheLoserIsGone() {
        responderStands(FIRST);
        begins(SECOND);
        assertThat(happens(asks(SECOND, HIGH, false))).containsExactly(admitted(SECOND, true));
        assertThat(ends(FIRST, "the peer deleted the IKE SA")).contains(new Order.Tell(SECOND, new Input.TakeOver()));
        assertThat(stands(SECOND, true)).isEmpty();
    }

    // ---- what a peer may name

    @Test
    void anSpiThatAnotherTunnelHasIsRefusedAndStaysTheOthers() {
        responderStands(FIRST);
        begins(SECOND);
        var elsewhere = new Endpoint("dmvpn", OURS, IpAddress.of("192.0.2.9"));
        var asked = new Effect.AskAdmission(
                new Ticket(2),
                elsewhere,
                Identity.of(elsewhere.remote()),
                false,
                true,
                HIGH,
                false,
                Optional.empty(),
                LedgerTestChild.states((int) FIRST.value()));
        assertThat(happens(new Happening.AdmissionAsked(SECOND, asked)))
                .containsExactly(new Order.Tell(
                        SECOND, new Input.NotAdmitted(new Ticket(2), "it names an SPI that another tunnel has")));
        ends(SECOND, "refused");
        var soft = LedgerTestChild.states((int) FIRST.value()).getFirst();
        assertThat(happens(new Happening.Expired(soft, false)))
                .containsExactly(new Order.Tell(FIRST, new Input.GrewOld(soft)));
    }

    // ---- the peer comes again

    @Test
    void whatStandsWithoutAChildIsNotCrossedByWhatBeginsLater() {
        var ours = dials();
        happens(new Happening.AdmissionAsked(
                ours,
                new Effect.AskAdmission(
                        new Ticket(1), ENDPOINT, PEER, true, true, LOW, false, Optional.empty(), List.of())));
        begins(SECOND);
        assertThat(happens(asks(SECOND, HIGH, true))).containsExactly(closed(ours, "the peer has begun anew", false));
    }

    @Test
    void aPeerThatHasLostItsMemoryIsGoneBeforeItComesAnew() {
        responderStands(FIRST);
        begins(SECOND);
        assertThat(happens(asks(SECOND, LOW, true))).containsExactly(closed(FIRST, "the peer has begun anew", false));
        assertThat(ends(FIRST, "the peer has begun anew")).singleElement().matches(LedgerTest::isGone);
        assertThat(happens(new Happening.GoneHeard(ENDPOINT)))
                .containsExactly(new Order.Forget(ENDPOINT), admitted(SECOND, false));
        assertThat(stands(SECOND, false)).anyMatch(LedgerTest::isUp);
    }

    @Test
    void aPeerThatComesAgainWithoutInitialContactHasAuthenticatedAnewAndNothingIsGone() {
        responderStands(FIRST);
        begins(SECOND);
        assertThat(happens(asks(SECOND, LOW, false))).containsExactly(admitted(SECOND, true));
        assertThat(stands(SECOND, true)).isEmpty();
        assertThat(ends(FIRST, "the peer deleted the IKE SA")).hasOnlyElementsOfType(Order.Passed.class);
        assertThat(ends(SECOND, "the peer is dead")).anyMatch(LedgerTest::isGone);
    }

    @Test
    void aDialMayBeginWhileGoneRunsButNotAuthenticate() {
        responderStands(FIRST);
        now = now.plusSeconds(60);
        assertThat(ends(FIRST, "the peer is dead")).anyMatch(LedgerTest::isGone);
        var spi = dials();
        var question = new Effect.MayAuthenticate(new Ticket(5), ENDPOINT);
        assertThat(happens(new Happening.ClearanceAsked(spi, question))).isEmpty();
        assertThat(happens(new Happening.GoneHeard(ENDPOINT)))
                .containsExactly(
                        new Order.Forget(ENDPOINT), new Order.Tell(spi, new Input.Cleared(new Ticket(5), true)));
    }

    @Test
    void aSuccessorForWhomTheHooksHaveNoTimeIsRefusedAndNotLetThrough() {
        responderStands(FIRST);
        ends(FIRST, "the peer is dead");
        begins(SECOND);
        assertThat(happens(asks(SECOND, LOW, true))).isEmpty();
        assertThat(happens(new Happening.GoneUnheard(ENDPOINT)))
                .containsExactly(new Order.Tell(
                        SECOND,
                        new Input.NotAdmitted(new Ticket(2), "the hooks of the tunnel before are still to run")));
        assertThat(happens(new Happening.GoneHeard(ENDPOINT))).containsExactly(new Order.Forget(ENDPOINT));
    }

    @Test
    void whatAnSaThatFailedHadInstalledIsRemovedBeforeItsEndIsTold() {
        responderStands(FIRST);
        var child = LedgerTestChild.of(1);
        assertThat(happens(new Happening.Failed(FIRST)))
                .startsWith(
                        new Order.Remove(child.outbound().id()),
                        new Order.Remove(child.inbound().id()))
                .anyMatch(LedgerTest::isGone);
    }

    @Test
    void anotherIdentityBehindTheSameAddressIsRefusedAndTheFirstStays() {
        responderStands(FIRST);
        begins(SECOND);
        assertThat(happens(asks(SECOND, Identity.of("somebody.example"), false, true, HIGH, true)))
                .containsExactly(new Order.Tell(
                        SECOND,
                        new Input.NotAdmitted(
                                new Ticket(2), "dmvpn 192.0.2.1 -> 192.0.2.2 stands with 192.0.2.2 already")));
    }

    // ---- behind one NAT

    private void spokeStandsBehindNat(int port) {
        begins(FIRST);
        assertThat(happens(asksThroughNat(FIRST, PEER, port, true))).containsExactly(admitted(FIRST, false));
        stands(FIRST, false);
    }

    private static Order refused(IkeSpi spi) {
        var why = "dmvpn 192.0.2.1 -> 192.0.2.2 stands with 192.0.2.2 already";
        return new Order.Tell(spi, new Input.NotAdmitted(new Ticket(spi.value()), why));
    }

    private static Order probed(IkeSpi spi) {
        return new Order.Tell(spi, new Input.Probe());
    }

    private void identityIsShared() {
        ledger = new Ledger(SETTINGS, List.of(Examples.sharingIdentity(PROFILE)), new SeededEntropy(1));
    }

    @Test
    void aSiblingBehindTheSameNatIsRefusedAloudAndWhetherTheFirstLivesIsFoundOut() {
        spokeStandsBehindNat(4500);
        begins(SECOND);
        var sibling = Identity.of("somebody.example");
        assertThat(happens(asksThroughNat(SECOND, sibling, 4501, true)))
                .containsExactly(
                        refused(SECOND),
                        new Order.Announce(new Event.SiblingBehindNat(ENDPOINT, now, PEER, sibling)),
                        probed(FIRST));
        assertThat(ends(SECOND, "refused")).hasOnlyElementsOfType(Order.Passed.class);
        // when the first has gone there is room
        ends(FIRST, "the peer is dead");
        happens(new Happening.GoneHeard(ENDPOINT));
        begins(new IkeSpi(3));
        assertThat(happens(asksThroughNat(new IkeSpi(3), sibling, 4501, true)))
                .containsExactly(admitted(new IkeSpi(3), false));
    }

    @Test
    void theSameIdentityBehindTheSameNatHasComeAnewAndReplaces() {
        spokeStandsBehindNat(4500);
        begins(SECOND);
        assertThat(happens(asksThroughNat(SECOND, PEER, 4501, true)))
                .containsExactly(closed(FIRST, "the peer has begun anew", false));
    }

    @Test
    void aSharedIdentityIsRefusedASecondTimeUntilTheFirstIsDead() {
        identityIsShared();
        spokeStandsBehindNat(4500);
        for (boolean initialContact : List.of(true, false)) {
            begins(SECOND);
            assertThat(happens(asksThroughNat(SECOND, PEER, 4501, initialContact)))
                    .containsExactly(
                            refused(SECOND),
                            new Order.Announce(new Event.SiblingBehindNat(ENDPOINT, now, PEER, PEER)),
                            probed(FIRST));
            ends(SECOND, "refused");
        }
        assertThat(ends(FIRST, "the peer is dead")).anyMatch(LedgerTest::isGone);
        happens(new Happening.GoneHeard(ENDPOINT));
        begins(SECOND);
        assertThat(happens(asksThroughNat(SECOND, PEER, 4501, true))).containsExactly(admitted(SECOND, false));
    }

    @Test
    void aSharedIdentityThatComesFromTheVeryPortIsTheSameHost() {
        identityIsShared();
        spokeStandsBehindNat(4500);
        assertThat(happens(new Happening.Moved(FIRST, new UdpAddress(THEIRS, 4600))))
                .containsExactly(new Order.Passed(
                        "dmvpn 192.0.2.1 -> 192.0.2.2: a NAT has given the peer another port, 192.0.2.2:4600"));
        begins(SECOND);
        assertThat(happens(asksThroughNat(SECOND, PEER, 4600, true)))
                .containsExactly(closed(FIRST, "the peer has begun anew", false));
    }

    @Test
    void aSharedIdentityWithoutANatIsTheSameHost() {
        identityIsShared();
        responderStands(FIRST);
        begins(SECOND);
        assertThat(happens(asks(SECOND, LOW, true))).containsExactly(closed(FIRST, "the peer has begun anew", false));
    }

    @Test
    void espFromElsewhereIsToldToItsSaAndANewPortIsSeenInTheList() {
        spokeStandsBehindNat(4500);
        var inbound = LedgerTestChild.of(1).inbound().id();
        var elsewhere = new UdpAddress(THEIRS, 4600);
        assertThat(happens(new Happening.Remapped(inbound, elsewhere)))
                .containsExactly(new Order.Tell(FIRST, new Input.Remapped(elsewhere)));
        happens(new Happening.Moved(FIRST, elsewhere));
        assertThat(ordered(7, new ikebana.control.Order.DescribeTunnel(ENDPOINT)))
                .singleElement()
                .isInstanceOfSatisfying(
                        Order.Reply.class,
                        reply -> assertThat(
                                        ((Answer.Done) reply.answer()).tunnel().ikeSas())
                                .extracting(Tunnel.IkeSaView::remote)
                                .containsExactly(elsewhere));
    }

    // ---- orders

    private List<Order> ordered(long ticket, ikebana.control.Order order) {
        return happens(new Happening.Ordered(ticket, order));
    }

    private static ikebana.control.Order up(Duration patience) {
        return new ikebana.control.Order.Up(ENDPOINT, patience);
    }

    @Test
    void anUpIsAnsweredWhenTheTunnelStandsAndAtOnceWhenItDoes() {
        var dial = (Order.DialOut) ordered(1, up(Duration.ofSeconds(30))).getFirst();
        happens(dialAsks(dial.spi(), HIGH));
        assertThat(stands(dial.spi(), true))
                .last()
                .isInstanceOfSatisfying(
                        Order.Reply.class, reply -> assertThat(reply.ticket()).isEqualTo(1));
        assertThat(ordered(2, up(Duration.ofSeconds(30))))
                .singleElement()
                .isInstanceOfSatisfying(
                        Order.Reply.class, reply -> assertThat(reply.answer()).isInstanceOf(Answer.Done.class));
    }

    @Test
    void anUpHearsWhyTheDialFailedAndTheTunnelIsDialledAgainUntilItIsTakenDown() {
        var dial = (Order.DialOut) ordered(1, up(Duration.ofSeconds(30))).getFirst();
        assertThat(happens(new Happening.Finished(dial.spi(), Ending.SILENCE, "never answered")))
                .contains(new Order.Reply(1, new Answer.Failed(Answer.Why.NO_ANSWER, "never answered")));
        var again = (Order.DialOut) after(Duration.ofSeconds(2)).getFirst();
        assertThat(ordered(2, new ikebana.control.Order.Down(ENDPOINT)))
                .containsExactly(closed(again.spi(), "it was taken down", false));
        assertThat(ends(again.spi(), "it was taken down"))
                .last()
                .isInstanceOfSatisfying(
                        Order.Reply.class, reply -> assertThat(reply.answer()).isInstanceOf(Answer.Done.class));
        assertThat(after(Duration.ofMinutes(10))).isEmpty();
        assertThat(state.size()).isZero();
    }

    /// Packets that acquire once a second, for ten minutes, of a peer that gives up each dial after so long.
    private long dialsInTenMinutes(Duration each, Ending ending) {
        var end = now.plus(Duration.ofMinutes(10));
        long dials = 0;
        var overAt = Optional.<Instant>empty();
        var spi = FIRST;
        while (now.isBefore(end)) {
            var orders = happens(new Happening.Acquired(ACQUIRE));
            if (overAt.filter(at -> !at.isAfter(now)).isPresent()) {
                overAt = Optional.empty();
                orders = happens(new Happening.Finished(spi, ending, "no"));
            }
            for (var order : orders) {
                if (!(order instanceof Order.DialOut dial)) continue;
                spi = dial.spi();
                overAt = Optional.of(now.plus(each));
                dials++;
            }
            now = now.plusSeconds(1);
            for (var order : happens(new Happening.Woke())) {
                if (!(order instanceof Order.DialOut dial)) continue;
                spi = dial.spi();
                overAt = Optional.of(now.plus(each));
                dials++;
            }
        }
        return dials;
    }

    @Test
    void packetsForAPeerThatCannotBeReachedDoNotBringADialEach() {
        // refused at once: pauses of 1, 2, 4, 8, 16 and then 32 s
        assertThat(dialsInTenMinutes(Duration.ZERO, Ending.REFUSAL)).isBetween(15L, 24L);
    }

    @Test
    void aSilentPeerIsDialledOnceAMinuteHoweverManyPacketsWant() {
        assertThat(dialsInTenMinutes(Duration.ofSeconds(58), Ending.SILENCE)).isBetween(9L, 11L);
    }

    @Test
    void whoeverWasOrderedAndIsSilentIsDialledAgainWithinSecondsForEver() {
        var dial = (Order.DialOut) ordered(1, up(Duration.ZERO)).getFirst();
        assertThat(dial.dial().wanted()).isTrue();
        for (int i = 0; i < 100; i++) {
            now = now.plusSeconds(58);
            happens(new Happening.Finished(dial.spi(), Ending.SILENCE, "never answered"));
            var next = state.wakeAt().orElseThrow();
            assertThat(next).isBeforeOrEqualTo(now.plusSeconds(2));
            dial = (Order.DialOut) after(Duration.ofSeconds(2)).getFirst();
            assertThat(dial.dial().wanted()).isTrue();
        }
    }

    @Test
    void aTunnelThatNobodyUsesIsTakenDownAndTheNextPacketDialsAnew() {
        responderStands(FIRST);
        var why = "nothing has passed for as long as inactivity says";
        assertThat(happens(new Happening.Idle(FIRST))).containsExactly(closed(FIRST, why, false));
        assertThat(happens(new Happening.Finished(FIRST, Ending.WANTED, why)))
                .containsExactly(new Order.Announce(new Event.Gone(ENDPOINT, now, Optional.of(PEER), why)));
        happens(new Happening.GoneHeard(ENDPOINT));
        assertThat(after(Duration.ofMinutes(1))).isEmpty();
        assertThat(dials()).isNotNull();
    }

    @Test
    void aTunnelThatWasOrderedStandsUsedOrNot() {
        responderStands(FIRST);
        happens(new Happening.Ordered(1, new ikebana.control.Order.Up(ENDPOINT, Duration.ZERO)));
        assertThat(happens(new Happening.Idle(FIRST))).isEmpty();
        assertThat(happens(new Happening.Idle(SECOND))).isEmpty();
    }

    @Test
    void aTunnelThatWasTakenDownHasNotFailedHoweverShortItLived() {
        responderStands(FIRST);
        ordered(1, new ikebana.control.Order.Down(ENDPOINT));
        ends(FIRST, "it was taken down");
        happens(new Happening.GoneHeard(ENDPOINT));
        assertThat(happens(new Happening.Acquired(ACQUIRE))).singleElement().isInstanceOf(Order.DialOut.class);
    }

    @Test
    void anUpWhosePatienceEndsHearsSoAndTheDialGoesOn() {
        ordered(1, up(Duration.ofSeconds(1)));
        assertThat(after(Duration.ofSeconds(1)))
                .containsExactly(new Order.Reply(1, new Answer.Failed(Answer.Why.OUT_OF_PATIENCE, "not yet")));
    }

    @Test
    void whatCannotBeDialledIsRefusedWithASentence() {
        var nobody = new ikebana.control.Order.Up(new Endpoint("lan", OURS, THEIRS), Duration.ofSeconds(1));
        assertThat(ordered(1, nobody))
                .containsExactly(
                        new Order.Reply(1, new Answer.Failed(Answer.Why.NO_SUCH_PROFILE, "there is no profile 'lan'")));
        assertThat(ordered(3, new ikebana.control.Order.Down(new Endpoint("lan", OURS, THEIRS))))
                .containsExactly(
                        new Order.Reply(3, new Answer.Failed(Answer.Why.NO_SUCH_PROFILE, "there is no profile 'lan'")));
        assertThat(ordered(2, new ikebana.control.Order.Down(ENDPOINT)))
                .containsExactly(
                        new Order.Reply(2, new Answer.NoTunnel("there is no tunnel dmvpn 192.0.2.1 -> 192.0.2.2")));
    }

    // ---- the kernel, and a former run

    @Test
    void aSoftExpireAsksForASuccessorAndAHardOneEndsTheChild() {
        responderStands(FIRST);
        var id = LedgerTestChild.of(1).outbound().id();
        assertThat(happens(new Happening.Expired(id, false)))
                .containsExactly(new Order.Tell(FIRST, new Input.GrewOld(id)));
        assertThat(happens(new Happening.Expired(id, true)))
                .containsExactly(new Order.Tell(FIRST, new Input.ChildEnded(id)));
    }

    private static final StateId OLD_OUT = new StateId(new Spi(0x5000), THEIRS);
    private static final StateId OLD_IN = new StateId(new Spi(0x5001), OURS);

    private static Happening oldStates() {
        return new Happening.Found(
                List.of(new Reply.Mature(OLD_OUT, OURS, 7, 0, 0), new Reply.Mature(OLD_IN, THEIRS, 7, 0, 0)),
                List.of(OURS));
    }

    @Test
    void statesOfAFormerRunAreDialledAnewToldAsGoneAndRemovedWhenTheirSuccessorStands() {
        happens(new Happening.Remembered(Map.of(ENDPOINT, PEER)));
        var dial = (Order.DialOut) happens(oldStates()).getFirst();
        var question = new Effect.MayAuthenticate(new Ticket(5), ENDPOINT);
        assertThat(happens(new Happening.ClearanceAsked(dial.spi(), question)))
                .containsExactly(new Order.Announce(
                        new Event.Gone(ENDPOINT, now, Optional.of(PEER), "the daemon was started anew")));
        assertThat(happens(new Happening.GoneHeard(ENDPOINT)))
                .containsExactly(
                        new Order.Forget(ENDPOINT), new Order.Tell(dial.spi(), new Input.Cleared(new Ticket(5), true)));
        happens(dialAsks(dial.spi(), HIGH));
        assertThat(stands(dial.spi(), true)).contains(new Order.Remove(OLD_OUT)).anyMatch(LedgerTest::isUp);
        assertThat(after(SETTINGS.keepInbound())).containsExactly(new Order.Remove(OLD_IN));
    }

    @Test
    void statesOfAFormerRunThatNobodyReplacesAreRemovedAndToldAsGone() {
        var dial = (Order.DialOut) happens(oldStates()).getFirst();
        happens(new Happening.Finished(dial.spi(), Ending.SILENCE, "never answered"));
        assertThat(after(SETTINGS.orphanLifetime()))
                .contains(new Order.Remove(OLD_OUT), new Order.Remove(OLD_IN))
                .anyMatch(LedgerTest::isGone);
    }

    @Test
    void aDaemonThatStopsTakesAlongWhatAFormerRunLeft() {
        happens(new Happening.Remembered(Map.of(ENDPOINT, PEER)));
        var dial = (Order.DialOut) happens(oldStates()).getFirst();
        assertThat(happens(new Happening.Stopping()))
                .containsExactly(
                        closed(dial.spi(), "the daemon is stopping", false),
                        new Order.Remove(OLD_OUT),
                        new Order.Remove(OLD_IN),
                        new Order.Announce(new Event.Gone(ENDPOINT, now, Optional.of(PEER), "the daemon is stopping")));
    }

    @Test
    void statesOfAFormerRunAtAnAddressThatIsAwayAreFoundInBothDirections() {
        var states = ((Happening.Found) oldStates()).states();
        assertThat(happens(new Happening.Found(states, List.of(IpAddress.of("192.0.2.9")))))
                .isEmpty(); // nothing to dial from
        assertThat(after(SETTINGS.orphanLifetime())).contains(new Order.Remove(OLD_OUT), new Order.Remove(OLD_IN));
    }

    @Test
    void aTunnelThatAFormerRunRememberedAndTheKernelDoesNotIsGone() {
        happens(new Happening.Remembered(Map.of(ENDPOINT, PEER)));
        assertThat(happens(new Happening.Found(List.of(), List.of(OURS))))
                .containsExactly(new Order.Announce(
                        new Event.Gone(ENDPOINT, now, Optional.of(PEER), "the daemon was started anew")));
    }

    @Test
    void aLostAddressEndsItsTunnelsAndWantedOnesAreDialledWhenItIsBack() {
        happens(new Happening.Found(List.of(), List.of(OURS)));
        var dial = (Order.DialOut) ordered(1, up(Duration.ofSeconds(30))).getFirst();
        happens(dialAsks(dial.spi(), HIGH));
        stands(dial.spi(), true);
        var why = "192.0.2.1 is no longer an address of this host";
        assertThat(happens(new Happening.Found(List.of(), List.of(THEIRS))))
                .containsExactly(closed(dial.spi(), why, false));
        assertThat(ends(dial.spi(), why)).anyMatch(LedgerTest::isGone);
        happens(new Happening.GoneHeard(ENDPOINT));
        assertThat(after(Duration.ofMinutes(5))).isEmpty();
        assertThat(happens(new Happening.AddressCame(OURS))).singleElement().isInstanceOf(Order.DialOut.class);
    }
}
