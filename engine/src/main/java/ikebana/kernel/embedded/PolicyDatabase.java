package ikebana.kernel.embedded;

import ikebana.kernel.Direction;
import ikebana.kernel.Policy;
import ikebana.kernel.Selector;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.pcollections.PSortedMap;
import org.pcollections.TreePMap;

/// The SPD. A packet is for the first policy that matches: the one with the smallest priority number, and among equals
/// the one that came first. How much a selector says does not count; whoever installs it says that with the priority.
///
/// There are few of them, none for a peer, so looking through all is cheap.
record PolicyDatabase(PSortedMap<Rank, Policy> ranked, long nextOrder) {
    static final PolicyDatabase EMPTY = new PolicyDatabase(TreePMap.empty(), 0);

    record Rank(int priority, long order) implements Comparable<Rank> {
        private static final Comparator<Rank> ORDER =
                Comparator.comparingInt(Rank::priority).thenComparingLong(Rank::order);

        @Override
        public int compareTo(Rank other) {
            return ORDER.compare(this, other);
        }
    }

    int size() {
        return ranked.size();
    }

    List<Policy> all() {
        return List.copyOf(ranked.values());
    }

    /// What the kernel takes for the same policy: another reqid or priority does not make it another.
    Optional<Policy> same(Selector selector, Direction direction) {
        return entry(selector, direction).map(Map.Entry::getValue);
    }

    Optional<Policy> find(Direction direction, IpPacket packet) {
        return ranked.values().stream()
                .filter(policy -> policy.direction() == direction && packet.isOf(policy.selector()))
                .findFirst();
    }

    PolicyDatabase with(Policy policy) {
        return new PolicyDatabase(ranked.plus(new Rank(policy.priority(), nextOrder), policy), nextOrder + 1);
    }

    PolicyDatabase without(Selector selector, Direction direction) {
        return entry(selector, direction)
                .map(entry -> new PolicyDatabase(ranked.minus(entry.getKey()), nextOrder))
                .orElse(this);
    }

    private Optional<Map.Entry<Rank, Policy>> entry(Selector selector, Direction direction) {
        return ranked.entrySet().stream()
                .filter(entry -> entry.getValue().direction() == direction
                        && entry.getValue().selector().equals(selector))
                .findFirst();
    }
}
