package ikebana.netlink.route;

import ikebana.kernel.Notice;
import ikebana.netlink.codec.Attribute;
import ikebana.wire.IpAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/// This host's own addresses: those on links that are up. An address may be on several links, and counts once.
///
/// A link's carrier does not matter, only whether its administrator wants it up: Linux itself stops owning an IPv4
/// address when its link goes down (net/ipv4/fib_frontend.c, `fib_disable_ip`), but not when a cable is pulled.
///
/// @param linksUp those not heard of yet are not in it
public record Addresses(Map<Integer, Boolean> linksUp, Set<Held> held) {
    public static final Addresses NONE = new Addresses(Map.of(), Set.of());

    private static final int OPTIMISTIC = 0x04; // IFA_F_*: usable although tentative
    private static final int DUPLICATE = 0x08;
    private static final int TENTATIVE = 0x40;

    public record Held(int link, IpAddress address) {}

    /// What came of a message.
    public record Change(Addresses next, List<Notice> notices) {}

    public Addresses {
        linksUp = Map.copyOf(linksUp);
        held = Set.copyOf(held);
    }

    /// All of them, in order.
    public SortedSet<IpAddress> own() {
        var own = new TreeSet<IpAddress>();
        for (var one : held) if (linksUp.getOrDefault(one.link, true)) own.add(one.address);
        return own;
    }

    public Change after(RouteMessage message) {
        var next = switch (message) {
            case RouteMessage.Link link -> afterLink(link);
            case RouteMessage.Address address -> afterAddress(address);
        };
        if (next.equals(this)) return new Change(this, List.of());
        var before = own();
        var now = next.own();
        var notices = new ArrayList<Notice>();
        for (var address : before) if (!now.contains(address)) notices.add(new Notice.AddressRemoved(address));
        for (var address : now) if (!before.contains(address)) notices.add(new Notice.AddressAdded(address));
        return new Change(next, List.copyOf(notices));
    }

    private Addresses afterLink(RouteMessage.Link link) {
        // AF_BRIDGE and AF_INET6 send link messages of their own, about ports and settings, even about their removal.
        if (link.family() != 0) return this;
        var links = new HashMap<>(linksUp);
        var remaining = new HashSet<>(held);
        if (link.type() == RouteMessage.DELLINK) {
            links.remove(link.index());
            remaining.removeIf(one -> one.link == link.index());
        } else {
            links.put(link.index(), link.isUp());
        }
        return new Addresses(links, remaining);
    }

    private Addresses afterAddress(RouteMessage.Address message) {
        return ownAddress(message).map(own -> afterAddress(message, own)).orElse(this);
    }

    private Addresses afterAddress(RouteMessage.Address message, IpAddress own) {
        int flags = message.allFlags();
        // RFC 4862 5.4: until duplicate detection has passed, an IPv6 address is nobody's.
        boolean usable = (flags & DUPLICATE) == 0 && ((flags & TENTATIVE) == 0 || (flags & OPTIMISTIC) != 0);
        var addresses = new HashSet<>(held);
        if (message.type() == RouteMessage.NEWADDR && usable) addresses.add(new Held(message.index(), own));
        else addresses.remove(new Held(message.index(), own));
        return new Addresses(linksUp, addresses);
    }

    /// On a point-to-point link IFA_ADDRESS is the other end's, and IFA_LOCAL ours; elsewhere IPv6 has IFA_ADDRESS
    /// only.
    private static Optional<IpAddress> ownAddress(RouteMessage.Address message) {
        return Attribute.find(message.attributes(), RouteMessage.Address.IFA_LOCAL)
                .or(() -> Attribute.find(message.attributes(), RouteMessage.Address.IFA_ADDRESS))
                .map(Attribute::value)
                .filter(raw -> raw.length() == 4 || raw.length() == 16)
                .map(IpAddress::new);
    }
}
