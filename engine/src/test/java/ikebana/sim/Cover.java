package ikebana.sim;

import ikebana.auth.Endpoint;
import ikebana.kernel.Direction;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/// That a tunnel has no hole: once a host can send to a peer it can go on, whatever crosses, follows or replaces what,
/// until `gone` is said. What else takes a state away (the kernel, a reboot, a limit) is excused by
/// whoever does it.
final class Cover {
    /// Where a peer deletes the IKE SA in use before another one has taken over, the ledger has to tell that one, and
    /// that one its kernel: four messages between actors.
    private static final Duration HANDOVER = Duration.ofMillis(20);

    private final Host host;
    private final Agenda agenda;
    private final Predicate<Endpoint> doubtful;
    private final Set<Endpoint> covered = new HashSet<>();
    /// Those whose states may go.
    private final Set<Endpoint> over = new HashSet<>();

    private boolean off;

    private final Map<Endpoint, Instant> bare = new HashMap<>();

    /// @param doubtful endpoints to which nothing is promised
    Cover(Host host, Agenda agenda, Predicate<Endpoint> doubtful) {
        this.doubtful = doubtful;
        this.host = host;
        this.agenda = agenda;
    }

    /// The daemon has just asked its kernel for something.
    void changed() {
        if (off) return;
        var now = sending();
        for (var endpoint : now) {
            var since = bare.get(endpoint);
            if (since == null) continue;
            var hole = Duration.between(since, agenda.now());
            Rules.check(
                    hole.compareTo(HANDOVER) <= 0,
                    "nothing could be sent to %s for %s, and nobody said `gone`".formatted(endpoint.remote(), hole));
            bare.remove(endpoint);
        }
        for (var endpoint : covered) {
            if (!now.contains(endpoint) && !over.contains(endpoint)) bare.putIfAbsent(endpoint, agenda.now());
        }
        over.retainAll(now);
        covered.clear();
        covered.addAll(now);
    }

    private Set<Endpoint> sending() {
        var now = new HashSet<Endpoint>();
        for (var state : host.kernel.states()) {
            if (state.direction() == Direction.OUT) {
                now.add(new Endpoint(
                        host.profile.name(), state.source(), state.id().destination()));
            }
        }
        now.removeIf(doubtful);
        return now;
    }

    /// The host has lost its address: from now on nothing is promised.
    void off() {
        off = true;
    }

    /// `gone`, or what never was a tunnel has failed.
    void over(Endpoint endpoint) {
        bare.remove(endpoint);
        if (sending().contains(endpoint)) over.add(endpoint);
    }

    /// Something has happened after which nothing is promised.
    void excused() {
        bare.clear();
        over.clear();
        covered.clear();
    }
}
