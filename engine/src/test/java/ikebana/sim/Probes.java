package ikebana.sim;

import ikebana.kernel.Direction;
import ikebana.kernel.Flow;
import ikebana.kernel.State;
import ikebana.wire.Bytes;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/// Packets that no network loses: a tunnel that stands at both ends is never bare, whatever crosses or replaces what.
final class Probes {
    /// In a storm they come in swarms, so that between two of them all is as it would be without.
    private static final int SWARM = 25;

    private static final Duration BETWEEN = Duration.ofMillis(60);
    /// Longer than anything is under way.
    private static final Duration ARRIVED_BY_THEN = Duration.ofMillis(500);

    private final World world;
    private final RandomGenerator dice;
    private final Iterable<Pair> pairs;
    private final Predicate<Pair> excused;

    /// @param pairs who has to do with whom
    /// @param excused those to whom nothing is promised
    Probes(World world, RandomGenerator dice, Iterable<Pair> pairs, Predicate<Pair> excused) {
        this.world = world;
        this.dice = dice;
        this.pairs = pairs;
        this.excused = excused;
    }

    /// @param within when they are sent
    void begin(Duration within) {
        for (int swarms = dice.nextInt(2, 7); swarms > 0; swarms--) {
            var at = Duration.ofMillis(dice.nextLong(within.toMillis()));
            for (int i = 0; i < SWARM; i++) {
                world.agenda.after(at.plus(BETWEEN.multipliedBy(i)), () -> all("in the storm"));
            }
        }
    }

    void all() {
        all("in calm");
    }

    private void all(String when) {
        for (var pair : pairs) {
            if (world.isDoubtful(pair.one().to(pair.other())) || excused.test(pair) || !haveOneInCommon(pair)) continue;
            world.network.spare(dice);
            for (var way : List.of(pair, pair.turned())) {
                for (var flow : way.one().profile.flows()) {
                    if (flow.key().isEmpty() && !way.one().profile.children().mayBeChildless()) {
                        mustArrive(way, way.one().inject(way.other()), when);
                    } else if (standsAtBothEnds(way, flow)) {
                        mustArrive(way, way.one().inject(way.other(), flow.key().orElse(Host.KEY)), when);
                    }
                }
            }
            world.network.spareNoMore();
        }
    }

    private void mustArrive(Pair way, Bytes packet, String when) {
        world.agenda.after(
                ARRIVED_BY_THEN,
                () -> Rules.check(
                        world.arrivedPackets.contains(packet) || excused.test(way),
                        "a packet is lost where a tunnel stands, " + when));
    }

    /// Whether the other end receives what would be sent now: a further child is made while the first one
    /// stands.
    private static boolean standsAtBothEnds(Pair way, Flow flow) {
        var sending = Judge.states(way.one(), way.other(), flow).stream()
                .filter(state -> state.direction() == Direction.OUT)
                .map(State::id)
                .reduce((_, later) -> later);
        return sending.filter(id -> Judge.states(way.other(), way.one(), flow).stream()
                        .anyMatch(state -> state.id().spi().equals(id.spi())))
                .isPresent();
    }

    private static boolean haveOneInCommon(Pair pair) {
        if (pair.one().daemon().isEmpty() || pair.other().daemon().isEmpty()) return false;
        var there = pair.other().daemon().get().standing(pair.other().to(pair.one()));
        return pair.one().daemon().get().standing(pair.one().to(pair.other())).stream()
                .anyMatch(sa -> there.stream().anyMatch(other -> other.peerSpi().equals(Optional.of(sa.spi))));
    }
}
