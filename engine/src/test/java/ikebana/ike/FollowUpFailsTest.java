package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.crypto.SeededEntropy;
import ikebana.wire.Bytes;
import ikebana.wire.ExchangeType;
import ikebana.wire.Header;
import ikebana.wire.KeyExchange;
import ikebana.wire.Message;
import ikebana.wire.Notify;
import ikebana.wire.NotifyType;
import ikebana.wire.Payload;
import ikebana.wire.Secret;
import ikebana.wire.UdpAddress;
import ikebana.wire.Unknown;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A second key exchange that comes to nothing.
class FollowUpFailsTest extends TwoKeyExchanges {
    private List<Payload> answerTo(Of of, UnaryOperator<List<Payload>> change) {
        stands();
        var keys = Wiretap.of(b.is()).orElseThrow();
        var done = new boolean[1];
        detour = payloads -> {
            boolean asks = payloads.size() == 2
                    && payloads.getFirst() instanceof KeyExchange
                    && Message.has(payloads, NotifyType.ADDITIONAL_KEY_EXCHANGE);
            if (done[0] || !asks) return payloads;
            done[0] = true;
            return change.apply(payloads);
        };
        of.growsOld(a);
        between.settle();
        return read(keys, FOLLOW_UP, true);
    }

    @ParameterizedTest
    @EnumSource
    void anotherLink_orNone_isNotFound_andAskedForAnewLater(Of of) {
        for (var wrong : List.of(
                List.of(Notify.of(NotifyType.ADDITIONAL_KEY_EXCHANGE, Bytes.of(new byte[16]))),
                List.of(Notify.of(NotifyType.ADDITIONAL_KEY_EXCHANGE)),
                List.<Notify>of())) {
            a = end(HERE, WHOLE, TWO);
            b = end(THERE, WHOLE, TWO);
            var said = answerTo(
                    of,
                    payloads -> Stream.concat(Stream.of(payloads.getFirst()), wrong.stream())
                            .toList());
            assertThat(said).containsExactly(NOT_FOUND);
            assertThat(established(b).awaited()).isPresent();
            assertThat(established(a).asked()).isEmpty();
            assertThat(a.is().passing()).isEmpty();
            between.wire.clear();
            calms();
            bothHaveTheSame();
            assertThat(said(FOLLOW_UP)).hasSize(2);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aValueThatNobodySendsIsTheEndOfTheIkeSa_andWhatWasHalfMadeIsForgotten(Of of) {
        var said = answerTo(of, payloads -> List.of(new KeyExchange(36, Bytes.of(new byte[1183])), payloads.getLast()));
        assertThat(said).containsExactly(Notify.of(NotifyType.INVALID_SYNTAX));
        assertThat(b.said).containsExactly("the peer's second key exchange has a value that nobody makes");
        assertThat(a.said).containsExactly("the peer could not read our request (INVALID_SYNTAX)");
        for (var end : List.of(a, b)) assertThat(end.is().passing()).isEmpty();
    }

    @Test
    void whatNobodyHasAskedForChangesNothing() {
        stands();
        a.happens(new Input.Probe());
        between.settle();
        between.wire.clear();
        var before = established(b);
        var insider = Insider.of(a.is(), new SeededEntropy(9)).orElseThrow();
        var chain = List.<Payload>of(
                new KeyExchange(36, Bytes.of(new byte[1184])),
                Notify.of(NotifyType.ADDITIONAL_KEY_EXCHANGE, Bytes.of(new byte[16])));
        var bytes =
                insider.says(FOLLOW_UP, false, insider.next(), Message.firstType(chain), Message.encodeChain(chain), 1);
        b.hears(new Datagram(new Path(new UdpAddress(THERE, 500), new UdpAddress(HERE, 500)), bytes));
        assertThat(Wiretap.of(a.is()).orElseThrow().read(between.wire.getFirst().bytes()))
                .containsExactly(NOT_FOUND);
        assertThat(established(b)).isEqualTo(before);
    }

    /// It comes too late: it has to begin anew.
    @ParameterizedTest
    @EnumSource
    void aPeerThatNeverComesIsForgotten(Of of) {
        stands();
        lost = (_, header) -> header.exchange().equals(FOLLOW_UP);
        of.growsOld(a);
        between.settle();
        var kept = b.is().passing();
        assertThat(kept).hasSize(1);
        // meanwhile we ask for nothing of the kind ourselves
        var asked = said(CREATE).size();
        Of.CHILD.growsOld(b);
        assertThat(said(CREATE)).hasSize(asked);
        assertThat(b.is().wakeAt(WHOLE)).hasValueSatisfying(at -> assertThat(at).isAfter(between.now));
        between.now = between.now.plus(WHOLE.halfOpen().lifetime());
        b.happens(new Input.Woke());
        assertThat(established(b).awaited()).isEmpty();
        assertThat(kept.getFirst()).isEqualTo(Secret.owning(new byte[32]));
        lost = (_, _) -> false;
        calms();
        bothHaveTheSame();
    }

    /// RFC 9370 2.2.4: after several times it is an error of the peer's.
    @ParameterizedTest
    @EnumSource
    void aPeerThatForgetsEachTimeIsLeft(Of of) {
        stands();
        detour = TwoKeyExchanges::withAnotherLink;
        of.growsOld(a);
        between.settle();
        for (int second = 0; second < 300 && a.said.isEmpty(); second++) later(Duration.ofSeconds(1));
        assertThat(a.said).containsExactly("the peer forgets each time what it has half agreed to");
        assertThat(said(FOLLOW_UP).stream().filter(Header::response)).hasSizeBetween(4, 6);
    }

    /// Whatever else a peer says to it, however often, is a refusal like any other.
    @ParameterizedTest
    @EnumSource
    void aPeerThatRefusesOftenAndForgetsOnceIsNotLeft(Of of) {
        stands();
        int[] answers = {0};
        detour = payloads -> {
            if (!payloads.equals(List.of(NOT_FOUND))) return withAnotherLink(payloads);
            return List.of(++answers[0] > 6 ? NOT_FOUND : Notify.of(NotifyType.TEMPORARY_FAILURE));
        };
        of.growsOld(a);
        between.settle();
        for (int second = 0; second < 900 && answers[0] < 7; second++) later(Duration.ofSeconds(1));
        assertThat(answers[0]).isEqualTo(7);
        assertThat(a.said).isEmpty();
        assertThat(established(a).age().forgotten()).isEqualTo(1);
    }

    /// What has come to something in between begins the count anew.
    @Test
    void aPeerThatForgetsNowAndThenIsNotLeft() {
        stands();
        for (int time = 0; time < 8; time++) {
            detour = TwoKeyExchanges::withAnotherLink;
            Of.CHILD.growsOld(a);
            between.settle();
            assertThat(established(a).age().forgotten()).isEqualTo(1);
            detour = payloads -> payloads;
            calms();
        }
        assertThat(a.said).isEmpty();
    }

    /// One half is kept, whatever a peer begins.
    @ParameterizedTest
    @EnumSource
    void aPeerThatBeginsWithoutEndIsRememberedOnce(Of of) {
        stands();
        detour = TwoKeyExchanges::withAnotherLink;
        var kept = new ArrayList<Secret>();
        for (int time = 0; time < 2; time++) {
            of.growsOld(a);
            between.settle();
            assertThat(b.is().passing()).hasSize(1);
            kept.addAll(b.is().passing());
            a.state =
                    Optional.of(a.is().in(established(a).replace(wanted(a).with(new ChildSa.Stays(Optional.empty())))));
        }
        assertThat(said(FOLLOW_UP)).hasSize(4);
        var zeros = Secret.owning(new byte[32]);
        assertThat(kept.stream().filter(it -> !it.equals(zeros))).hasSize(1);
    }

    /// The peer believes in what it has made, and we do not know it.
    private static final List<UnaryOperator<List<Payload>>> USELESS = List.of(
            _ -> List.of(new KeyExchange(36, Bytes.of(new byte[7]))),
            _ -> List.of(new KeyExchange(35, Bytes.of(new byte[768]))),
            payloads -> List.of(payloads.getFirst(), new Unknown(200, true, Bytes.EMPTY)));

    private void growsOldAndIsAnswered(Of of, UnaryOperator<List<Payload>> useless) {
        detour = payloads -> payloads;
        standAnew();
        detour = payloads ->
                payloads.size() == 1 && payloads.getFirst() instanceof KeyExchange ? useless.apply(payloads) : payloads;
        of.growsOld(a);
        between.settle();
    }

    @Test
    void anIkeSaWhoseSuccessorWeCannotMakeIsLeft() {
        for (var useless : USELESS) {
            growsOldAndIsAnswered(Of.IKE, useless);
            assertThat(a.said).hasSize(1).first().asString().contains("none that we can use");
        }
    }

    @Test
    void aChildThatThePeerAloneHasMadeIsDeleted() {
        for (var useless : USELESS) {
            growsOldAndIsAnswered(Of.CHILD, useless);
            assertThat(said(ExchangeType.Known.INFORMATIONAL)).isNotEmpty();
            for (var end : List.of(a, b)) {
                assertThat(established(end).children().stream().filter(ChildSa::isWanted))
                        .hasSize(1);
            }
            calms();
            bothHaveTheSame();
        }
    }

    /// What has been left answers, too, and knows of nothing.
    @Test
    void overAnIkeSaThatHasBeenLeftNothingIsAwaited() {
        stands();
        var insider = Insider.of(a.is(), new SeededEntropy(9)).orElseThrow();
        var keys = Wiretap.of(a.is()).orElseThrow();
        Of.IKE.growsOld(a);
        between.settle();
        between.wire.clear();
        var left = b.is().others().getFirst();
        assertThat(left.isLeft()).isTrue();
        var chain = List.<Payload>of(Notify.of(NotifyType.ADDITIONAL_KEY_EXCHANGE, Bytes.of(new byte[16])));
        var bytes = insider.says(
                FOLLOW_UP,
                false,
                left.window().expected().value(),
                Message.firstType(chain),
                Message.encodeChain(chain),
                1);
        b.hears(new Datagram(new Path(new UdpAddress(THERE, 500), new UdpAddress(HERE, 500)), bytes));
        assertThat(read(keys, FOLLOW_UP, true)).containsExactly(NOT_FOUND);
    }

    /// Meanwhile others may have taken the places that there are.
    @Test
    void thereIsRoomWhenItIsMade_orItIsNot() {
        stands();
        var another = wanted(b);
        preferChildless();
        lost = (_, header) -> header.exchange().equals(FOLLOW_UP);
        dials();
        between.settle();
        var full = established(b);
        for (int number = 0; number < WHOLE.mostChildren(); number++) full = full.plus(another);
        b.state = Optional.of(b.is().in(full));
        var keys = Wiretap.of(b.is()).orElseThrow();
        lost = (_, _) -> false;
        later(Duration.ofSeconds(1));
        assertThat(read(keys, FOLLOW_UP, true)).contains(Notify.of(NotifyType.NO_ADDITIONAL_SAS));
        assertThat(b.is().passing()).isEmpty();
    }
}
