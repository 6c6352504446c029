package ikebana.tunnel;

import ikebana.wire.Bytes;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/// The way from the sockets to their reader has room for so much, because anybody can fill it. What finds no room is
/// dropped and counted.
final class WayIn {

    enum Admission {
        ENTERED,
        TURNED_AWAY,
        /// The first one since the last [#reported].
        FIRST_TURNED_AWAY
    }

    /// What a datagram costs besides its bytes: a dozen small objects. Without it empty ones would be free.
    static final long OVERHEAD = 300;

    private final long room;
    private final AtomicLong taken = new AtomicLong();
    private final AtomicLong turnedAway = new AtomicLong();
    private final AtomicBoolean unreported = new AtomicBoolean();

    WayIn(long room) {
        this.room = room;
    }

    Admission enter(Bytes datagram) {
        long cost = cost(datagram);
        if (taken.addAndGet(cost) <= room) return Admission.ENTERED;
        taken.addAndGet(-cost);
        turnedAway.incrementAndGet();
        return unreported.compareAndSet(false, true) ? Admission.FIRST_TURNED_AWAY : Admission.TURNED_AWAY;
    }

    void leave(Bytes datagram) {
        taken.addAndGet(-cost(datagram));
    }

    /// Somebody has said that there is no room; the next one that finds none is a first one again.
    void reported() {
        unreported.set(false);
    }

    long turnedAway() {
        return turnedAway.get();
    }

    private static long cost(Bytes datagram) {
        return OVERHEAD + datagram.length();
    }
}
