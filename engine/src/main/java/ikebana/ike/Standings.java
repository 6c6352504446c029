package ikebana.ike;

import ikebana.auth.Endpoint;
import ikebana.control.Event;
import ikebana.ike.Entry.Draft;
import ikebana.ike.Ledger.Order;
import ikebana.ike.Standing.Installed;
import ikebana.kernel.StateId;
import ikebana.wire.IkeSpi;
import ikebana.wire.UdpAddress;
import java.time.Instant;
import java.util.Optional;
import java.util.function.BiConsumer;

/// IKE SAs that have passed the gate: from when they carry traffic, and which of several stays.
final class Standings {
    private final Books books;
    private final Dials dials;
    private final Callers callers;
    private final Orphans orphans;
    private final Endings endings;

    Standings(Books books, Dials dials, Callers callers, Orphans orphans, Endings endings) {
        this.books = books;
        this.dials = dials;
        this.callers = callers;
        this.orphans = orphans;
        this.endings = endings;
    }

    /// It carries traffic.
    void established(IkeSpi spi, Effect.Established established) {
        var endpoint = established.endpoint();
        var draft = books.open(endpoint);
        var admitted = draft.standing(spi);
        if (admitted.isEmpty()) return; // it has finished meanwhile
        var standing = admitted.get()
                .carries(
                        books.nextPlace(),
                        books.now(),
                        established.view(),
                        established.confirmed(),
                        // one that began without a child has stood since the gate
                        admitted.get().stood().isPresent()
                                ? admitted.get().validity()
                                : Reauthentication.of(books, endpoint, draft, admitted.get()));
        draft.replace(standing);
        if (draft.isDialledBy(spi)) draft.dialling = Optional.empty();
        // the outbound state has taken the place of its larval; those of others want children of their own
        int reqid = established.child().outbound().reqid();
        draft.acquires.stream()
                .filter(acquire -> acquire.reqid() != reqid)
                .forEach(acquire -> books.tell(spi, new Input.Wanted(acquire)));
        draft.acquires.clear();
        draft.trouble = Optional.empty();
        if (!standing.closing()) {
            orphans.adopted(endpoint, draft);
            settle(draft, standing);
            tellThePeer(draft, standing, admitted.get().stood().isPresent());
        }
        if (!draft.up) {
            draft.up = true;
            books.order(new Order.Remember(endpoint, established.peer()));
            books.order(new Order.Announce(new Event.Up(
                    endpoint,
                    books.now(),
                    established.local(),
                    established.peer(),
                    established.view().remoteCertificate())));
        }
        var questions = draft.drainUnlessGoing();
        dials.keep(endpoint, draft);
        callers.answerThoseUp(endpoint);
        books.askAgain(questions);
    }

    /// What becomes of its endpoint, if that is known already.
    private void at(IkeSpi spi, BiConsumer<Endpoint, Draft> change) {
        books.endpointOf(spi).ifPresent(endpoint -> {
            var draft = books.open(endpoint);
            change.accept(endpoint, draft);
            dials.keep(endpoint, draft);
        });
    }

    /// The peer has told for how long it takes our word.
    void limited(IkeSpi spi, Instant limit) {
        at(spi, (_, draft) -> {
            if (draft.isDialledBy(spi)) draft.dialling = draft.dialling.map(dial -> dial.limitedTo(limit));
            Reauthentication.limited(draft, spi, limit, books.now(), books.entropy());
        });
    }

    /// It has renewed its keys, or is about to, or is done with that.
    void changed(IkeSpi spi, Effect.Changed changed) {
        var endpoint = books.endpointOf(spi);
        if (endpoint.isEmpty()) return;
        var draft = books.open(endpoint.get());
        draft.standing(spi).ifPresent(standing -> {
            books.disown(endpoint.get(), standing.states());
            books.own(endpoint.get(), changed.states());
            draft.replace(standing.changed(new Installed(changed.states(), books.now()), changed.view()));
            mayCarry(draft, spi);
            boolean carries = standing.isUp() && !changed.view().children().isEmpty();
            if (carries) draft.acquires.clear(); // its outbound state has taken the larval's place
        });
        // what a responder was installing may have come to nothing: then nobody need wait for it
        var questions = draft.drainUnlessGoing();
        dials.keep(endpoint.get(), draft);
        books.askAgain(questions);
    }

