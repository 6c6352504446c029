package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.Examples;
import ikebana.auth.Endpoint;
import ikebana.crypto.SeededEntropy;
import ikebana.kernel.Reply;
import ikebana.kernel.Request;
import ikebana.kernel.State;
import ikebana.kernel.StateId;
import ikebana.wire.Bytes;
import ikebana.wire.Delete;
import ikebana.wire.Header;
import ikebana.wire.IkeSpi;
import ikebana.wire.IpAddress;
import ikebana.wire.Message;
import ikebana.wire.Notify;
import ikebana.wire.NotifyType;
import ikebana.wire.Payload;
import ikebana.wire.SecurityAssociation;
import ikebana.wire.UdpAddress;
import ikebana.wire.Unknown;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What is answered to a wish for a successor that cannot be granted (RFC 7296 2.25). How it goes well is told by the
/// transcripts `rekey-*`.
class CreateChildTest {
    private static final IpAddress HERE = IpAddress.of("192.0.2.1");
    private static final IpAddress THERE = IpAddress.of("192.0.2.2");

    /// What becomes of a request on its way from a to b.
    private UnaryOperator<List<Payload>> detour = payloads -> payloads;

    /// What becomes of an answer on its way back.
    private UnaryOperator<List<Payload>> wayBack = payloads -> payloads;

    private final End.Between between = new End.Between() {
        @Override
        void carries(End from, Datagram datagram) {
            carried(from, datagram);
        }
    };
    private final End a = new End(HERE, new SeededEntropy(1), between);
    private final End b = new End(THERE, new SeededEntropy(2), between);

    private static Phase.Established established(End end) {
        return (Phase.Established) end.is().phase();
    }

    private static List<ChildSa> wanted(End end) {
        return established(end).children().stream().filter(ChildSa::isWanted).toList();
    }

    private static void growsOld(End end) {
        end.happens(new Input.GrewOld(wanted(end).getFirst().pair().outbound().id()));
    }

    /// B's answers wait here while that is so.
    private boolean holds;

    private final List<Datagram> held = new ArrayList<>();

    private void carried(End from, Datagram datagram) {
        var to = from == a ? b : a;
        if (holds && from == b && Header.peek(datagram.bytes()).orElseThrow().response()) {
            held.add(datagram);
            return;
        }
        var bytes = datagram.bytes();
        var keys = to.state.flatMap(Wiretap::of);
        if (keys.isPresent()) {
            var payloads = keys.get().read(bytes);
            var changed = (from == a ? detour : wayBack).apply(payloads);
            if (!changed.equals(payloads)) bytes = keys.get().changed(bytes, _ -> changed);
        }
        var turned =
                new Datagram(new Path(datagram.path().remote(), datagram.path().local()), bytes);
        to.hears(turned);
    }

    @BeforeEach
    void stands() {
        var path = new Path(new UdpAddress(HERE, 500), new UdpAddress(THERE, 500));
        var dial = new Dial(new Endpoint("dmvpn", HERE, THERE), a.profile, 0);
        a.perform(a.machine.dial(new IkeSpi(1), path, dial, between.now));
        between.settle();
        assertThat(wanted(a)).hasSize(1);
        assertThat(wanted(b)).hasSize(1);
    }

    /// What b says to a request that was changed on its way.
    private Notify answerTo(UnaryOperator<List<Payload>> change) {
        detour = change;
        var before = b.state;
        growsOld(a);
        while (b.state.equals(before)) between.agenda.removeFirst().run();
        var reply = b.state.orElseThrow().window().replied().orElseThrow().response();
        var payloads = Wiretap.of(b.state.orElseThrow()).orElseThrow().read(reply.getFirst());
        assertThat(payloads).hasSize(1);
        return (Notify) payloads.getFirst();
    }

