package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.Examples;
import ikebana.auth.Endpoint;
import ikebana.crypto.SeededEntropy;
import ikebana.kernel.Reply;
import ikebana.kernel.Request;
import ikebana.wire.Bytes;
import ikebana.wire.IkeSpi;
import ikebana.wire.IpAddress;
import ikebana.wire.Message;
import ikebana.wire.Notify;
import ikebana.wire.NotifyType;
import ikebana.wire.Payload;
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

    private void carried(End from, Datagram datagram) {
        var to = from == a ? b : a;
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

    @Test
    void oneChildIsEnoughUnlessItIsRenewed() {
        var answer = answerTo(payloads -> payloads.stream()
                .filter(payload -> !(payload instanceof Notify notify && notify.is(NotifyType.REKEY_SA)))
                .toList());
        assertThat(answer.is(NotifyType.NO_ADDITIONAL_SAS)).isTrue();
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
        a.happens(new Input.GrewOld(child.pair().inbound().id()));
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
