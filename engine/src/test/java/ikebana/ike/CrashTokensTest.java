package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.Examples;
import ikebana.auth.Endpoint;
import ikebana.crypto.SeededEntropy;
import ikebana.ike.Doorman.Decision;
import ikebana.settings.HalfOpen;
import ikebana.wire.Bytes;
import ikebana.wire.Encrypted;
import ikebana.wire.ExchangeType;
import ikebana.wire.Header;
import ikebana.wire.IkeSpi;
import ikebana.wire.IpAddress;
import ikebana.wire.Message;
import ikebana.wire.MessageId;
import ikebana.wire.Notify;
import ikebana.wire.NotifyType;
import ikebana.wire.Payload;
import ikebana.wire.UdpAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// RFC 6290 between two ends, one of which forgets.
class CrashTokensTest {
    private static final IpAddress HERE = IpAddress.of("192.0.2.1");
    private static final IpAddress THERE = IpAddress.of("192.0.2.2");
    private static final HalfOpen LIMITS = new HalfOpen(4, 10, Duration.ofSeconds(30), Duration.ofSeconds(60), 10);
    private static final Duration AFTER = Duration.ofHours(1);
    private static final String LOST = "the peer has lost this IKE SA, and proves it";

    /// Whether `b` is there, or only what is left of it: a doorman that knows nobody.
    private boolean crashed;

    private final End.Between between = new End.Between() {
        @Override
        void carries(End from, Datagram datagram) {
            var arrives = turned(datagram);
            if (from == b) {
                a.hears(arrives);
            } else if (crashed) {
                answerOf(b.crashTokens, arrives).ifPresent(answer -> a.hears(turned(answer)));
            } else {
                b.hears(arrives);
            }
        }
    };
    private final End a = new End(Examples.renewing(Examples.profile(HERE), AFTER), new SeededEntropy(1), between);
    private final End b = new End(Examples.renewing(Examples.profile(THERE), AFTER), new SeededEntropy(2), between);

    private static Datagram turned(Datagram datagram) {
        var path = datagram.path();
        return new Datagram(new Path(path.remote(), path.local()), datagram.bytes());
    }

    /// What somebody with these tokens, and no IKE SA at all, says to a datagram.
    private Optional<Datagram> answerOf(CrashTokens tokens, Datagram datagram) {
        var doorman = new Doorman(LIMITS, tokens, new SeededEntropy(3));
        var opened = doorman.arrived(doorman.start(between.now), between.now, datagram);
        return opened.decision() instanceof Decision.Answer(var answer) ? Optional.of(answer) : Optional.empty();
    }

    private static boolean isOver(End end) {
        return !(end.is().phase() instanceof Phase.Established);
    }

    @BeforeEach
    void stands() {
        var path = new Path(new UdpAddress(HERE, 500), new UdpAddress(THERE, 500));
        a.perform(a.machine.dial(
                new IkeSpi(1), path, new Dial(new Endpoint("dmvpn", HERE, THERE), a.profile, 0), between.now));
        between.settle();
    }

    @Test
    void aPeerThatWasStartedAnewIsBelievedAtOnceAndNothingOfTheSaIsLeft() {
        crashed = true;
        a.happens(new Input.Probe());
        between.settle();
        assertThat(a.said).containsExactly(LOST);
        assertThat(a.is().phase()).isInstanceOf(Phase.Closed.class);
    }

    @Test
    void theResponderKnowsTheInitiatorsToken() {
        b.happens(new Input.Probe());
        var question = turned(between.wire.getLast());
        between.agenda.clear();
        b.hears(turned(answerOf(a.crashTokens, question).orElseThrow()));
        assertThat(b.said).containsExactly(LOST);
    }

    @Test
    void afterARekeyingBothKnowTheNewTokens() {
        between.now = between.now.plus(AFTER);
        a.happens(new Input.Woke());
        between.settle();
        var old = a.is().others();
        assertThat(a.is().phase())
                .isInstanceOfSatisfying(
                        Phase.Established.class,
                        established -> assertThat(
                                        established.agreed().negotiated().ourSpi())
                                .isNotEqualTo(new IkeSpi(1)));
        assertThat(old).isEmpty();
        b.happens(new Input.Probe());
        var question = turned(between.wire.getLast());
        between.agenda.clear();
        b.hears(turned(answerOf(a.crashTokens, question).orElseThrow()));
        assertThat(b.said).containsExactly(LOST);
        crashed = true;
        a.happens(new Input.Probe());
        between.settle();
        assertThat(a.said).containsExactly(LOST);
    }

