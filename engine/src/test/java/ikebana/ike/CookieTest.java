package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.auth.Endpoint;
import ikebana.crypto.SeededEntropy;
import ikebana.wire.Bytes;
import ikebana.wire.ExchangeType;
import ikebana.wire.Header;
import ikebana.wire.IkeSpi;
import ikebana.wire.Message;
import ikebana.wire.MessageId;
import ikebana.wire.Notify;
import ikebana.wire.NotifyType;
import ikebana.wire.Payload;
import ikebana.wire.Unknown;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// A slow responder demands cookies from an initiator that has repeated its first request.
class CookieTest {
    private static final IkeSpi OURS = new IkeSpi(1);

    private final IkeSa machine =
            new IkeSa(NewcomerFuzz.SETTINGS, NewcomerFuzz.PORTS, List.of(NewcomerFuzz.PROFILE), new SeededEntropy(1));

    private static Input demands(String cookie, Payload... more) {
        var header = Header.of(OURS, IkeSpi.NONE, ExchangeType.Known.IKE_SA_INIT, true, false, MessageId.ZERO);
        var payloads = new ArrayList<Payload>(List.of(more));
        payloads.add(Notify.of(NotifyType.COOKIE, Bytes.ofHex(cookie)));
        return new Input.Arrived(new Datagram(NewcomerFuzz.PATH, new Message(header, payloads).encode()));
    }

    private IkeSaUnderTest dialled() {
        var dial = new Dial(new Endpoint("dmvpn", NewcomerFuzz.OURS, NewcomerFuzz.THEIRS), NewcomerFuzz.PROFILE, 0);
        return new IkeSaUnderTest(machine.dial(OURS, NewcomerFuzz.PATH, dial, NewcomerFuzz.NOW));
    }

    /// The machine and where it stands: each step says what was sent, if anything.
    private final class IkeSaUnderTest {
        private SaState state;
        private Instant now = NewcomerFuzz.NOW;

        IkeSaUnderTest(Step<SaState, Effect> first) {
            state = first.next();
        }

        boolean sendsAnewOn(Input input) {
            var step = machine.step(state, now, input);
            state = step.next();
            return step.effects().stream().anyMatch(Effect.Send.class::isInstance);
        }

        void repeats() {
            now = state.wakeAt(NewcomerFuzz.SETTINGS).orElseThrow();
            assertThat(sendsAnewOn(new Input.Woke())).isTrue();
        }
    }

    /// AUTH covers one request, RFC 7296 2.15: with two under way, the peer could check it against the other.
    @Test
    void whatIsDemandedOfEarlierRepetitionsDoesNotReplaceTheRequestWithACookie() {
        var sa = dialled();
        sa.repeats();
        sa.repeats();
        assertThat(sa.sendsAnewOn(demands("aa"))).isTrue();
        sa.repeats();
        assertThat(sa.sendsAnewOn(demands("bb"))).as("of the first repetition").isFalse();
        assertThat(sa.sendsAnewOn(demands("cc"))).as("of the second repetition").isFalse();
        assertThat(sa.sendsAnewOn(demands("dd")))
                .as("of the request with a cookie: the secret was rolled")
                .isTrue();
        assertThat(sa.sendsAnewOn(demands("ee"))).as("of that one's repetition").isFalse();
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
