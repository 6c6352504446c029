package ikebana.ike;

import ikebana.wire.Spi;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/// What becomes of a child by what has come of its successor: it is replaced, goes on until the next time, or stays
/// because its successor goes (RFC 7296 2.8.1).
final class Succession {
    private final Desk desk;

    Succession(Desk desk) {
        this.desk = desk;
    }

    /// Nothing has come of it, and is tried again later.
    Phase.Established postponed(Phase.Established established, Instant now, Phase.Wish wish) {
        return wish.replaces().isPresent()
                ? postponed(established, now, wish.replaces())
                : Demands.refused(established, wish.reqid(), desk, now);
    }

    /// The same, of a child that our own kernel has refused.
    Phase.Established postponed(Phase.Established established, Instant now, ChildSa refused) {
        return refused.replaces().isPresent()
                ? postponed(established, now, refused.replaces())
                : Demands.refused(established, refused.reqid(), desk, now);
    }

    /// The predecessor goes on; if it is still ours to renew, that is tried again later.
    Phase.Established postponed(Phase.Established established, Instant now, Optional<Spi> replaces) {
        return replaces.flatMap(established::child)
                .filter(child -> child.isWanted() || isReplaced(child))
                .map(child -> {
                    int failures = child.fate() instanceof ChildSa.Aging(var _, var before) ? before : 0;
                    return established.replace(
                            child.with(new ChildSa.Aging(now.plus(desk.pause(failures)), failures + 1)));
                })
                .orElse(established);
    }

    /// The predecessor is not asked about again. We delete it when its successor sends; the bound is for a
    /// kernel that never answers.
    Phase.Established succeeded(Phase.Established established, Instant now, Optional<Spi> replaces) {
        var bound = desk.patience(desk.patience(desk.patience(now)));
        return replaces.flatMap(established::child)
                .filter(ChildSa::isWanted)
                .map(old -> established.replace(old.with(new ChildSa.Replaced(bound))))
                .orElse(established);
    }

    /// The peer's successor is the one that goes; the peer deletes it. If our answer was long under way, it may have a
    /// successor itself already, and then that goes: the peer does not know that there was a rival.
    Phase.Established beaten(Phase.Established established, Instant now, Phase.Rival rival) {
        var line = line(established, rival.inbound());
        var waiting = established
                .answering()
                .filter(it -> isOf(line, it.child()))
                .map(it -> it.with(beaten(it.child(), now)));
        if (waiting.isPresent()) return established.answers(waiting);
        return established.children().stream()
                .filter(child -> isOf(line, child) && child.isWanted())
                .findFirst()
                .map(child -> established.replace(beaten(child, now)))
                .orElseGet(() -> isHalf(established, rival) ? established.forsaken() : established);
    }

    /// It, and who has come after it.
    private static Set<Spi> line(Phase.Established established, Spi first) {
        var line = new HashSet<Spi>();
        line.add(first);
        for (var child : established.children()) {
            if (isOf(line, child)) line.add(child.inbound());
        }
        return line;
    }

    private static boolean isOf(Set<Spi> line, ChildSa child) {
        return line.contains(child.inbound())
                || child.replaces().filter(line::contains).isPresent();
    }

    private static boolean isHalf(Phase.Established established, Phase.Rival rival) {
        return established
                .awaitedChild()
                .filter(half -> half.inbound().equals(rival.inbound()))
                .isPresent();
    }

    private ChildSa beaten(ChildSa child, Instant now) {
        var still = child.outbound() instanceof ChildSa.Waiting ? child.with(new ChildSa.None()) : child;
        return still.with(new ChildSa.Replaced(grace(now)));
    }

    /// When we look again whether the peer has done with a predecessor what is its to do.
    Instant grace(Instant now) {
        return now.plus(desk.settings().crossingGrace());
    }

    static boolean isReplaced(ChildSa child) {
        return child.fate() instanceof ChildSa.Replaced;
    }
}