    private static UnaryOperator<List<Payload>> renewing(Bytes spi) {
        return payloads -> payloads.stream()
                .map(payload -> payload instanceof Notify notify && notify.is(NotifyType.REKEY_SA)
                        ? new Notify(3, spi, NotifyType.REKEY_SA.code(), Bytes.EMPTY)
                        : payload)
                .toList();
    }

    @Test
    void aChildThatWeDoNotHaveIsNamedInTheAnswer() {
        var unknown = Bytes.ofHex("01020304");
        assertThat(answerTo(renewing(unknown)))
                .isEqualTo(new Notify(3, unknown, NotifyType.CHILD_SA_NOT_FOUND.code(), Bytes.EMPTY));
    }

    /// Without the word that it is in another's place.
    private static List<Payload> further(List<Payload> payloads) {
        return payloads.stream()
                .filter(payload -> !(payload instanceof Notify notify && notify.is(NotifyType.REKEY_SA)))
                .toList();
    }

    /// A asks for a child that is in nobody's place, and is told that there is none, so that it asks again.
    private void asksForAFurtherOne() {
        detour = CreateChildTest::further;
        wayBack = payloads -> Message.first(payloads, SecurityAssociation.class).isPresent()
                ? List.of(Notify.of(NotifyType.TEMPORARY_FAILURE))
                : payloads;
        if (wanted(a).getFirst().fate() instanceof ChildSa.Stays) {
            growsOld(a);
        } else {
            between.now = between.now.plusSeconds(600);
            a.happens(new Input.Woke());
        }
        between.settle();
    }

    private static List<State> installed(End end) {
        return end.asked.stream()
                .filter(Request.InstallState.class::isInstance)
                .map(request -> ((Request.InstallState) request).state())
                .toList();
    }

    private List<Payload> lastAnswer() {
        var reply = b.is().window().replied().orElseThrow().response();
        return Wiretap.of(b.is()).orElseThrow().read(reply.getFirst());
    }

    @Test
    void aFurtherChildIsReceivedOnAtOnce_andSentOverWhenTheFirstIsGone() {
        var first = wanted(b).getFirst();
        asksForAFurtherOne();
        assertThat(wanted(b)).hasSize(2);
        var second = wanted(b).getLast();
        assertThat(second.replaces()).isEmpty();
        assertThat(b.asked).contains(new Request.InstallState(second.pair().inbound()));
        // in Linux the newest state sends, and a does not receive on it yet
        assertThat(b.asked)
                .doesNotContain(new Request.InstallState(second.pair().outbound()));
        b.happens(new Input.ChildEnded(first.pair().inbound().id()));
        assertThat(b.said).isEmpty();
        assertThat(wanted(b))
                .singleElement()
                .satisfies(left -> assertThat(left.inbound()).isEqualTo(second.inbound()));
        assertThat(b.asked).contains(new Request.InstallState(second.pair().outbound()));
    }

    @Test
    void aFurtherChildIsSentOverInAnyCaseAfterAWhile() {
        asksForAFurtherOne();
        var second = wanted(b).getLast();
        a.happens(new Input.Probe());
        between.settle();
        between.now = between.now.plus(Examples.SETTINGS.crossingGrace());
        b.happens(new Input.Woke());
        assertThat(b.asked).contains(new Request.InstallState(second.pair().outbound()));
    }

    @Test
    void moreChildrenThanTheLimitAreRefused_andThoseThatStandStay() {
        for (int count = 1; count < Examples.SETTINGS.mostChildren(); count++) asksForAFurtherOne();
        assertThat(wanted(b)).hasSize(Examples.SETTINGS.mostChildren());
        asksForAFurtherOne();
        assertThat(lastAnswer()).containsExactly(Notify.of(NotifyType.NO_ADDITIONAL_SAS));
        assertThat(wanted(b)).hasSize(Examples.SETTINGS.mostChildren());
        assertThat(b.said).isEmpty();
    }

