package ikebana.ike;

import ikebana.kernel.Reply;
import ikebana.kernel.StateId;
import ikebana.wire.IpAddress;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.pcollections.HashTreePMap;

/// What the kernel's counters have said of an IKE SA's ESP. What the kernel has taken in is authentic and new, and
/// so a sign of life as good as a message (RFC 7296 2.4). A counter tells that something came, not when: it came after
/// the look before, and that moment counts, so that a dead peer is found no later for having sent before it died.
///
/// @param packets what each state had carried when we last looked
/// @param lookedAt when that was
/// @param receivedAfter the latest moment after which the peer is known to have sent ESP
/// @param carriedBefore the latest moment before which something is known to have passed, either way
/// @param look the one that is under way
record Traffic(
        Map<StateId, Long> packets,
        Instant lookedAt,
        Instant receivedAfter,
        Instant carriedBefore,
        Optional<Look> look) {
    Traffic {
        packets = HashTreePMap.from(packets);
    }

    /// @param at when it began
    /// @param open answers of the kernel's that are still to come
    /// @param until they have so long
    record Look(Instant at, int open, boolean received, boolean carried, Map<StateId, Long> packets, Instant until) {
        Look {
            packets = HashTreePMap.from(packets);
        }
    }

    static Traffic from(Instant now) {
        return new Traffic(Map.of(), now, now, now, Optional.empty());
    }

    Traffic looks(Instant now, int questions, Instant until) {
        return with(new Look(now, questions, false, false, Map.of(), until));
    }

    private Traffic with(Look changed) {
        return new Traffic(packets, lookedAt, receivedAfter, carriedBefore, Optional.of(changed));
    }

    /// One answer of the kernel's. A state that is not there, or that it does not speak of, has carried nothing.
    ///
    /// @param own what comes to us goes there
    Traffic heard(Reply reply, IpAddress own) {
        if (look.isEmpty()) return this;
        var looking = look.get();
        boolean received = looking.received();
        boolean carried = looking.carried();
        var counted = new HashMap<>(looking.packets());
        if (reply instanceof Reply.States(var states)) {
            for (var seen : states) {
                if (!(seen instanceof Reply.Mature(var id, var _, var _, var _, var count))) continue;
                counted.put(id, count);
                boolean more = count > packets.getOrDefault(id, 0L);
                carried |= more;
                received |= more && id.destination().equals(own);
            }
        }
        return with(new Look(looking.at(), looking.open() - 1, received, carried, counted, looking.until()));
    }

    boolean isDone(Instant now) {
        return look.filter(it -> it.open() <= 0 || !it.until().isAfter(now)).isPresent();
    }

    /// The look is over.
    Traffic concluded() {
        var over = look.orElseThrow();
        var proven = over.received() && lookedAt.isAfter(receivedAfter) ? lookedAt : receivedAfter;
        var carried = over.carried() ? over.at() : carriedBefore;
        return new Traffic(over.packets(), over.at(), proven, carried, Optional.empty());
    }
}
