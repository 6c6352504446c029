package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.Examples;
import ikebana.auth.Endpoint;
import ikebana.auth.Profile;
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

    private final IkeSa machine =
            new IkeSa(Examples.SETTINGS, new Ports(500, 4500), List.of(PROFILE), new SeededEntropy(1));

    private static Input demands(String cookie, Payload... more) {
        var header = Header.of(OURS, IkeSpi.NONE, ExchangeType.Known.IKE_SA_INIT, true, false, MessageId.ZERO);
        var payloads = new ArrayList<Payload>(List.of(more));
        payloads.add(Notify.of(NotifyType.COOKIE, Bytes.ofHex(cookie)));
        return new Input.Arrived(new Datagram(PATH, new Message(header, payloads).encode()));
    }

    private IkeSaUnderTest dialled() {
        var dial = new Dial(new Endpoint(PROFILE.name(), HERE, THERE), PROFILE, 0);
        return new IkeSaUnderTest(machine.dial(OURS, PATH, dial, NOW));
    }

    /// The machine and where it stands: each step says what was sent, if anything.
    private final class IkeSaUnderTest {
        private SaState state;
        private Instant now = NOW;

        IkeSaUnderTest(Step<SaState, Effect> first) {
            state = first.next();
        }

        boolean sendsAnewOn(Input input) {
            var step = machine.step(state, now, input);
            state = step.next();
            return step.effects().stream().anyMatch(Effect.Send.class::isInstance);
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
