package ikebana.ike;

import ikebana.kernel.Reply;
import ikebana.kernel.Request;
import ikebana.kernel.State;
import ikebana.kernel.StateId;
import ikebana.settings.IkeSettings;
import ikebana.wire.ExchangeType;
import ikebana.wire.IkeSpi;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Whether the peer of an established IKE SA lives, RFC 7296 2.4. Before it is asked, the kernel is: twice in
/// `liveness-after` the counters of what is received are read, and whoever has sent ESP since need not answer.
///
/// From its last sign of life a peer that is dead is asked within `liveness-after`, and given up when its answer to
/// all repetitions has failed to come. That sum is the longest time to `gone`, with ESP traffic or without.
///
/// Where a profile has a time limit for tunnels that carry nothing, what is sent is counted, too.
final class Liveness {
    /// Each IKE SA is up to so much earlier, by its SPI: those that came up together do not ask together.
    private static final double JITTER = 0.1;

    private final Desk desk;

    Liveness(Desk desk) {
        this.desk = desk;
    }

    /// From a sign of life to the first look, and between looks.
    static Duration pause(IkeSpi spi, IkeSettings settings) {
        double fraction = (spi.value() >>> 11) * 0x1.0p-53;
        long after = settings.livenessAfter().toMillis();
        return Duration.ofMillis(Math.max(1, Math.round((double) after * (1 - JITTER * fraction) / 2)));
    }

    /// When something is to be done, if nothing else happens first.
    ///
    /// @param idle whether we could ask
    static Optional<Instant> wakeAt(SaState state, Phase.Established established, boolean idle, IkeSettings settings) {
        var traffic = established.traffic();
        if (traffic.look().isPresent()) return traffic.look().map(Traffic.Look::until);
        var pause = pause(state.spi(), settings);
        var counts = inactivity(established).map(limit -> traffic.lookedAt().plus(least(pause, limit.dividedBy(2))));
        if (!idle) return counts;
        var looks = latest(lastSign(established), traffic.lookedAt()).plus(pause);
        var asks = lastSign(established).plus(pause).plus(pause);
        return SaState.earliest(counts, Optional.of(looks.isBefore(asks) ? looks : asks));
    }

    private static Optional<Duration> inactivity(Phase.Established established) {
        return established.agreed().profile().inactivity();
    }

    private static Duration least(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private static Instant lastSign(Phase.Established established) {
        return latest(established.heardAt(), established.traffic().receivedAfter());
    }

    private static Instant latest(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }

    boolean isDue(SaState state, Instant now, Phase.Established established) {
        boolean idle = state.window().flight().isEmpty();
        return established.traffic().isDone(now)
                || (established.traffic().look().isEmpty()
                        && wakeAt(state, established, idle, desk.settings())
                                .filter(at -> !at.isAfter(now))
                                .isPresent());
    }

    /// It is due.
    Step<SaState, Effect> woke(SaState state, Instant now, Phase.Established established) {
        return established.traffic().isDone(now) ? concluded(state, now, established) : look(state, now, established);
    }

    private Step<SaState, Effect> look(SaState state, Instant now, Phase.Established established) {
        boolean bothWays = inactivity(established).isPresent();
        var asked = established.children().stream()
                .flatMap(child -> states(child, bothWays))
                .map(id -> new Effect.AskKernel(Desk.LOOK, new Request.FindState(id)))
                .toArray(Effect[]::new);
        var until = now.plus(desk.settings().innerPatience());
        var looking = established.with(established.traffic().looks(now, asked.length, until));
        return asked.length == 0 ? concluded(state, now, looking) : Step.to(state.in(looking), asked);
    }

    private static Stream<StateId> states(ChildSa child, boolean bothWays) {
        var pair = child.pair();
        return (bothWays ? Stream.of(pair.inbound(), pair.outbound()) : Stream.of(pair.inbound()))
                .map(State::id)
                .filter(child::isInstalled);
    }

    /// What the kernel has counted.
    Step<SaState, Effect> said(SaState state, Instant now, Reply reply) {
        if (!(state.phase() instanceof Phase.Established established)) return Step.to(state);
        var heard = established.with(established
                .traffic()
                .heard(reply, established.agreed().endpoint().local()));
        return heard.traffic().isDone(now) ? concluded(state, now, heard) : Step.to(state.in(heard));
    }

    private Step<SaState, Effect> concluded(SaState state, Instant now, Phase.Established established) {
        var known = established.with(established.traffic().concluded());
        var pause = pause(state.spi(), desk.settings());
        boolean quiet = !lastSign(known).plus(pause).plus(pause).isAfter(now);
        boolean asks = quiet && state.window().flight().isEmpty();
        var step = asks ? ask(state.in(known), now) : Step.<SaState, Effect>to(state.in(known));
        boolean idle = inactivity(known)
                .filter(limit -> !known.traffic().carriedBefore().plus(limit).isAfter(now))
                .isPresent();
        return idle ? Desk.then(step, new Effect.Idle()) : step;
    }

    /// Is the peer there?
    Step<SaState, Effect> ask(SaState state, Instant now) {
        if (!(state.phase() instanceof Phase.Established established)) return Step.to(state);
        // it is about to speak over the IKE SA that it has made, or we are
        if (state.next().isPresent()) return Step.to(state);
        return desk.request(
                state.in(established.asks(new Phase.Liveness())),
                now,
                established.agreed().negotiated(),
                ExchangeType.Known.INFORMATIONAL,
                List.of());
    }
}
