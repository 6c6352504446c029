package ikebana.ike;

import ikebana.auth.Endpoint;
import ikebana.auth.Profile;
import ikebana.crypto.Entropy;
import ikebana.ike.Entry.Failures;
import ikebana.ike.Ledger.Happening;
import ikebana.ike.Ledger.Order;
import ikebana.ike.Ledger.State;
import ikebana.kernel.Reply;
import ikebana.settings.IkeSettings;
import ikebana.wire.IkeSpi;
import ikebana.wire.IpAddress;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.pcollections.HashTreePSet;

/// One step of the [Ledger] under way: who has to know of what happened. [Books] is what is known; each of the others
/// decides one thing, and calls only those that are made before it here.
final class LedgerTurn {
    static final String STOPPING = "the daemon is stopping";

    private final Books books;
    private final Dials dials;
    private final Callers callers;
    private final Wants wants;
    private final Departures departures;
    private final Orphans orphans;
    private final Endings endings;
    private final Standings standings;
    private final Gate gate;
    private final Commands commands;

    LedgerTurn(IkeSettings settings, List<Profile> profiles, Entropy entropy, State state, Instant now) {
        books = new Books(settings, profiles, entropy, state, now);
        dials = new Dials(books);
        callers = new Callers(books, dials);
        wants = new Wants(books, dials);
        departures = new Departures(books, dials);
        orphans = new Orphans(books, dials, departures);
        endings = new Endings(books, dials, callers, wants, departures, orphans);
        standings = new Standings(books, dials, callers, orphans, endings);
        gate = new Gate(books, dials, wants, departures, endings);
        commands = new Commands(books, dials, callers, wants, endings);
    }

    List<Order> orders() {
        return books.orders();
    }

    State state() {
        return books.state();
    }

    void happens(Happening happening) {
        hears(happening);
        for (var asked = books.nextQuestion(); asked.isPresent(); asked = books.nextQuestion()) hears(asked.get());
    }

    private void hears(Happening happening) {
        switch (happening) {
            case Happening.Acquired(var acquire) -> wants.acquired(acquire, Optional.empty());
            case Happening.Looked(var acquire, var outbound, var missing) -> {
                // otherwise the acquire was raised before the state came, and we were slow to hear of it
                if (missing) wants.acquired(acquire, Optional.of(outbound));
            }
            case Happening.Began(var spi) -> books.began(spi, Optional.empty());
            case Happening.ClearanceAsked asked -> gate.clearance(asked);
            case Happening.AdmissionAsked asked -> gate.admission(asked);
            case Happening.Established(var spi, var established) -> standings.established(spi, established);
            case Happening.Changed(var spi, var changed) -> standings.changed(spi, changed);
            case Happening.Limited(var spi, var time) ->
                standings.limited(spi, books.now().plus(time));
            case Happening.LeftBehind(var spi, var outbound) -> orphans.leftBehind(spi, outbound);
            case Happening.Confirmed(var spi) -> standings.confirmed(spi);
            case Happening.Idle(var spi) -> standings.idle(spi);
            case Happening.Finished(var spi, var ending, var why) -> endings.finished(spi, ending, why);
            case Happening.Failed(var spi) -> failed(spi);
            case Happening.Counted(var states) -> counted(states);
            case Happening.GoneHeard(var endpoint) -> departures.goneHeard(endpoint);
            case Happening.GoneUnheard(var endpoint) -> departures.goneUnheard(endpoint);
            case Happening.Ordered(var ticket, var order) -> commands.ordered(ticket, order);
            case Happening.Moved(var spi, var remote) -> standings.moved(spi, remote);
            case Happening.Remapped(var id, var remote) -> standings.remapped(id, remote);
            case Happening.Expired(var id, var hard) -> orphans.expired(id, hard);
            case Happening.Found(var states, var addresses) -> found(states, addresses);
            case Happening.Remembered(var tunnels) -> tunnels.forEach(orphans::remembered);
            case Happening.Stopping() -> stop();
            case Happening.AddressCame(var address) -> addressCame(address);
            case Happening.AddressWent(var address) -> addressWent(address);
            case Happening.Woke() -> woke();
        }
    }

    // ---- a bug of ours

    /// What was left to it nobody else knows: states that it was about to take away, packets for which it was to make
    /// a child. A stranger's has never asked the kernel for anything.
    private void failed(IkeSpi spi) {
        boolean stranger =
                books.known(spi).filter(it -> it.endpoint().isEmpty()).isPresent();
        endings.failed(spi);
        if (!stranger) books.order(new Order.Count());
    }

    private void counted(List<Reply.Seen> states) {
        if (!books.isFound()) return; // it has yet to tell all that there is
        orphans.missing(states);
        acquired(states);
    }

    // ---- the kernel tells all

    private void found(List<Reply.Seen> states, List<IpAddress> addresses) {
        var before = books.addresses();
        books.replaceAddresses(HashTreePSet.from(addresses));
        before.minusAll(addresses).forEach(this::addressWent);
        if (books.isFound()) {
            orphans.missing(states);
        } else {
            books.markFound();
            orphans.ofAFormerRun(states);
        }
        acquired(states);
        addresses.stream().filter(address -> !before.contains(address)).forEach(this::addressCame);
    }

    /// Acquires that nobody has heard, or nobody minds any more.
    private void acquired(List<Reply.Seen> states) {
        for (var seen : states) {
            if (seen instanceof Reply.Larval(var acquire)) wants.acquired(acquire, Optional.empty());
        }
    }

    private void addressCame(IpAddress address) {
        books.replaceAddresses(books.addresses().plus(address));
        // whoever is wanted is dialled
        at(address).forEach(endpoint -> dials.keep(endpoint, books.open(endpoint)));
    }

    private void addressWent(IpAddress address) {
        books.replaceAddresses(books.addresses().minus(address));
        for (var endpoint : at(address)) {
            var draft = books.open(endpoint);
            endings.takeDown(endpoint, draft, "%s is no longer an address of this host".formatted(address));
            dials.keep(endpoint, draft);
        }
    }

    private List<Endpoint> at(IpAddress local) {
        return books.endpoints().stream()
                .filter(endpoint -> endpoint.local().equals(local))
                .toList();
    }

    // ---- the end

    private void stop() {
        books.markStopping();
        for (var endpoint : List.copyOf(books.endpoints())) {
            var draft = books.open(endpoint);
            endings.takeDown(endpoint, draft, STOPPING);
            dials.keep(endpoint, draft);
        }
        books.strangers().forEach(spi -> books.tell(spi, new Input.Close(STOPPING, false)));
    }

    // ---- time

    private void woke() {
        for (var due = books.dueAlarm(); due.isPresent(); due = books.dueAlarm()) {
            var alarm = due.get();
            review(books.whose(alarm).orElseThrow());
            if (books.whose(alarm).isPresent()) {
                throw new IllegalStateException("an alarm that nobody hears: " + alarm);
            }
        }
    }

    private void review(Endpoint endpoint) {
        var draft = books.open(endpoint);
        callers.review(draft);
        endings.review(draft);
        orphans.review(endpoint, draft);
        if (draft.failures.count() > 0 && !draft.failures.forgetAt().isAfter(books.now())) {
            draft.failures = Failures.NONE;
        }
        dials.keep(endpoint, draft);
    }
}
