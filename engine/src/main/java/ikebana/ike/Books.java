package ikebana.ike;

import ikebana.auth.Endpoint;
import ikebana.auth.Identity;
import ikebana.auth.Profile;
import ikebana.auth.Uniqueness;
import ikebana.crypto.Entropy;
import ikebana.ike.Entry.Alarm;
import ikebana.ike.Entry.Draft;
import ikebana.ike.Ledger.Happening;
import ikebana.ike.Ledger.Holder;
import ikebana.ike.Ledger.Known;
import ikebana.ike.Ledger.Order;
import ikebana.ike.Ledger.State;
import ikebana.ike.Standing.Told;
import ikebana.kernel.StateId;
import ikebana.settings.IkeSettings;
import ikebana.wire.IkeSpi;
import ikebana.wire.IpAddress;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import org.pcollections.HashTreePSet;
import org.pcollections.PMap;
import org.pcollections.PSet;
import org.pcollections.PSortedMap;

/// What the [Ledger] knows, while one step works on it, and what that step orders. Nothing in here decides anything.
final class Books {
    private final IkeSettings settings;
    private final List<Profile> profiles;
    private final Entropy entropy;
    private final Instant now;
    private final List<Order> orders = new ArrayList<>();
    private final Queue<Happening.Asked> again = new ArrayDeque<>();
    private PMap<Endpoint, Entry> entries;
    private PMap<IkeSpi, Known> sas;
    private PMap<StateId, Endpoint> children;
    private PSortedMap<Alarm, Endpoint> alarms;
    private PMap<Holder, PSet<Endpoint>> holders;
    private PSet<IpAddress> own;
    private boolean found;
    private boolean stopping;
    private long place;

    Books(IkeSettings settings, List<Profile> profiles, Entropy entropy, State state, Instant now) {
        this.settings = settings;
        this.profiles = profiles;
        this.entropy = entropy;
        this.now = now;
        this.entries = state.entries();
        this.sas = state.sas();
        this.children = state.children();
        this.alarms = state.alarms();
        this.holders = state.holders();
        this.own = state.own();
        this.found = state.found();
        this.stopping = state.stopping();
        this.place = state.place();
    }

    State state() {
        return new State(entries, sas, children, alarms, holders, own, found, stopping, place);
    }

    IkeSettings settings() {
        return settings;
    }

    List<Profile> profiles() {
        return profiles;
    }

    Entropy entropy() {
        return entropy;
    }

    Instant now() {
        return now;
    }

    /// Whether a moment has come.
    boolean isDue(Optional<Instant> at) {
        return at.filter(moment -> !moment.isAfter(now)).isPresent();
    }

    /// See [State#place].
    long nextPlace() {
        return place++;
    }

    // ---- what is ordered

    List<Order> orders() {
        return List.copyOf(orders);
    }

    void order(Order order) {
        orders.add(order);
    }

    /// Nobody but a reader of the log need know.
    void passed(Endpoint endpoint, String what) {
        order(new Order.Passed("%s: %s".formatted(endpoint, what)));
    }

    void tell(IkeSpi spi, Input input) {
        orders.add(new Order.Tell(spi, input));
    }

    void close(Draft draft, Standing sa, String why, boolean replaced) {
        draft.replace(sa.toldToClose(Told.USELESS));
        tell(sa.spi(), new Input.Close(why, replaced));
    }

    /// The gate answers them when all else that this step is about has been done.
    void askAgain(List<Happening.Asked> questions) {
        again.addAll(questions);
    }

    Optional<Happening.Asked> nextQuestion() {
        return Optional.ofNullable(again.poll());
    }

    // ---- entries

    Set<Endpoint> endpoints() {
        return entries.keySet();
    }

    boolean has(Endpoint endpoint) {
        return entries.containsKey(endpoint);
    }

    Entry entry(Endpoint endpoint) {
        var entry = entries.get(endpoint);
        return entry == null ? Entry.blank(now) : entry;
    }

    Draft open(Endpoint endpoint) {
        return new Draft(entry(endpoint));
    }

    /// Only [Dials#keep] calls this.
    void put(Endpoint endpoint, Draft draft) {
        var before = entries.get(endpoint);
        var entry = draft.finish(draft.alarm);
        if (before == null || before.phase() != entry.phase()) draft.since = now;
        draft.alarm.ifPresent(alarm -> alarms = alarms.minus(alarm));
        compareNames(endpoint, before == null ? Set.of() : before.names(), entry.names());
        if (entry.isIdle() && draft.failures.count() == 0) {
            entries = entries.minus(endpoint);
            return;
        }
        var next = entry.wakeAt()
                .map(at -> draft.alarm.filter(alarm -> alarm.at().equals(at)).orElseGet(() -> new Alarm(at, place++)));
        next.ifPresent(alarm -> alarms = alarms.plus(alarm, endpoint));
        entries = entries.plus(endpoint, draft.finish(next));
    }

