package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.Examples;
import ikebana.auth.Endpoint;
import ikebana.auth.Profile;
import ikebana.auth.Verdict;
import ikebana.crypto.SeededEntropy;
import ikebana.settings.Ports;
import ikebana.wire.Bytes;
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
import ikebana.wire.Unknown;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A responder far away demands cookies from an initiator that has repeated its first request.
class CookieTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final IpAddress HERE = IpAddress.of("192.0.2.1");
    private static final IpAddress THERE = IpAddress.of("192.0.2.2");
    private static final Path PATH = new Path(new UdpAddress(HERE, 500), new UdpAddress(THERE, 500));
    private static final Profile PROFILE = Examples.profile(HERE);
    private static final IkeSpi OURS = new IkeSpi(1);

    private final IkeSa machine = new IkeSa(
            Examples.SETTINGS, new Ports(500, 4500), List.of(PROFILE), CrashTokens.NONE, new SeededEntropy(1));

    private static Input demands(String cookie, Payload... more) {
        var header = Header.of(OURS, IkeSpi.NONE, ExchangeType.Known.IKE_SA_INIT, true, false, MessageId.ZERO);
        var payloads = new ArrayList<Payload>(List.of(more));
        payloads.add(Notify.of(NotifyType.COOKIE, Bytes.ofHex(cookie)));
        return new Input.Arrived(new Datagram(PATH, new Message(header, payloads).encode()));
    }

    /// The peer lets the first repetition in without the cookie that it has demanded of the request before.
    @Test
    void anAuthThatThePeerMayHaveCheckedAgainstAnEarlierFormEndsInConfusion() {
        var sa = dialled();
        var plain = sa.sent;
        sa.repeats();
        assertThat(sa.sendsAnewOn(demands("aa"))).isTrue();
        assertThat(refusedBy(sa, plain))
                .isEqualTo(new Effect.Finished(
                        Ending.CONFUSION,
                        "the peer refused us: AUTHENTICATION_FAILED; it may have answered our first request as it was"
                                + " before it demanded a cookie"));
    }

    @Test
    void anAuthThatThePeerRefusesWhenNothingElseCanBeMeantIsARefusal() {
        var sa = dialled();
        assertThat(sa.sendsAnewOn(demands("aa"))).isTrue();
        assertThat(refusedBy(sa, sa.sent))
                .isEqualTo(new Effect.Finished(Ending.REFUSAL, "the peer refused us: AUTHENTICATION_FAILED"));
    }

    /// What becomes of it when the peer has answered `request` and does not believe our AUTH.
    private static Effect refusedBy(IkeSaUnderTest sa, Datagram request) {
        var back = new Path(PATH.remote(), PATH.local());
        var peer = new IkeSa(
                Examples.SETTINGS,
                new Ports(500, 4500),
                List.of(Examples.profile(THERE)),
                CrashTokens.NONE,
                new SeededEntropy(2));
        var answered = peer.answer(new IkeSpi(2), new Datagram(back, request.bytes()), sa.now);
        sa.hears(answered);
        sa.sendsAnewOn(new Input.Cleared(new Ticket(0), false));
        var signed = new Verdict.Signed(2, Bytes.ofHex("00"), List.of());
        assertThat(sa.sendsAnewOn(new Input.CredentialsSaid(new Ticket(1), signed)))
                .isTrue();
        var asks = peer.step(answered.next(), sa.now, new Input.Arrived(new Datagram(back, sa.sent.bytes())));
        var refused = new Input.CredentialsSaid(new Ticket(0), new Verdict.Refused("it is wrong"));
        return sa.hears(peer.step(asks.next(), sa.now, refused)).getFirst();
    }

    private IkeSaUnderTest dialled() {
        var dial = new Dial(new Endpoint(PROFILE.name(), HERE, THERE), PROFILE, 0);
        return new IkeSaUnderTest(machine.dial(OURS, PATH, dial, NOW));
    }

    private static Optional<Datagram> sent(Step<SaState, Effect> step) {
        return step.effects().stream()
                .filter(Effect.Send.class::isInstance)
                .map(effect -> ((Effect.Send) effect).datagram())
                .findFirst();
    }

    /// The machine and where it stands: each step says what was sent, if anything.
    private final class IkeSaUnderTest {
        private SaState state;
        private Instant now = NOW;
        private Datagram sent;

        IkeSaUnderTest(Step<SaState, Effect> first) {
            state = first.next();
            sent = CookieTest.sent(first).orElseThrow();
        }

        boolean sendsAnewOn(Input input) {
            return CookieTest.sent(steps(input)).isPresent();
        }

        private Step<SaState, Effect> steps(Input input) {
            var step = machine.step(state, now, input);
            state = step.next();
            sent = CookieTest.sent(step).orElse(sent);
            return step;
        }

        /// What the peer has sent arrives.
        List<Effect> hears(Step<SaState, Effect> peer) {
            var bytes = CookieTest.sent(peer).orElseThrow().bytes();
            return steps(new Input.Arrived(new Datagram(PATH, bytes))).effects();
        }

        void repeats() {
            now = state.wakeAt(Examples.SETTINGS).orElseThrow();
            assertThat(sendsAnewOn(new Input.Woke())).isTrue();
        }
    }

    /// AUTH covers one request, RFC 7296 2.15: with two under way, the peer could check it against the other.
    @Test
    void whatIsDemandedOfEarlierRepetitionsDoesNotReplaceTheRequestWithACookie() {
        var sa = dialled();
        sa.repeats();
        sa.repeats();
        var roundTrip = Duration.between(NOW, sa.now);
        assertThat(sa.sendsAnewOn(demands("aa"))).isTrue();
        var lastForEarlier = sa.now.plus(roundTrip.multipliedBy(3).dividedBy(2));
        sa.repeats();
        assertThat(sa.sendsAnewOn(demands("bb"))).as("of the first repetition").isFalse();
        sa.now = lastForEarlier.minusMillis(1);
        assertThat(sa.sendsAnewOn(demands("cc"))).as("of the second repetition").isFalse();
        sa.now = lastForEarlier;
        assertThat(sa.sendsAnewOn(demands("dd")))
                .as("of the request with a cookie: the secret was rolled")
                .isTrue();
        assertThat(sa.sendsAnewOn(demands("ee"))).as("of that one's repetition").isFalse();
    }

    /// Answers that were lost do not come: nothing waits for them longer than a round trip.
    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4})
    void aHubThatWasDownForSomeSendingsAndThenRefusesItsOwnCookieIsFollowed(int lost) {
        var sa = dialled();
        for (int sent = 1; sent <= lost; sent++) sa.repeats();
        assertThat(sa.sendsAnewOn(demands("aa"))).isTrue();
        boolean followed = false;
        for (int sent = 2; sent <= Examples.SETTINGS.retransmission().tries() && !followed; sent++) {
            sa.repeats();
            followed = sa.sendsAnewOn(demands("bb"));
        }
        assertThat(followed).isTrue();
    }

    @Test
    void aRequestThatWasSentOnceHasOneAnswer() {
        var sa = dialled();
        sa.now = NOW.plusMillis(400);
        assertThat(sa.sendsAnewOn(demands("aa"))).isTrue();
        assertThat(sa.sendsAnewOn(demands("bb"))).isTrue();
    }

    @Test
    void aCookieThatIsRefusedGivesWayToTheNextAtOnce() {
        var sa = dialled();
        assertThat(sa.sendsAnewOn(demands("aa"))).isTrue();
        assertThat(sa.sendsAnewOn(demands("aa")))
                .as("a copy of the same answer")
                .isFalse();
        assertThat(sa.sendsAnewOn(demands("bb"))).isTrue();
    }

    /// RFC 7296 2.5
    @Test
    void aDemandWithACriticalPayloadThatNobodyKnowsIsNotFollowed() {
        var sa = dialled();
        assertThat(sa.sendsAnewOn(demands("aa", new Unknown(200, true, Bytes.EMPTY))))
                .isFalse();
        assertThat(sa.sendsAnewOn(demands("aa", new Unknown(200, false, Bytes.EMPTY))))
                .isTrue();
    }

    @Test
    void whoeverDemandsForEverIsNotFollowed() {
        var sa = dialled();
        long followed = IntStream.range(16, 100)
                .filter(each -> sa.sendsAnewOn(demands(Integer.toHexString(each))))
                .count();
        assertThat(followed).isBetween(2L, 10L);
    }
}