    @Test
    void whoeverIsAtTheLimitRenewsAllTheSame() {
        for (int count = 1; count < Examples.SETTINGS.mostChildren(); count++) asksForAFurtherOne();
        detour = payloads -> payloads;
        wayBack = payloads -> payloads;
        between.now = between.now.plusSeconds(600);
        a.happens(new Input.Woke());
        between.settle();
        assertThat(wanted(b)).hasSize(Examples.SETTINGS.mostChildren());
        assertThat(wanted(a)).hasSize(1);
    }

    @Test
    void whatIsBeingInstalledForThePeerWhenTheIkeSaIsReplacedIsRemoved() {
        growsOld(a);
        while (established(b).answering().isEmpty())
            between.agenda.removeFirst().run();
        var child = established(b).answering().orElseThrow().child();
        b.happens(new Input.Close("another carries the traffic", true));
        between.settle();
        between.now = between.now.plus(Examples.SETTINGS.keepInbound());
        b.happens(new Input.Woke());
        assertThat(b.asked)
                .contains(new Request.RemoveState(child.pair().inbound().id()));
    }

    @Test
    void aGoodbyeThatThePeerHearsLateCostsNoneOfItsPackets() {
        var remove =
                new Request.RemoveState(wanted(b).getFirst().pair().inbound().id());
        b.happens(new Input.Close("another carries the traffic", true));
        between.now = between.now.plus(Examples.SETTINGS.keepInbound());
        b.happens(new Input.Woke());
        assertThat(b.asked).doesNotContain(remove);
        between.settle();
        assertThat(b.asked).doesNotContain(remove);
        between.now = between.now.plus(Examples.SETTINGS.keepInbound());
        b.happens(new Input.Woke());
        assertThat(b.asked).contains(remove);
    }

    @Test
    void whatThePeerHasDeletedBeforeItsAnswerCameIsNotUsed() {
        var old = wanted(a).getFirst();
        holds = true;
        growsOld(a);
        between.settle();
        b.happens(new Input.ChildEnded(wanted(b).getLast().pair().inbound().id()));
        between.settle();
        holds = false;
        held.forEach(answer -> carried(b, answer));
        between.settle();
        assertThat(wanted(a))
                .singleElement()
                .satisfies(child -> assertThat(child.inbound()).isEqualTo(old.inbound()));
        assertThat(a.asked)
                .doesNotContain(new Request.RemoveState(old.pair().outbound().id()));
        assertThat(a.said).isEmpty();
    }

    @Test
    void whatAnAnswerThatIsStillToComeMayHaveMadeIsNotDeniedToBeThere() {
        holds = true;
        growsOld(a);
        between.settle();
        b.happens(new Input.GrewOld(wanted(b).getLast().pair().outbound().id()));
        between.settle();
        var said = a.is().window().replied().orElseThrow().response();
        assertThat(Wiretap.of(a.is()).orElseThrow().read(said.getFirst()))
                .containsExactly(Notify.of(NotifyType.TEMPORARY_FAILURE));
    }

    @Test
    void overASuccessorOfWhichThePeerMayNotKnowNothingIsSent_whateverItAnswers() {
        holds = true;
        growsOld(a);
        between.settle();
        var made = wanted(b).getLast();
        var sends = new Request.InstallState(made.pair().outbound());
        for (int i = 0; i < 3; i++) {
            between.now = between.now.plus(Examples.SETTINGS.crossingGrace());
            b.happens(new Input.Woke());
            b.happens(new Input.Probe());
            between.settle();
            assertThat(b.asked).doesNotContain(sends);
        }
        holds = false;
        held.forEach(answer -> carried(b, answer));
        between.settle();
        assertThat(b.asked).contains(sends);
    }

