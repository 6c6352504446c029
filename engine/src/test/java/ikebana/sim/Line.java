package ikebana.sim;

import java.time.Duration;
import java.time.Instant;
import java.util.random.RandomGenerator;

/// The way from one actor to another: each message takes its time, and none overtakes another.
final class Line {
    private final Pulse receiver;
    private final RandomGenerator dice;
    private final Duration slowest;
    private Instant free = Instant.EPOCH;

    Line(Pulse receiver, RandomGenerator dice, Duration slowest) {
        this.receiver = receiver;
        this.dice = dice;
        this.slowest = slowest;
    }

    void tell(Runnable message) {
        var at = receiver.now().plusNanos(dice.nextLong(1, slowest.toNanos() + 1));
        free = at.isAfter(free) ? at : free;
        receiver.after(Duration.between(receiver.now(), free), Pulse.Place.MAIL, message);
    }
}
