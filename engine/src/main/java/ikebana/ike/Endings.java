package ikebana.ike;

import ikebana.auth.Endpoint;
import ikebana.control.Answer;
import ikebana.control.Event;
import ikebana.ike.Entry.Dialling;
import ikebana.ike.Entry.Draft;
import ikebana.ike.Entry.Failures;
import ikebana.ike.Ledger.Happening;
import ikebana.ike.Ledger.Order;
import ikebana.ike.Standing.Told;
import ikebana.wire.IkeSpi;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// IKE SAs end: what is told, and what comes next.
final class Endings {
    /// A tunnel that ends sooner counts as a failure: two ends that disagree shall not set up and tear down for ever.
    private static final Duration SHORT_LIFE = Duration.ofSeconds(10);

    private final Books books;
    private final Dials dials;
    private final Callers callers;
    private final Wants wants;
    private final Departures departures;
    private final Orphans orphans;

    Endings(Books books, Dials dials, Callers callers, Wants wants, Departures departures, Orphans orphans) {
        this.books = books;
        this.dials = dials;
        this.callers = callers;
        this.wants = wants;
        this.departures = departures;
        this.orphans = orphans;
    }

    /// Nobody wants the tunnel, or may have it.
    void takeDown(Endpoint endpoint, Draft draft, String why) {
        draft.dialling.ifPresent(dial -> books.tell(dial.spi(), new Input.Close(why, false)));
        for (var sa : draft.staying()) {
            draft.replace(sa.toldToClose(Told.TAKEN_DOWN));
            books.tell(sa.spi(), new Input.Close(why, false));
        }
        departures.refuseThoseWaiting(draft, why);
        draft.orphan.ifPresent(orphan -> orphan.states().forEach(books::remove));
        orphans.unattended(endpoint, draft, why);
    }

    /// A bug of ours: see [Happening.Failed].
    void failed(IkeSpi spi) {
        if (books.known(spi).isEmpty()) return;
        books.endpointOf(spi)
                .flatMap(endpoint -> books.open(endpoint).standing(spi))
                .ifPresent(standing -> standing.states().forEach(books::remove));
        finished(spi, Ending.REFUSAL, "its IKE SA failed by a bug of Ikebana's; the log says where");
    }

    void finished(IkeSpi spi, Ending ending, String why) {
        var known = books.known(spi);
        if (known.isEmpty()) return;
        books.ended(spi);
        if (known.get().endpoint().isEmpty()) {
            books.order(new Order.Passed(why));
            return;
        }
        var endpoint = known.get().endpoint().get();
        var draft = books.open(endpoint);
        draft.waiting.removeIf(question -> question.spi().equals(spi));
        var dial = draft.dialling.filter(dialling -> dialling.spi().equals(spi));
        if (dial.isPresent()) draft.dialling = Optional.empty();
        var stood = draft.standing(spi);
        stood.ifPresent(standing -> {
            draft.standing.remove(standing);
            books.disown(endpoint, standing.states());
            draft.orphan.ifPresent(orphan -> books.own(endpoint, orphan.states()));
        });
        if (dial.isPresent()) Reauthentication.failed(draft, books.now(), books.entropy());
        if (!draft.standing.isEmpty()) {
            // not the last: another carries, or is to carry, the traffic
            takeOver(draft);
            wants.wantOver(endpoint, draft);
            books.passed(endpoint, why);
        } else if (draft.up && stood.isPresent()) {
            wentDown(endpoint, draft, stood.get(), why);
        } else if (ending == Ending.CONFUSION && dial.filter(it -> !it.again()).isPresent() && !books.isStopping()) {
            // no failure of the peer's; a second one in a row is, or a wrong secret would never be told
            books.passed(endpoint, why);
            dials.dial(endpoint, draft, true);
        } else if (dial.isPresent() || stood.isPresent()) {
            cameToNothing(endpoint, draft, dial.map(Dialling::at).orElse(books.now()), ending, why);
        } else {
            books.passed(endpoint, why);
        }
        var questions = draft.standing.isEmpty() ? draft.drainUnlessGoing() : List.<Happening.Asked>of();
        dials.keep(endpoint, draft);
        callers.answerThoseDown(endpoint);
        books.askAgain(questions);
    }

    /// The last IKE SA of a tunnel that was up: it is `gone`.
    private void wentDown(Endpoint endpoint, Draft draft, Standing last, String why) {
        boolean shortLived = last.carrying()
                .map(it -> books.now().isBefore(it.at().plus(SHORT_LIFE)))
                .orElse(true);
        // one that was taken down has not failed; one that we have only found broken has
        draft.failures = shortLived && last.told() != Told.TAKEN_DOWN
                ? dials.another(draft.failures, books.now())
                : Failures.rested(books.now(), books.settings().redialPause());
        draft.trouble = Optional.of(why);
        orphans.adopted(endpoint, draft);
        departures.gone(endpoint, draft, Optional.of(last.peer()), why);
    }

    /// Whatever was held back for the sake of what has ended. Where another carries the traffic, it is held back for
    /// that.
    private void takeOver(Draft draft) {
        if (draft.staying().stream().anyMatch(sa -> sa.isUp())) return;
        draft.staying().forEach(sa -> books.tell(sa.spi(), new Input.TakeOver()));
    }

    /// An attempt came to nothing, and nothing else stands.
    private void cameToNothing(Endpoint endpoint, Draft draft, Instant begun, Ending ending, String why) {
        if (draft.dialling.isPresent()) { // another one is under way
            books.passed(endpoint, why);
            return;
        }
        draft.trouble = Optional.of(why);
        wants.dropLarvals(draft);
        if (ending == Ending.WANTED) {
            books.passed(endpoint, why);
        } else {
            draft.failures = dials.another(draft.failures, begun);
            books.order(new Order.Announce(new Event.Failed(endpoint, books.now(), why)));
        }
        if (ending == Ending.WANTED && draft.wanted) return; // it was wanted again meanwhile, and is dialled again
        callers.answerAll(draft, true, new Answer.Failed(reason(ending), why));
    }

    private static Answer.Why reason(Ending ending) {
        return switch (ending) {
            case SILENCE -> Answer.Why.NO_ANSWER;
            case KERNEL -> Answer.Why.KERNEL;
            case REFUSAL, CONFUSION, WANTED -> Answer.Why.REFUSED;
        };
    }

    void review(Draft draft) {
        for (var sa : List.copyOf(draft.standing)) {
            if (books.isDue(sa.closeAt())) outstayed(draft, sa);
        }
        for (var sa : draft.staying()) {
            if (books.isDue(sa.validity().until())) outlived(draft, sa);
        }
    }

    /// An SA that should have gone by the peer's own rule. What carries nothing has not taken its place.
    private void outstayed(Draft draft, Standing sa) {
        boolean alone = draft.staying().stream()
                .noneMatch(other -> other.isUp() && !other.spi().equals(sa.spi()));
        if (alone || sa.closing()) {
            draft.replace(sa.closingAt(Optional.empty()));
        } else {
            books.close(draft, sa, "another IKE SA with this peer has taken its place", true);
        }
    }

    /// What its ends have proven has lost its worth, and they have not proven it anew.
    private void outlived(Draft draft, Standing sa) {
        boolean alone = draft.staying().size() == 1;
        books.close(draft, sa, "its ends have not proven themselves anew within authentication-limit", !alone);
    }
}
