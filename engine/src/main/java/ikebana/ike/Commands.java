package ikebana.ike;

import ikebana.auth.Endpoint;
import ikebana.control.Answer;
import ikebana.ike.Entry.Caller;
import java.time.Duration;
import java.util.Optional;

/// Orders from outside: a tunnel up, or down, or what there is.
final class Commands {
    /// How long a `down` waits for its SA to end; that takes milliseconds.
    private static final Duration DOWN_PATIENCE = Duration.ofSeconds(10);

    private final Books books;
    private final Dials dials;
    private final Callers callers;
    private final Wants wants;
    private final Endings endings;

    Commands(Books books, Dials dials, Callers callers, Wants wants, Endings endings) {
        this.books = books;
        this.dials = dials;
        this.callers = callers;
        this.wants = wants;
        this.endings = endings;
    }

    void ordered(long ticket, ikebana.control.Order order) {
        switch (order) {
            case ikebana.control.Order.Up(var endpoint, var patience) -> up(ticket, endpoint, patience);
            case ikebana.control.Order.Down(var endpoint) -> down(ticket, endpoint);
            case ikebana.control.Order.ListTunnels() -> callers.reply(ticket, new Answer.Tunnels(callers.all()));
            case ikebana.control.Order.DescribeTunnel(var endpoint) ->
                callers.reply(
                        ticket, books.has(endpoint) ? new Answer.Done(callers.view(endpoint)) : Callers.none(endpoint));
        }
    }

    private void up(long ticket, Endpoint endpoint, Duration patience) {
        var objection = objection(endpoint);
        if (objection.isPresent()) {
            callers.reply(ticket, new Answer.Failed(Answer.Why.NO_SUCH_PROFILE, objection.get()));
            return;
        }
        if (books.isStopping()) {
            callers.reply(ticket, new Answer.Failed(Answer.Why.BUSY, LedgerTurn.STOPPING));
            return;
        }
        var draft = books.open(endpoint);
        draft.wanted = true;
        draft.callers.add(new Caller(ticket, true, books.now().plus(patience)));
        // whoever asks has a reason: the pause after a failure is for packets
        if (draft.dialling.isEmpty() && draft.staying().isEmpty()) dials.dial(endpoint, draft);
        wants.wantOver(endpoint, draft);
        dials.keep(endpoint, draft);
        callers.answerThoseUp(endpoint);
        if (patience.isZero()) callers.review(endpoint);
    }

    private Optional<String> objection(Endpoint endpoint) {
        var profile = books.profile(endpoint);
        if (profile.isEmpty()) return Optional.of(noProfile(endpoint));
        if (!profile.get().local().contains(endpoint.local()) || !books.owns(endpoint.local())) {
            return Optional.of(
                    "%s is no address of profile %s on this host".formatted(endpoint.local(), endpoint.profile()));
        }
        if (endpoint.local().isV4() != endpoint.remote().isV4()
                || endpoint.local().equals(endpoint.remote())) {
            return Optional.of("%s cannot be a peer of %s".formatted(endpoint.remote(), endpoint.local()));
        }
        return Optional.empty();
    }

    private static String noProfile(Endpoint endpoint) {
        return "there is no profile '%s'".formatted(endpoint.profile());
    }

    private void down(long ticket, Endpoint endpoint) {
        if (books.profile(endpoint).isEmpty()) {
            callers.reply(ticket, new Answer.Failed(Answer.Why.NO_SUCH_PROFILE, noProfile(endpoint)));
            return;
        }
        if (!books.has(endpoint)) {
            callers.reply(ticket, Callers.none(endpoint));
            return;
        }
        var draft = books.open(endpoint);
        var why = "it was taken down";
        draft.wanted = false;
        wants.dropLarvals(draft);
        callers.answerAll(draft, true, new Answer.Failed(Answer.Why.REFUSED, why));
        endings.takeDown(endpoint, draft, why);
        draft.callers.add(new Caller(ticket, false, books.now().plus(DOWN_PATIENCE)));
        dials.keep(endpoint, draft);
        callers.answerThoseDown(endpoint);
    }
}
