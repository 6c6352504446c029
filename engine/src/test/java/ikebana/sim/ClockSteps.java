package ikebana.sim;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/// Somebody sets the time of day of a machine, wrongly at first, and in the end right.
final class ClockSteps {
    /// Less than what certificates and lists bear.
    private static final List<Duration> SMALL =
            List.of(Duration.ofMillis(200), Duration.ofSeconds(7), Duration.ofHours(1));

    /// Lists end within thirty days, certificates within 400.
    private static final List<Duration> ANY = List.of(
            Duration.ofSeconds(2),
            Duration.ofMinutes(1),
            Duration.ofHours(1),
            Duration.ofDays(30),
            Duration.ofDays(30),
            Duration.ofDays(400),
            Duration.ofDays(400));

    private final Stage stage;
    private final RandomGenerator dice;
    private final boolean small;
    private final Consumer<Pair> users;

    /// @param small nobody loses the faith in certificates
    /// @param users hear of who has to do with whom
    ClockSteps(Stage stage, RandomGenerator dice, boolean small, Consumer<Pair> users) {
        this.users = users;
        this.stage = stage;
        this.dice = dice;
        this.small = small;
    }

    /// @param within when they happen
    void begin(Duration within) {
        for (int steps = dice.nextInt(1, 4); steps > 0; steps--) {
            stage.agenda.after(Duration.ofMillis(dice.nextLong(within.toMillis())), this::step);
        }
    }

    private void step() {
        var host = stage.hosts.get(dice.nextInt(stage.hosts.size()));
        var sizes = small ? SMALL : ANY;
        var size = sizes.get(dice.nextInt(sizes.size()));
        var wrong = dice.nextBoolean() ? size : size.negated();
        stage.note(() -> "the time of day of %s is wrong by %s".formatted(host, wrong));
        host.clock.set(wrong);
        if (small) return;
        // somebody has to prove itself then, if no tunnel stands
        var other = stage.hosts.get(dice.nextInt(stage.hosts.size()));
        if (other == host) return;
        stage.agenda.after(Duration.ofMillis(dice.nextLong(3_000)), () -> {
            users.accept(new Pair(host, other));
            host.inject(other);
        });
    }

    void end() {
        stage.hosts.forEach(host -> host.clock.set(Duration.ZERO));
    }
}
