package ikebana.sim;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/// The time that passes in one process, or in a whole machine. It may stand still: what would have happened then waits,
/// as far as there is room for it, and comes all at once when it goes on.
final class Pulse {
    /// Where something waits. Of two things in one place the one that came first comes first; otherwise it is anybody's
    /// guess, as between threads.
    enum Place {
        /// Between actors.
        MAIL,
        TIMERS,
        /// Datagrams.
        SOCKET,
        /// What the kernel says by itself.
        NETLINK
    }

    private static final Duration CATCHING_UP = Duration.ofSeconds(1);
    private static final Instant LONG_AGO = Instant.EPOCH.minusSeconds(3_600);

    private final Agenda agenda;
    private final Clock clock;
    private final Map<Place, Deque<Runnable>> waiting = new EnumMap<>(Place.class);
    private final Map<Place, Integer> room = new EnumMap<>(Place.class);
    private boolean still;
    private Instant stoodFrom = Instant.EPOCH;
    private Instant stoodUntil = LONG_AGO;

    Pulse(Agenda agenda, Clock clock) {
        this.agenda = agenda;
        this.clock = clock;
    }

    Instant now() {
        return clock.steady();
    }

    void at(Instant when, Runnable what) {
        after(Duration.between(now(), when), Place.TIMERS, what);
    }

    void after(Duration wait, Runnable what) {
        after(wait, Place.TIMERS, what);
    }

    /// @param wait by the steady clock
    void after(Duration wait, Place place, Runnable what) {
        var due = now().plus(wait);
        agenda.after(
                wait,
                () -> pass(place, () -> {
                    if (now().isBefore(due)) {
                        after(Duration.between(now(), due), place, what); // the machine has slept
                    } else {
                        what.run();
                    }
                }));
    }

    /// @param wait what the machine sleeps is part of it
    void afterCountingSleep(Duration wait, Runnable what) {
        agenda.after(wait, () -> pass(Place.TIMERS, what));
    }

    /// Something happens; it waits while nothing does.
    ///
    /// @return whether there was room for it
    boolean pass(Place place, Runnable what) {
        if (!still) {
            what.run();
            return true;
        }
        int there = waiting.containsKey(place) ? waiting.get(place).size() : 0;
        if (there >= room.getOrDefault(place, Integer.MAX_VALUE)) return false;
        waiting.computeIfAbsent(place, _ -> new ArrayDeque<>()).add(what);
        return true;
    }

    boolean isStill() {
        return still;
    }

    /// Whether what was due at `when` has a reason to come late.
    boolean mayBeLate(Instant when) {
        return !when.isBefore(stoodFrom) && !when.isAfter(stoodUntil);
    }

    boolean stoodStillAfter(Instant when) {
        return still || stoodUntil.isAfter(when);
    }

    void standStill() {
        still = true;
        // what was to come late may not be done yet
        if (stoodUntil.plus(CATCHING_UP).isBefore(now())) stoodFrom = now();
        stoodUntil = LONG_AGO;
    }

    void room(Place place, int most) {
        room.put(place, most);
    }

    void goOn(RandomGenerator dice) {
        if (!still) return;
        still = false;
        stoodUntil = now();
        while (!waiting.isEmpty()) {
            var places = List.copyOf(waiting.keySet());
            var place = places.get(dice.nextInt(places.size()));
            var next = waiting.get(place);
            var what = next.remove();
            if (next.isEmpty()) waiting.remove(place);
            what.run();
        }
    }

    /// The process has died, and what waited for it with it.
    void dies() {
        waiting.clear();
        still = false;
    }
}
