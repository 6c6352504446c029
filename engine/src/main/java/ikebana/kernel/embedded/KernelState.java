package ikebana.kernel.embedded;

import ikebana.kernel.Acquire;
import ikebana.kernel.Policy;
import ikebana.kernel.Reply;
import ikebana.kernel.State;
import ikebana.wire.IpAddress;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.pcollections.PSortedMap;
import org.pcollections.PSortedSet;
import org.pcollections.TreePMap;
import org.pcollections.TreePSet;

/// Everything that an [EmbeddedKernel] knows. Immutable: thousands of them share what they have in common.
public final class KernelState {
    /// A kernel that has just booted: no policies, no states, no addresses, and nobody listens.
    public static final KernelState EMPTY =
            new KernelState(PolicyDatabase.EMPTY, StateDatabase.EMPTY, TreePSet.empty(), TreePMap.empty(), false, 1);

    private final PolicyDatabase policies;
    private final StateDatabase states;
    private final PSortedSet<IpAddress> addresses;
    private final PSortedMap<DropReason, Long> counters;
    private final boolean listening;
    private final int nextAcquire;

    private KernelState(
            PolicyDatabase policies,
            StateDatabase states,
            PSortedSet<IpAddress> addresses,
            PSortedMap<DropReason, Long> counters,
            boolean listening,
            int nextAcquire) {
        this.policies = policies;
        this.states = states;
        this.addresses = addresses;
        this.counters = counters;
        this.listening = listening;
        this.nextAcquire = nextAcquire;
    }

    /// When to step with [Input.Woke], if nothing else happens first.
    public Optional<Instant> wakeAt() {
        return states.firstAlarm().map(first -> first.getKey().at());
    }

    /// In the order in which a packet is compared with them.
    public List<Policy> policies() {
        return policies.all();
    }

    /// The ESP states as they were installed, the oldest first.
    public List<State> installed() {
        return states.inOrder().map(Association::state).toList();
    }

    /// The ESP states and larvals as a dump lists them, the oldest first.
    public List<Reply.Seen> seen() {
        return states.seen().toList();
    }

    public List<IpAddress> addresses() {
        return List.copyOf(addresses);
    }

    /// How many packets were dropped, by reason; a reason that never came is not in it.
    public Map<DropReason, Long> counters() {
        return counters;
    }

    public long count(DropReason reason) {
        return counters.getOrDefault(reason, 0L);
    }

    PolicyDatabase policyDatabase() {
        return policies;
    }

    StateDatabase stateDatabase() {
        return states;
    }

    boolean isListening() {
        return listening;
    }

    boolean isOwn(IpAddress address) {
        return addresses.contains(address);
    }

    /// The sequence number of the next acquire; never 0, which means none.
    int nextAcquire() {
        return nextAcquire;
    }

    KernelState with(PolicyDatabase changed) {
        return new KernelState(changed, states, addresses, counters, listening, nextAcquire);
    }

    KernelState with(StateDatabase changed) {
        return new KernelState(policies, changed, addresses, counters, listening, nextAcquire);
    }

    KernelState withLarval(Acquire acquire, Instant expiresAt) {
        int after = acquire.sequence() == -1 ? 1 : acquire.sequence() + 1;
        return new KernelState(policies, states.with(acquire, expiresAt), addresses, counters, listening, after);
    }

    KernelState withListener(boolean there) {
        return new KernelState(policies, states, addresses, counters, there, nextAcquire);
    }

    KernelState withAddress(IpAddress address) {
        return new KernelState(policies, states, addresses.plus(address), counters, listening, nextAcquire);
    }

    KernelState withoutAddress(IpAddress address) {
        return new KernelState(policies, states, addresses.minus(address), counters, listening, nextAcquire);
    }

    KernelState counting(DropReason reason) {
        var counted = counters.plus(reason, count(reason) + 1);
        return new KernelState(policies, states, addresses, counted, listening, nextAcquire);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof KernelState that
                && policies.equals(that.policies)
                && states.equals(that.states)
                && addresses.equals(that.addresses)
                && counters.equals(that.counters)
                && listening == that.listening
                && nextAcquire == that.nextAcquire;
    }

    @Override
    public int hashCode() {
        return Objects.hash(policies, states, addresses, counters, listening, nextAcquire);
    }

    @Override
    public String toString() {
        return "%d policies, %s, addresses %s, dropped %s".formatted(policies.size(), seen(), addresses, counters);
    }
}