    /// The first child of an IKE SA that began without (RFC 6023) waits for a word, if the peer has asked
    /// for it: where another IKE SA carries the traffic, that one goes on until the peer has our answer, by
    /// which it receives.
    private void mayCarry(Draft draft, IkeSpi spi) {
        draft.standing(spi)
                .filter(sa ->
                        sa.stood().isPresent() && !sa.isUp() && !sa.states().isEmpty())
                .filter(_ -> draft.staying().stream().noneMatch(Standing::isUp))
                .ifPresent(sa -> books.tell(sa.spi(), new Input.TakeOver()));
    }

    /// The same at the other end: whoever has made the first child says something, by which the peer knows
    /// that it is received on, if the end of another IKE SA does not say so.
    private void tellThePeer(Draft draft, Standing standing, boolean late) {
        if (late && draft.staying().size() > 1) books.tell(standing.spi(), new Input.Probe());
    }

    /// See [Ledger.Happening.Confirmed].
    void confirmed(IkeSpi spi) {
        at(
                spi,
                (_, draft) -> draft.standing(spi).map(Standing::knownToPeer).ifPresent(standing -> {
                    draft.replace(standing);
                    if (!standing.closing()) settle(draft, standing);
                }));
    }

    /// Nobody uses it: the next packet dials anew. Whoever has ordered it wants it to stand, used or not.
    void idle(IkeSpi spi) {
        var endpoint = books.endpointOf(spi);
        if (endpoint.isEmpty()) return;
        var draft = books.open(endpoint.get());
        boolean alone =
                draft.staying().size() == 1 && draft.staying().getFirst().spi().equals(spi);
        if (draft.wanted || !alone) return;
        endings.takeDown(endpoint.get(), draft, "nothing has passed for as long as inactivity says");
        dials.keep(endpoint.get(), draft);
    }

    /// Between an SA that carries traffic and the others of its endpoint.
    private void settle(Draft draft, Standing standing) {
        for (var other : draft.staying()) {
            if (!other.spi().equals(standing.spi()) && other.isUp()) {
                settle(draft, Crossing.of(standing, other));
            }
        }
    }

    private void settle(Draft draft, Crossing crossing) {
        var loser = crossing.loser();
        if (crossing.isOursToEnd() && crossing.winner().confirmed()) {
            books.close(draft, loser, "another IKE SA with this peer was made at the same time, and stays", true);
            return;
        }
        if (crossing.isOursToEnd()) books.tell(crossing.winner().spi(), new Input.Probe());
        if (crossing.isOurSuccessor()) {
            books.close(draft, loser, "both ends have proven themselves anew", true);
            return;
        }
        // whoever is to end it may have no rule for that: then we do
        if (loser.closeAt().isEmpty()) {
            draft.replace(loser.closingAt(
                    Optional.of(books.now().plus(books.settings().crossingGrace()))));
        }
    }

    /// See [Ledger.Happening.Moved].
    void moved(IkeSpi spi, UdpAddress remote) {
        at(spi, (endpoint, draft) -> {
            draft.standing(spi).map(standing -> standing.movedTo(remote)).ifPresent(draft::replace);
            books.passed(endpoint, "a NAT has given the peer another port, " + remote);
        });
    }

    /// See [Ledger.Happening.Remapped].
    void remapped(StateId id, UdpAddress remote) {
        books.owner(id).stream()
                .flatMap(endpoint -> books.open(endpoint).standing.stream())
                .filter(sa -> sa.has(id))
                .forEach(sa -> books.tell(sa.spi(), new Input.Remapped(remote)));
    }
}
