package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.Examples;
import ikebana.auth.Endpoint;
import ikebana.crypto.SeededEntropy;
import ikebana.settings.Ports;
import ikebana.wire.IkeSpi;
import ikebana.wire.IpAddress;
import ikebana.wire.UdpAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Whoever is asked within the daemon may fail to answer: no IKE SA waits for ever.
class PatienceTest {
    private static final Instant NOW = Instant.EPOCH;
    private static final IpAddress OURS = IpAddress.of("192.0.2.1");
    private static final IpAddress THEIRS = IpAddress.of("192.0.2.2");
    private static final Path THERE = new Path(new UdpAddress(OURS, 500), new UdpAddress(THEIRS, 500));
    private static final Path BACK = new Path(THERE.remote(), THERE.local());

    private static IkeSa machine(IpAddress local, int seed) {
        return new IkeSa(
                Examples.SETTINGS,
                new Ports(500, 4500),
                List.of(Examples.profile(local)),
                CrashTokens.NONE,
                new SeededEntropy(seed));
    }

    private static Datagram sent(Step<SaState, Effect> step, Path arrives) {
        var send = (Effect.Send) step.effects().getFirst();
        return new Datagram(arrives, send.datagram().bytes());
    }

    @Test
    void aDialThatNobodyAllowsToAuthenticateEndsWithASentence() {
        var machine = machine(OURS, 1);
        var dial = new Dial(new Endpoint("dmvpn", OURS, THEIRS), Examples.profile(OURS), 0);
        var dialled = machine.dial(new IkeSpi(1), THERE, dial, NOW);
        var answered = machine(THEIRS, 2).answer(new IkeSpi(2), sent(dialled, BACK), NOW);
        var waiting = machine.step(dialled.next(), NOW, new Input.Arrived(sent(answered, THERE)));
        assertThat(waiting.effects()).singleElement().isInstanceOf(Effect.MayAuthenticate.class);

        var late = waiting.next().wakeAt(Examples.SETTINGS).orElseThrow();
        assertThat(late).isEqualTo(NOW.plus(Examples.SETTINGS.innerPatience()));
        assertThat(machine.step(waiting.next(), late, new Input.Woke()).effects())
                .containsExactly(
                        new Effect.Finished(
                                Ending.REFUSAL,
                                "Ikebana itself took too long: the hooks of an earlier tunnel have not ended"),
                        new Effect.Retired());
    }

    /// The longest silence of a dial that nobody answers.
    private static Duration longestSilence(boolean wanted) {
        var machine = machine(OURS, 1);
        var dial = new Dial(new Endpoint("dmvpn", OURS, THEIRS), Examples.profile(OURS), 0, wanted);
        var step = machine.dial(new IkeSpi(1), THERE, dial, NOW);
        var longest = Duration.ZERO;
        for (var last = NOW; !step.next().isClosed(); ) {
            var at = step.next().wakeAt(Examples.SETTINGS).orElseThrow();
            step = machine.step(step.next(), at, new Input.Woke());
            var silence = Duration.between(last, at);
            if (silence.compareTo(longest) > 0) longest = silence;
            last = at;
        }
        return longest;
    }

    @Test
    void aTunnelThatWasOrderedIsBackWithinSecondsOfTheNetwork() {
        assertThat(longestSilence(true)).isLessThanOrEqualTo(Duration.ofMillis(5_500));
        assertThat(longestSilence(false)).isGreaterThan(Duration.ofSeconds(8));
    }
}
