package ikebana.sim;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/// A bug of ours: the machine of an IKE SA throws, in whatever step it is, so that its actor stops without a word. What
/// it had not reported is reported for it, as `TunnelRegistry` does. That must end this IKE SA alone, and leave nothing
/// of it in the kernel.
final class Faults {
    /// Steps of one host's IKE SAs: as many as a tunnel needs to come up, and to renew what it has.
    private static final List<Integer> STEPS = List.of(1, 3, 10, 30, 100);

    private final Stage stage;
    private final RandomGenerator dice;
    private final Consumer<Pair> users;
    private boolean over;

    /// @param users hear of who has to do with whom
    Faults(Stage stage, RandomGenerator dice, Consumer<Pair> users) {
        this.stage = stage;
        this.dice = dice;
        this.users = users;
    }

    /// @param within when they begin
    void begin(Duration within) {
        for (int faults = dice.nextInt(1, 5); faults > 0; faults--) {
            stage.agenda.after(Duration.ofMillis(dice.nextLong(within.toMillis())), this::fault);
        }
    }

    void end() {
        over = true;
        stage.hosts.forEach(host -> host.stepsToAFault = 0);
    }

    /// Something happens at a host, and one of the steps that it takes, or of what comes by itself, fails.
    private void fault() {
        var host = Stage.drawnFrom(dice, stage.hosts);
        var other = Stage.drawnFrom(dice, stage.hosts);
        boolean sends = dice.nextBoolean();
        int steps = dice.nextInt(1, 1 + Stage.drawnFrom(dice, STEPS));
        if (over || stage.mischief().filter(it -> it.host() == host).isPresent()) return;
        host.stepsToAFault = steps;
        stage.note(() -> "step %d of %s's IKE SAs from now on throws".formatted(steps, host));
        if (!sends || other == host) return;
        users.accept(new Pair(host, other));
        host.inject(other);
    }
}
