package ikebana.ike;

import ikebana.auth.Endpoint;
import ikebana.auth.Identity;
import ikebana.control.Event;
import ikebana.ike.Entry.Draft;
import ikebana.ike.Entry.Orphan;
import ikebana.ike.Ledger.Happening;
import ikebana.ike.Ledger.Order;
import java.util.Optional;

/// `gone` is told when the last IKE SA of a peer has ended, and is over before anything new stands.
final class Departures {
    private final Books books;
    private final Dials dials;

    Departures(Books books, Dials dials) {
        this.books = books;
        this.dials = dials;
    }

    void gone(Endpoint endpoint, Draft draft, Optional<Identity> peer, String why) {
        draft.up = false;
        draft.going = true;
        draft.leaving = peer;
        books.order(new Order.Announce(new Event.Gone(endpoint, books.now(), peer, why)));
    }

    /// See [Happening.GoneHeard].
    void goneHeard(Endpoint endpoint) {
        var draft = books.open(endpoint);
        if (!draft.going) return;
        draft.going = false;
        draft.leaving = Optional.empty();
        var questions = draft.drainWaiting();
        books.order(new Order.Forget(endpoint));
        dials.keep(endpoint, draft);
        books.askAgain(questions);
    }

    /// See [Happening.GoneUnheard].
    void goneUnheard(Endpoint endpoint) {
        var draft = books.open(endpoint);
        if (!draft.going) return;
        refuseThoseWaiting(draft, "the hooks of the tunnel before are still to run");
        dials.keep(endpoint, draft);
    }

    /// Whether `gone` of an earlier tunnel has not been heard yet; if nobody has told it, it is told now.
    boolean mustWait(Endpoint endpoint, Draft draft) {
        boolean ending = !draft.standing.isEmpty() && draft.staying().isEmpty();
        if (draft.going || ending) return true;
        if (!draft.up || !draft.standing.isEmpty()) return false;
        gone(endpoint, draft, draft.orphan.flatMap(Orphan::peer), "the daemon was started anew");
        return true;
    }

    void refuseThoseWaiting(Draft draft, String why) {
        for (var question : draft.drainWaiting()) {
            switch (question) {
                case Happening.ClearanceAsked(var spi, var _) -> books.tell(spi, new Input.Close(why, false));
                case Happening.AdmissionAsked(var spi, var asked) ->
                    books.tell(spi, new Input.NotAdmitted(asked.ticket(), why));
            }
        }
    }
}