    @Test
    void whatThePeerHasNotAnsweredIsAskedAgainAsSoonAsItIsHeard() {
        holds = true;
        growsOld(a);
        between.settle();
        between.now = a.is().wakeAt(Examples.SETTINGS).orElseThrow();
        a.happens(new Input.Woke());
        between.settle();
        holds = false;
        var firstWait = Examples.SETTINGS.retransmission().firstWait();
        between.now = between.now.plus(firstWait.minusMillis(1)); // not for each of many messages
        b.happens(new Input.Probe());
        between.settle();
        assertThat(established(a).asked()).isPresent();
        between.now = between.now.plusMillis(1);
        b.happens(new Input.Probe());
        between.settle();
        assertThat(established(a).asked()).isEmpty();
        assertThat(wanted(a))
                .singleElement()
                .satisfies(child -> assertThat(child.outbound()).isInstanceOf(ChildSa.InUse.class));
    }

    /// A deletes what it has just made, under the name of what b would send into; perhaps with the predecessor.
    private StateId deletesItsSuccessor(boolean andTheOld) {
        var old = wanted(a).getFirst();
        StateId[] named = {old.pair().inbound().id()};
        detour = payloads -> {
            if (Message.first(payloads, Delete.class).isEmpty()) return payloads;
            named[0] = wanted(a).getLast().pair().inbound().id();
            return List.of(andTheOld ? Delete.esp(named[0].spi(), old.inbound()) : Delete.esp(named[0].spi()));
        };
        growsOld(a);
        between.settle();
        assertThat(named[0].spi()).isNotEqualTo(old.inbound());
        return named[0];
    }

    @Test
    void whatWeNeverAskedTheKernelForIsNotRemovedThereWhoeverNamesIt() {
        assertThat(b.asked).doesNotContain(new Request.RemoveState(deletesItsSuccessor(false)));
    }

    @Test
    void aSuccessorThatGoesWithItsPredecessorIsNotSentOver() {
        var named = deletesItsSuccessor(true);
        assertThat(b.asked).doesNotContain(new Request.RemoveState(named));
        assertThat(installed(b)).noneMatch(state -> state.id().equals(named));
    }

    @Test
    void aFurtherChildIsInheritedByTheNextIkeSa_andEndsWithIt() {
        asksForAFurtherOne();
        var children = wanted(b);
        var view = established(b);
        var heir = view.inheritedBy(view.agreed().negotiated(), view.age());
        assertThat(heir.children())
                .extracting(ChildSa::inbound)
                .containsAll(children.stream().map(ChildSa::inbound).toList());
        b.happens(new Input.Close("it is over", false));
        for (var child : children) {
            assertThat(b.asked)
                    .contains(new Request.RemoveState(child.pair().inbound().id()));
        }
    }

    /// The peer has lost our only child, and then says so often that it cannot make another now.
    private void hasNoneNow(int times) {
        int[] asked = {0};
        detour = payloads -> Message.has(payloads, NotifyType.USE_TRANSPORT_MODE) && asked[0]++ <= times
                ? payloads.stream().filter(it -> !(it instanceof Notify)).toList()
                : payloads;
        wayBack = payloads -> !Message.has(payloads, NotifyType.NO_PROPOSAL_CHOSEN)
                ? payloads
                : List.of(Notify.of(asked[0] == 1 ? NotifyType.CHILD_SA_NOT_FOUND : NotifyType.TEMPORARY_FAILURE));
    }

    @Test
    void whereNoChildIsLeftAPeerThatCannotMakeOneNowIsAskedAgainLater() {
        hasNoneNow(2);
        growsOld(a);
        between.settle();
        assertThat(a.said).isEmpty();
        assertThat(established(a).bare()).isPresent();
        assertThat(a.is().wakeAt(Examples.SETTINGS).orElseThrow()).isAfter(between.now);
        for (int i = 0; i < 3 && established(a).bare().isPresent(); i++) {
            between.now = established(a).bare().orElseThrow().notBefore();
            a.happens(new Input.Woke());
            between.settle();
        }
        assertThat(a.said).isEmpty();
        assertThat(wanted(a)).hasSize(1);
    }

