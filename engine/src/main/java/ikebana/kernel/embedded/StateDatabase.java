package ikebana.kernel.embedded;

import ikebana.kernel.Acquire;
import ikebana.kernel.Direction;
import ikebana.kernel.Reply;
import ikebana.kernel.State;
import ikebana.kernel.StateId;
import java.time.Instant;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;
import org.pcollections.PSortedMap;
import org.pcollections.TreePMap;

/// The SAD, with the larval states. Nothing in here goes through all of them but a dump.
///
/// @param outbound by what they are looked for, and then by age
/// @param acquires where the larval state of an acquire's sequence number is
/// @param alarms one for each state that time changes, and for each larval state
record StateDatabase(
        PMap<StateId, Association> associations,
        PMap<Route, PSortedMap<Long, StateId>> outbound,
        PMap<Route, Larval> larvals,
        PMap<Integer, Route> acquires,
        PSortedMap<Alarm, Owner> alarms,
        long nextOrder) {
    static final StateDatabase EMPTY = new StateDatabase(
            HashTreePMap.empty(),
            HashTreePMap.empty(),
            HashTreePMap.empty(),
            HashTreePMap.empty(),
            TreePMap.empty(),
            0);

    /// An acquire that waits for its outbound state (`XFRM_STATE_ACQ`).
    record Larval(Acquire acquire, long order, Instant expiresAt) {}

    /// @param order makes two at the same moment different, and their sequence the same in every run
    record Alarm(Instant at, long order) implements Comparable<Alarm> {
        private static final Comparator<Alarm> ORDER =
                Comparator.comparing(Alarm::at).thenComparingLong(Alarm::order);

        @Override
        public int compareTo(Alarm other) {
            return ORDER.compare(this, other);
        }
    }

    /// Whose alarm it is.
    sealed interface Owner {}

    record OfAssociation(StateId id) implements Owner {}

    record OfLarval(Route route) implements Owner {}

    Optional<Association> get(StateId id) {
        return Optional.ofNullable(associations.get(id));
    }

    Optional<Larval> larval(Route route) {
        return Optional.ofNullable(larvals.get(route));
    }

    /// The state that a packet leaves by (`xfrm_state_look_at`): of those whose selector matches, one that is not dying
    /// wins over one that is, and then the newest.
    Optional<Association> find(Route route, IpPacket packet) {
        var candidates = outbound.get(route);
        if (candidates == null) return Optional.empty();
        Optional<Association> dying = Optional.empty();
        for (var id : candidates.descendingMap().values()) {
            var association = get(id).filter(it -> packet.isOf(it.state().selector()));
            if (association.filter(it -> !it.dying()).isPresent()) return association;
            dying = dying.or(() -> association);
        }
        return dying;
    }

    /// The larval state whose place this state takes (`xfrm_state_add`): by the acquire's sequence number, if it is for
    /// the same destination, else by addresses and reqid.
    Optional<Larval> larvalFor(State state) {
        return Optional.of(state.acquireSequence())
                .filter(sequence -> sequence != 0)
                .flatMap(sequence -> Optional.ofNullable(acquires.get(sequence)))
                .filter(route -> route.destination().equals(state.id().destination()))
                .flatMap(this::larval)
                .or(() -> larval(Route.of(state)));
    }

    /// The larval state that this acquire left.
    Optional<Larval> larvalOf(Acquire acquire) {
        return Optional.ofNullable(acquires.get(acquire.sequence()))
                .filter(Route.of(acquire)::equals)
                .flatMap(this::larval);
    }

    /// States and larvals, the oldest first.
    Stream<Reply.Seen> seen() {
        record Aged(long order, Reply.Seen seen) {}
        return Stream.concat(
                        associations.values().stream().map(it -> new Aged(it.order(), it.seen())),
                        larvals.values().stream().map(it -> new Aged(it.order(), new Reply.Larval(it.acquire()))))
                .sorted(Comparator.comparingLong(Aged::order))
                .map(Aged::seen);
    }

    /// The oldest first.
    Stream<Association> inOrder() {
        return associations.values().stream().sorted(Comparator.comparingLong(Association::order));
    }

    Optional<Map.Entry<Alarm, Owner>> firstAlarm() {
        return alarms.isEmpty() ? Optional.empty() : Optional.of(alarms.firstEntry());
    }

    /// Adds an association that is made with `nextOrder`.
    StateDatabase with(Association added) {
        var id = added.state().id();
        var route = Route.of(added.state());
        PSortedMap<Long, StateId> siblings = outbound.getOrDefault(route, TreePMap.empty());
        // an inbound state is never found by a route: Linux knows since 6.10 which is which
        var routes = added.state().direction() == Direction.OUT
                ? outbound.plus(route, siblings.plus(added.order(), id))
                : outbound;
        return new StateDatabase(
                associations.plus(id, added),
                routes,
                larvals,
                acquires,
                added.alarmAt()
                        .map(at -> alarms.plus(new Alarm(at, added.order()), new OfAssociation(id)))
                        .orElse(alarms),
                nextOrder + 1);
    }

    /// Puts what became of an association in its place.
    StateDatabase changed(Association before, Association after) {
        var id = before.state().id();
        var kept = alarms;
        if (!before.alarmAt().equals(after.alarmAt())) {
            kept = withoutAlarm(before.alarmAt(), before.order());
            var at = after.alarmAt();
            if (at.isPresent()) kept = kept.plus(new Alarm(at.get(), after.order()), new OfAssociation(id));
        }
        return new StateDatabase(associations.plus(id, after), outbound, larvals, acquires, kept, nextOrder);
    }

    StateDatabase without(Association gone) {
        var route = Route.of(gone.state());
        var routes = outbound;
        var siblings = outbound.get(route);
        if (siblings != null) {
            var others = siblings.minus(gone.order());
            routes = others.isEmpty() ? outbound.minus(route) : outbound.plus(route, others);
        }
        return new StateDatabase(
                associations.minus(gone.state().id()),
                routes,
                larvals,
                acquires,
                withoutAlarm(gone.alarmAt(), gone.order()),
                nextOrder);
    }

    StateDatabase with(Acquire acquire, Instant expiresAt) {
        var route = Route.of(acquire);
        return new StateDatabase(
                associations,
                outbound,
                larvals.plus(route, new Larval(acquire, nextOrder, expiresAt)),
                acquires.plus(acquire.sequence(), route),
                alarms.plus(new Alarm(expiresAt, nextOrder), new OfLarval(route)),
                nextOrder + 1);
    }

    StateDatabase without(Larval gone) {
        return new StateDatabase(
                associations,
                outbound,
                larvals.minus(Route.of(gone.acquire())),
                acquires.minus(gone.acquire().sequence()),
                withoutAlarm(Optional.of(gone.expiresAt()), gone.order()),
                nextOrder);
    }

    private PSortedMap<Alarm, Owner> withoutAlarm(Optional<Instant> at, long order) {
        return at.map(it -> alarms.minus(new Alarm(it, order))).orElse(alarms);
    }
}
