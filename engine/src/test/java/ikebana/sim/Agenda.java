package ikebana.sim;

import java.time.Duration;
import java.time.Instant;
import java.util.PriorityQueue;

/// Virtual time, and what is due in it. Of two things at one instant the one that was scheduled first comes first.
final class Agenda {
    private record Due(Instant at, long order, Runnable what) implements Comparable<Due> {
        @Override
        public int compareTo(Due other) {
            int byTime = at.compareTo(other.at);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }

    private final PriorityQueue<Due> queue = new PriorityQueue<>();
    private Instant now = Instant.EPOCH;
    private long order;

    Instant now() {
        return now;
    }

    void at(Instant when, Runnable what) {
        queue.add(new Due(when, ++order, what));
    }

    void after(Duration wait, Runnable what) {
        at(now.plus(wait), what);
    }

    /// Everything up to `until`, which it is then.
    void runUntil(Instant until, int stepsAtMost) {
        for (int steps = 0; !queue.isEmpty() && !queue.peek().at().isAfter(until); steps++) {
            Rules.check(steps < stepsAtMost, "never comes to rest");
            var due = queue.poll();
            now = due.at();
            due.what().run();
        }
        now = until;
    }
}