    @Test
    void aPeerThatNeverMakesTheOnlyChildIsLeftInTheEnd() {
        hasNoneNow(100);
        growsOld(a);
        between.settle();
        int asked = 0;
        while (a.said.isEmpty()) {
            between.now = established(a).bare().orElseThrow().notBefore();
            a.happens(new Input.Woke());
            between.settle();
            assertThat(++asked).isLessThan(10);
        }
        assertThat(asked).isEqualTo(5);
        assertThat(a.said).containsExactly("its child was deleted, and there is no other");
    }

    @Test
    void withoutTransportModeThereIsNoSuccessorEither() {
        var answer = answerTo(payloads -> payloads.stream()
                .filter(payload -> !(payload instanceof Notify notify && notify.is(NotifyType.USE_TRANSPORT_MODE)))
                .toList());
        assertThat(answer.is(NotifyType.NO_PROPOSAL_CHOSEN)).isTrue();
    }

    @Test
    void severalSoftLimitsAreOneSuccessor() {
        growsOld(a);
        var child = established(a).children().getFirst();
        a.happens(new Input.GrewOld(child.pair().outbound().id()));
        a.happens(new Input.GrewOld(child.pair().outbound().id()));
        between.settle();
        assertThat(wanted(a)).hasSize(1);
        assertThat(a.asked.stream().filter(Request.InstallState.class::isInstance))
                .hasSize(4);
    }

    @Test
    void theOldPairIsReceivedOnForAWhileAndThenGone() {
        var old = wanted(a).getFirst();
        growsOld(a);
        between.settle();
        assertThat(a.asked)
                .contains(new Request.RemoveState(old.pair().outbound().id()));
        assertThat(a.asked)
                .doesNotContain(new Request.RemoveState(old.pair().inbound().id()));
        between.now = between.now.plus(Examples.SETTINGS.keepInbound());
        a.happens(new Input.Woke());
        assertThat(a.asked)
                .contains(new Request.RemoveState(old.pair().inbound().id()));
        assertThat(established(a).children()).hasSize(1);
    }

    @Test
    void whatOurKernelRefusesLeavesThePredecessorInItsPlaceAtBothEnds() {
        var old = wanted(a).getFirst().inbound();
        growsOld(a);
        while (established(a).children().size() == 1)
            between.agenda.removeFirst().run();
        between.kernel = new Reply.Refused(Reply.Why.OTHER, "no buffer space available");
        between.agenda.removeFirst().run();
        between.kernel = new Reply.Done();
        between.settle();
        assertThat(wanted(a)).singleElement().satisfies(child -> {
            assertThat(child.inbound()).isEqualTo(old);
            assertThat(child.fate()).isInstanceOf(ChildSa.Aging.class);
        });
        assertThat(wanted(b))
                .singleElement()
                .satisfies(child -> assertThat(child.theirs()).isEqualTo(old));
    }

    @Test
    void anAnswerThatInsistsOnWhatWeDoNotKnowMakesNoSuccessor() {
        var old = wanted(a).getFirst().inbound();
        wayBack = payloads -> {
            var more = new ArrayList<>(payloads);
            if (Message.has(payloads, NotifyType.USE_TRANSPORT_MODE)) more.add(new Unknown(200, true, Bytes.EMPTY));
            return more;
        };
        growsOld(a);
        between.settle();
        assertThat(wanted(a))
                .singleElement()
                .satisfies(child -> assertThat(child.inbound()).isEqualTo(old));
        assertThat(wanted(b)).hasSize(1);
    }

    @Test
    void withoutAnyChildTheIkeSaEnds() {
        growsOld(a);
        wayBack = payloads -> payloads.isEmpty() || !(payloads.getFirst() instanceof Notify)
                ? payloads
                : List.of(Notify.of(NotifyType.CHILD_SA_NOT_FOUND));
        between.settle();
        assertThat(a.said).containsExactly("its child was deleted, and there is no other");
        assertThat(b.said).containsExactly("the peer deleted the IKE SA");
    }
}
