package ikebana.sim;

import java.time.Duration;
import java.time.Instant;

/// The clocks of one machine: a steady one, which nobody sets and which does not count what the machine has slept
/// (CLOCK_MONOTONIC, and so `System.nanoTime`), and the time of day, which somebody may set.
final class Clock {
    /// Certificates are valid from the epoch on: so much may be wrong without harm.
    private static final Duration AT_FIRST = Duration.ofDays(1);

    private final Agenda agenda;
    private Duration slept = Duration.ZERO;
    private Duration wrong = Duration.ZERO;

    Clock(Agenda agenda) {
        this.agenda = agenda;
    }

    Instant steady() {
        return agenda.now().minus(slept);
    }

    Instant timeOfDay() {
        return agenda.now().plus(AT_FIRST).plus(wrong);
    }

    /// What the time of day would be if nobody had ever set it, and the machine had never slept.
    Instant assumedTimeOfDay() {
        return steady().plus(AT_FIRST);
    }

    /// The time of day is wrong by so much from now on.
    void set(Duration ahead) {
        wrong = ahead;
    }

    /// The machine has slept just now.
    void slept(Duration time) {
        slept = slept.plus(time);
    }
}
