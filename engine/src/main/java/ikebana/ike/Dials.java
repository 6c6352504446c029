package ikebana.ike;

import ikebana.auth.Endpoint;
import ikebana.ike.Entry.Dialling;
import ikebana.ike.Entry.Draft;
import ikebana.ike.Entry.Failures;
import ikebana.ike.Entry.Orphan;
import ikebana.ike.Ledger.Order;
import ikebana.kernel.Acquire;
import java.time.Instant;
import java.util.Optional;

/// When the [Ledger] dials: for a packet, an order, what a former run has left, or because ends are to prove
/// themselves anew.
final class Dials {
    private final Books books;

    Dials(Books books) {
        this.books = books;
    }

    /// Whatever a step has changed of an endpoint goes back this way: it may want a dial now.
    void keep(Endpoint endpoint, Draft draft) {
        dialWhenDue(endpoint, draft);
        books.put(endpoint, draft);
    }

    /// Somebody may want a tunnel that nobody makes: it is dialled, now or when its rest is over. So is one whose ends
    /// are to prove themselves anew.
    private void dialWhenDue(Endpoint endpoint, Draft draft) {
        draft.dialAt = books.isStopping() || draft.dialling.isPresent() || !books.owns(endpoint.local())
                ? Optional.empty()
                : draft.staying().isEmpty()
                        ? wantedAt(draft).map(at -> latest(at, draft.failures.notBefore()))
                        : Reauthentication.dueAt(draft);
        if (books.isDue(draft.dialAt)) dial(endpoint, draft);
    }

    private Optional<Instant> wantedAt(Draft draft) {
        if (!draft.acquires.isEmpty()) return Optional.of(books.now());
        if (draft.wanted) return Optional.of(latest(books.now(), draft.failures.wantedFrom()));
        return draft.orphan.flatMap(Orphan::dialAt);
    }

    void dial(Endpoint endpoint, Draft draft) {
        dial(endpoint, draft, false);
    }

    void dial(Endpoint endpoint, Draft draft, boolean again) {
        var spi = books.entropy().ikeSpi();
        var known = books.began(spi, Optional.of(endpoint));
        draft.dialling = Optional.of(new Dialling(spi, known.began(), books.now(), again));
        draft.dialAt = Optional.empty();
        var profile = books.profile(endpoint).orElseThrow();
        var acquire = draft.acquires.stream().findFirst();
        int sequence = acquire.map(Acquire::sequence).orElse(0);
        var flow = acquire.flatMap(it -> profile.flow(it.reqid()))
                .orElseGet(() -> profile.flows().getFirst());
        books.order(new Order.DialOut(spi, new Dial(endpoint, profile, flow, sequence, draft.wanted)));
    }

    private static Instant latest(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }

    /// One more dial, or tunnel, that came to nothing.
    Failures another(Failures failures, Instant begun) {
        return failures.another(
                begun,
                books.now(),
                books.settings().redialPause(),
                books.entropy().fraction());
    }
}