    @Test
    void aTokenOfAnotherSecretOrNoneChangesNothing() {
        a.happens(new Input.Probe());
        var question = turned(between.wire.getLast());
        between.agenda.clear();
        for (var tokens :
                List.of(CrashTokens.from(new SeededEntropy(9).secret(CrashTokens.SECRET_LENGTH)), CrashTokens.NONE)) {
            var before = a.is();
            a.hears(turned(answerOf(tokens, question).orElseThrow()));
            assertThat(a.is()).isEqualTo(before);
        }
    }

    /// Whoever has seen one of our messages knows both SPIs.
    @Test
    void aStrangerWhoNamesTheSpisInTheWrongOrderGetsNoTokenThatCounts() {
        a.happens(new Input.Probe());
        var question = between.wire.getLast();
        between.agenda.clear();
        var seen = Header.peek(question.bytes()).orElseThrow();
        for (boolean fromInitiator : List.of(true, false)) {
            for (var spis :
                    List.of(List.of(seen.initiator(), seen.responder()), List.of(seen.responder(), seen.initiator()))) {
                var forged = sealed(Header.of(
                        spis.getFirst(),
                        spis.getLast(),
                        ExchangeType.Known.INFORMATIONAL,
                        false,
                        fromInitiator,
                        seen.messageId()));
                var doorman = new Doorman(LIMITS, b.crashTokens, new SeededEntropy(3));
                var door = doorman.dialled(doorman.start(between.now), b.is().spi());
                var arrives = new Datagram(turned(question).path(), forged);
                if (doorman.arrived(door, between.now, arrives).decision() instanceof Decision.Answer(var answer)) {
                    a.hears(withHeaderOfAnAnswerTo(seen, answer));
                }
            }
        }
        assertThat(isOver(a)).isFalse();
        assertThat(a.said).isEmpty();
    }

    private static Bytes sealed(Header header) {
        return new Message(header, List.of(new Encrypted(0, Bytes.of(new byte[40])))).encode();
    }

    private Datagram withHeaderOfAnAnswerTo(Header asked, Datagram answer) {
        var payloads = ((Message.Decoded.Whole) Message.decode(answer.bytes()))
                .message()
                .payloads();
        return answer(asked, payloads, turned(answer).path());
    }

    private static Datagram answer(Header asked, List<Payload> payloads, Path path) {
        var header = Header.of(
                asked.initiator(),
                asked.responder(),
                asked.exchange(),
                true,
                !asked.fromInitiator(),
                asked.messageId());
        return new Datagram(path, new Message(header, payloads).encode());
    }

    @Test
    void aTokenThatNobodyAskedForIsIgnored() {
        var negotiated = ((Phase.Established) a.is().phase()).agreed().negotiated();
        var token = b.crashTokens.of(negotiated.spiR()).orElseThrow();
        var asked = Header.of(
                negotiated.spiI(),
                negotiated.spiR(),
                ExchangeType.Known.INFORMATIONAL,
                false,
                true,
                new MessageId(a.is().window().next().value()));
        var before = a.is();
        var path = new Path(new UdpAddress(HERE, 500), new UdpAddress(THERE, 500));
        a.hears(answer(asked, List.of(Notify.of(NotifyType.INVALID_IKE_SPI), token), path));
        assertThat(a.is()).isEqualTo(before);
    }

    @Test
    void aTokenNeverPrints() {
        assertThat(a.is().toString())
                .doesNotContain(
                        b.crashTokens.of(new IkeSpi(2)).orElseThrow().data().toString());
    }

    @Test
    void whatShowsItIsLessThanTwiceWhatWasAsked() {
        var shortest = sealed(Header.of(
                new IkeSpi(7), new IkeSpi(8), ExchangeType.Known.INFORMATIONAL, false, true, new MessageId(2)));
        for (int length = 0; length <= shortest.length(); length++) {
            var forged = new byte[length];
            System.arraycopy(shortest.toArray(), 0, forged, 0, length);
            if (length >= Header.LENGTH) forged[27] = (byte) length;
            var arrives =
                    new Datagram(new Path(new UdpAddress(HERE, 500), new UdpAddress(THERE, 500)), Bytes.of(forged));
            int asked = length;
            answerOf(b.crashTokens, arrives)
                    .ifPresent(answer -> assertThat(answer.bytes().length()).isLessThan(2 * asked));
        }
    }
}