    private void compareNames(Endpoint endpoint, Set<Identity> before, Set<Identity> after) {
        if (before.equals(after) || uniqueness(endpoint) == Uniqueness.NEVER) return;
        for (var name : before) {
            var holder = new Holder(endpoint.profile(), endpoint.local(), name);
            var left = held(holder).minus(endpoint);
            holders = left.isEmpty() ? holders.minus(holder) : holders.plus(holder, left);
        }
        for (var name : after) {
            var holder = new Holder(endpoint.profile(), endpoint.local(), name);
            holders = holders.plus(holder, held(holder).plus(endpoint));
        }
    }

    /// Where a name has a tunnel, or what a former run left of one.
    PSet<Endpoint> held(Holder holder) {
        return holders.getOrDefault(holder, HashTreePSet.empty());
    }

    Optional<Profile> profile(Endpoint endpoint) {
        return profiles.stream()
                .filter(profile -> profile.name().equals(endpoint.profile()))
                .findFirst();
    }

    Uniqueness uniqueness(Endpoint endpoint) {
        return profile(endpoint).map(Profile::uniqueness).orElse(Uniqueness.NEVER);
    }

    /// Whose time has come, with its alarm.
    Optional<Alarm> dueAlarm() {
        return alarms.isEmpty() || alarms.firstKey().at().isAfter(now)
                ? Optional.empty()
                : Optional.of(alarms.firstKey());
    }

    Optional<Endpoint> whose(Alarm alarm) {
        return Optional.ofNullable(alarms.get(alarm));
    }

    // ---- IKE SAs

    Known began(IkeSpi spi, Optional<Endpoint> endpoint) {
        var known = new Known(place++, endpoint);
        sas = sas.plus(spi, known);
        return known;
    }

    Optional<Known> known(IkeSpi spi) {
        return Optional.ofNullable(sas.get(spi));
    }

    void identified(IkeSpi spi, Known known, Endpoint endpoint) {
        sas = sas.plus(spi, new Known(known.began(), Optional.of(endpoint)));
    }

    Optional<Endpoint> endpointOf(IkeSpi spi) {
        return known(spi).flatMap(Known::endpoint);
    }

    void ended(IkeSpi spi) {
        sas = sas.minus(spi);
    }

    /// Those of which nobody knows yet whose they are.
    List<IkeSpi> strangers() {
        return sas.entrySet().stream()
                .filter(sa -> sa.getValue().endpoint().isEmpty())
                .map(java.util.Map.Entry::getKey)
                .toList();
    }

    // ---- states in the kernel

    Optional<Endpoint> owner(StateId id) {
        return Optional.ofNullable(children.get(id));
    }

    /// All that somebody answers for.
    Set<StateId> states() {
        return children.keySet();
    }

    PSet<Endpoint> owners() {
        return HashTreePSet.from(children.values());
    }

    /// A peer chooses the SPI of what we send into, and may name one that another's tunnel has: that keeps it.
    void own(Endpoint endpoint, List<StateId> states) {
        for (var id : states) {
            if (!isAnothers(endpoint, id)) children = children.plus(id, endpoint);
        }
    }

    void disown(Endpoint endpoint, List<StateId> states) {
        for (var id : states) {
            if (endpoint.equals(children.get(id))) children = children.minus(id);
        }
    }

    boolean isAnothers(Endpoint endpoint, StateId id) {
        return !children.getOrDefault(id, endpoint).equals(endpoint);
    }

    /// Nobody answers for it but this one: the kernel has said that it is there.
    void leaveTo(Endpoint endpoint, Collection<StateId> states) {
        states.forEach(id -> children = children.plus(id, endpoint));
    }

    void expired(StateId id) {
        children = children.minus(id);
    }

    void remove(StateId id) {
        children = children.minus(id);
        orders.add(new Order.Remove(id));
    }

    // ---- this host

    PSet<IpAddress> addresses() {
        return own;
    }

    void replaceAddresses(PSet<IpAddress> changed) {
        own = changed;
    }

    /// Before the kernel has told its addresses, a profile's are believed.
    boolean owns(IpAddress address) {
        return own.isEmpty() || own.contains(address);
    }

    /// Whether the kernel has told what it has.
    boolean isFound() {
        return found;
    }

    void markFound() {
        found = true;
    }

    boolean isStopping() {
        return stopping;
    }

    void markStopping() {
        stopping = true;
    }
}
