package ikebana.ike;

import ikebana.auth.Endpoint;
import ikebana.ike.Entry.Draft;
import ikebana.ike.Ledger.Order;
import ikebana.ike.Standing.Carrying;
import ikebana.kernel.Acquire;
import ikebana.kernel.Prefix;
import ikebana.kernel.Selector;
import ikebana.kernel.StateId;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Packets and orders that want a tunnel: a dial, a child over an IKE SA that stands, or nothing, because the states
/// are there.
final class Wants {
    /// An acquire after so long means that the kernel has lost the states; before, that it has not got them yet.
    static final Duration INSTALLED_BY_THEN = Duration.ofSeconds(3);

    private static final String LOST = "the kernel has lost its states";

    private final Books books;
    private final Dials dials;

    Wants(Books books, Dials dials) {
        this.books = books;
        this.dials = dials;
    }

    /// @param missing an outbound state that the kernel has lost for certain
    void acquired(Acquire acquire, Optional<StateId> missing) {
        var profile = books.profiles().stream()
                .filter(candidate -> candidate.flow(acquire.reqid()).isPresent()
                        && candidate.local().contains(acquire.source()))
                .findFirst();
        if (profile.isEmpty() || !books.owns(acquire.source())) {
            books.order(new Order.Passed("an acquire of somebody else's: " + acquire));
            return;
        }
        var endpoint = new Endpoint(profile.get().name(), acquire.source(), acquire.destination());
        var draft = books.open(endpoint);
        var empty = draft.staying().stream().filter(Standing::hasNothing).findFirst();
        if (empty.isPresent() && draft.staying().size() == 1) {
            // it began without a child (RFC 6023), and a packet wants one
            books.tell(empty.get().spi(), new Input.Wanted(acquire));
        } else if (profile.get().flows().size() > 1) {
            acquiredByOne(draft, acquire, missing);
        } else {
            acquiredByAll(draft, acquire, missing);
        }
        dials.keep(endpoint, draft);
    }

    /// Where each flow has a child of its own: what an SA has not, it is told to make.
    private void acquiredByOne(Draft draft, Acquire acquire, Optional<StateId> missing) {
        var carrying =
                draft.staying().stream().filter(sa -> sa.view().isPresent()).reduce((_, later) -> later);
        if (carrying.isEmpty()) {
            draft.wants(acquire); // told when one stands
            return;
        }
        var sa = carrying.get();
        var children = sa.view().orElseThrow().children();
        var serving = children.stream()
                .filter(child -> child.reqid() == acquire.reqid())
                .toList();
        // what was raised just before the states came needs none
        if (!serving.isEmpty()
                && !sa.installed().since().plus(INSTALLED_BY_THEN).isBefore(books.now())) return;
        if (looks(acquire, outbounds(sa, acquire), missing)) return;
        if (!serving.isEmpty() && serving.size() == children.size()) {
            draft.wants(acquire);
            books.close(draft, sa, LOST, false);
            return;
        }
        for (var lost : serving) {
            books.tell(sa.spi(), new Input.ChildEnded(new StateId(lost.inbound(), acquire.source())));
        }
        books.tell(sa.spi(), new Input.Wanted(acquire));
    }

    private void acquiredByAll(Draft draft, Acquire acquire, Optional<StateId> missing) {
        // what was raised just before the states came needs no dial
        if (draft.staying().stream().anyMatch(sa -> sa.isUp() && !isOld(sa))) return;
        for (var sa : draft.staying()) {
            if (isOld(sa) && looks(acquire, outbounds(sa, acquire), missing)) return;
        }
        draft.wants(acquire); // one dial serves all packets
        for (var sa : draft.staying()) {
            // one whose peer has deleted its only child is about to get another
            if (isOld(sa) && !outbounds(sa, acquire).isEmpty()) books.close(draft, sa, LOST, false);
        }
    }

    /// Whether the kernel is asked first. On a busy machine an acquire may be heard long after its larval state has
    /// given way to ours; a tunnel that carries traffic must not end for that.
    private boolean looks(Acquire acquire, List<StateId> outbounds, Optional<StateId> missing) {
        if (outbounds.isEmpty() || missing.filter(outbounds::contains).isPresent()) return false;
        books.order(new Order.Look(acquire, outbounds.getLast()));
        return true;
    }

    /// What carries packets such as the one that was acquired for, the oldest first.
    private static List<StateId> outbounds(Standing sa, Acquire acquire) {
        return sa.view().stream()
                .flatMap(view -> view.children().stream())
                .filter(child -> child.reqid() == acquire.reqid())
                .map(child -> new StateId(child.outbound(), acquire.destination()))
                .toList();
    }

    private boolean isOld(Standing sa) {
        return sa.carrying()
                .map(Carrying::at)
                .filter(since -> since.plus(INSTALLED_BY_THEN).isBefore(books.now()))
                .isPresent();
    }

    /// Where nothing but an IKE SA that began without a child stands, and nobody dials, it is told of the packets
    /// and of the order that want one.
    void wantOver(Endpoint endpoint, Draft draft) {
        var staying = draft.staying();
        if (draft.dialling.isPresent() || staying.isEmpty() || !staying.stream().allMatch(Standing::hasNothing)) return;
        if (draft.acquires.isEmpty() && draft.wanted) draft.wants(withoutPacket(endpoint));
        draft.acquires.forEach(acquire -> books.tell(staying.getLast().spi(), new Input.Wanted(acquire)));
        draft.acquires.clear();
    }

    /// As if a packet wanted the first child; the kernel has no larval state of this sequence.
    private Acquire withoutPacket(Endpoint endpoint) {
        var flow = books.profile(endpoint).orElseThrow().flows().getFirst();
        var selector =
                new Selector(Prefix.host(endpoint.local()), Prefix.host(endpoint.remote()), Selector.GRE, flow.key());
        return new Acquire(0, flow.reqid(), endpoint.local(), endpoint.remote(), selector);
    }

    void dropLarvals(Draft draft) {
        draft.acquires.forEach(acquire -> books.order(new Order.DropLarval(acquire)));
        draft.acquires.clear();
    }
}
