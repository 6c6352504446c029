package ikebana.ike;

import ikebana.auth.Endpoint;
import ikebana.control.Answer;
import ikebana.control.Tunnel;
import ikebana.ike.Entry.Caller;
import ikebana.ike.Entry.Draft;
import ikebana.ike.Ledger.Order;
import java.util.Comparator;
import java.util.List;

/// Orders that wait for a tunnel, or for its end, and what people see of it.
final class Callers {
    private final Books books;
    private final Dials dials;

    Callers(Books books, Dials dials) {
        this.books = books;
        this.dials = dials;
    }

    void answerThoseUp(Endpoint endpoint) {
        var draft = books.open(endpoint);
        if (draft.callers.isEmpty() || draft.staying().stream().noneMatch(sa -> sa.isUp())) return;
        answerAll(draft, true, new Answer.Done(view(endpoint)));
        dials.keep(endpoint, draft);
    }

    void answerThoseDown(Endpoint endpoint) {
        var draft = books.open(endpoint);
        if (draft.callers.isEmpty() || draft.dialling.isPresent() || !draft.standing.isEmpty()) return;
        answerAll(draft, false, new Answer.Done(view(endpoint)));
        dials.keep(endpoint, draft);
    }

    /// @param up whether to those that wait for the tunnel, else to those that wait for its end
    void answerAll(Draft draft, boolean up, Answer answer) {
        for (var caller : List.copyOf(draft.callers)) {
            if (caller.up() == up) answer(draft, caller, answer);
        }
    }

    private void answer(Draft draft, Caller caller, Answer answer) {
        draft.callers.remove(caller);
        reply(caller.ticket(), answer);
    }

    void reply(long ticket, Answer answer) {
        books.order(new Order.Reply(ticket, answer));
    }

    static Answer none(Endpoint endpoint) {
        return new Answer.NoTunnel("there is no tunnel %s".formatted(endpoint));
    }

    List<Tunnel> all() {
        return books.endpoints().stream()
                .sorted(Comparator.comparing(Endpoint::profile)
                        .thenComparing(endpoint -> endpoint.local().raw())
                        .thenComparing(endpoint -> endpoint.remote().raw()))
                .map(this::view)
                .toList();
    }

    Tunnel view(Endpoint endpoint) {
        return books.entry(endpoint).view(endpoint);
    }

    /// Those that have run out of patience.
    void review(Draft draft) {
        for (var caller : List.copyOf(draft.callers)) {
            if (!caller.until().isAfter(books.now())) answer(draft, caller, tooLate(draft));
        }
    }

    /// The same, at once.
    void review(Endpoint endpoint) {
        var draft = books.open(endpoint);
        review(draft);
        dials.keep(endpoint, draft);
    }

    private static Answer tooLate(Draft draft) {
        return new Answer.Failed(
                Answer.Why.OUT_OF_PATIENCE,
                draft.trouble
                        .map(trouble -> "not yet; the last trouble was: " + trouble)
                        .orElse("not yet"));
    }
}
