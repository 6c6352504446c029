package ikebana.ike;

import ikebana.auth.Endpoint;
import ikebana.auth.Identity;
import ikebana.ike.Entry.Draft;
import ikebana.ike.Entry.Orphan;
import ikebana.kernel.Reply;
import ikebana.kernel.StateId;
import ikebana.wire.IkeSpi;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// ESP states that no IKE SA answers for: of a former run, of a removal that was lost, or of an IKE SA whose successor
/// is about to send.
final class Orphans {
    /// They are dialled one after the other, so that a hub that was restarted does not call all its spokes at once.
    private static final Duration BETWEEN_ORPHANS = Duration.ofMillis(50);

    private final Books books;
    private final Dials dials;
    private final Departures departures;

    Orphans(Books books, Dials dials, Departures departures) {
        this.books = books;
        this.dials = dials;
        this.departures = departures;
    }

    /// A tunnel stood when a former run ended without a word.
    void remembered(Endpoint endpoint, Identity peer) {
        var draft = books.open(endpoint);
        draft.up = true;
        draft.orphan = Optional.of(new Orphan(List.of(), Optional.of(peer), Optional.empty(), Optional.empty()));
        dials.keep(endpoint, draft);
    }

    /// What the kernel has before anything of this run stands.
    void ofAFormerRun(List<Reply.Seen> states) {
        var left = leftovers(states);
        var dialAt = books.now();
        var pace = pace(left.size());
        for (var each : left.entrySet()) {
            var draft = books.open(each.getKey());
            boolean received = each.getValue().stream()
                    .allMatch(id -> id.destination().equals(each.getKey().local()));
            if (received && !draft.up) {
                // its end had been told; what was left was for packets that were under way
                leave(each.getKey(), each.getValue(), books.settings().keepInbound());
                continue;
            }
            books.leaveTo(each.getKey(), each.getValue());
            var peer = draft.orphan.flatMap(Orphan::peer);
            draft.orphan = Optional.of(new Orphan(
                    each.getValue(),
                    peer,
                    Optional.of(dialAt),
                    Optional.of(books.now().plus(books.settings().orphanLifetime()))));
            draft.up = true; // a former run has told so, or was about to
            dials.keep(each.getKey(), draft);
            dialAt = dialAt.plus(pace);
        }
        // and those whose states did not outlive the daemon
        for (var endpoint : List.copyOf(books.endpoints())) {
            var draft = books.open(endpoint);
            if (draft.orphan.filter(orphan -> orphan.states().isEmpty()).isEmpty()) continue;
            unattended(endpoint, draft, "the daemon was started anew");
            dials.keep(endpoint, draft);
        }
    }

    /// All are dialled within half of their life.
    private Duration pace(int orphans) {
        if (orphans == 0) return BETWEEN_ORPHANS;
        var most = books.settings().orphanLifetime().dividedBy(2L * orphans);
        return most.compareTo(BETWEEN_ORPHANS) < 0 ? most : BETWEEN_ORPHANS;
    }

    /// States of ours that vanished while nobody heard it.
    void missing(List<Reply.Seen> states) {
        var there = ids(states);
        for (var endpoint : books.owners()) {
            for (var sa : books.open(endpoint).staying()) {
                // one that has just been installed may be younger than the list
                boolean settled =
                        sa.installed().since().plus(Wants.INSTALLED_BY_THEN).isBefore(books.now());
                for (var id : sa.states()) {
                    if (settled && !there.contains(id)) books.tell(sa.spi(), new Input.ChildEnded(id));
                }
            }
        }
        // a removal that was lost would leave a state that nobody receives on; those that drain are gone by then anyway
        leftovers(states)
                .forEach((endpoint, ids) ->
                        leave(endpoint, ids, books.settings().keepInbound().multipliedBy(2)));
    }

    /// States that nobody answers for are left for a while, and then removed.
    private void leave(Endpoint endpoint, List<StateId> ids, Duration left) {
        var draft = books.open(endpoint);
        books.leaveTo(endpoint, ids);
        var before = draft.orphan.orElse(new Orphan(List.of(), Optional.empty(), Optional.empty(), Optional.empty()));
        var all = new ArrayList<>(before.states());
        all.addAll(ids);
        var until = before.until().orElse(books.now().plus(left));
        draft.orphan = Optional.of(new Orphan(all, before.peer(), before.dialAt(), Optional.of(until)));
        dials.keep(endpoint, draft);
    }

    private static Set<StateId> ids(List<Reply.Seen> states) {
        return states.stream()
                .filter(Reply.Mature.class::isInstance)
                .map(seen -> ((Reply.Mature) seen).id())
                .collect(Collectors.toSet());
    }

    private Map<Endpoint, List<StateId>> leftovers(List<Reply.Seen> states) {
        return Leftovers.among(states, books.profiles(), books.addresses(), books.states());
    }

    /// A limit of a state was reached; at a hard one the kernel has removed it.
    void expired(StateId id, boolean hard) {
        var owner = books.owner(id);
        if (owner.isEmpty()) return;
        var endpoint = owner.get();
        var draft = books.open(endpoint);
        if (!hard) {
            draft.standing.stream().filter(sa -> sa.has(id)).forEach(sa -> books.tell(sa.spi(), new Input.GrewOld(id)));
            return;
        }
        draft.standing.stream().filter(sa -> sa.has(id)).forEach(sa -> books.tell(sa.spi(), new Input.ChildEnded(id)));
        draft.orphan.filter(orphan -> orphan.states().contains(id)).ifPresent(orphan -> {
            books.expired(id);
            var rest =
                    orphan.states().stream().filter(state -> !state.equals(id)).toList();
            draft.orphan = Optional.of(new Orphan(rest, orphan.peer(), orphan.dialAt(), orphan.until()));
            if (rest.isEmpty()) unattended(endpoint, draft, "the ESP states that were left have expired");
        });
        dials.keep(endpoint, draft);
    }

    /// A successor of what was left stands, or none ever will. The old outbound states go at once; the inbound
    /// ones are left for what is under way.
    void adopted(Endpoint endpoint, Draft draft) {
        draft.orphan.ifPresent(orphan -> {
            var inbound = new ArrayList<StateId>();
            for (var id : orphan.states()) {
                if (id.destination().equals(endpoint.local())) {
                    inbound.add(id);
                } else {
                    books.remove(id);
                }
            }
            orphan.leaving().ifPresent(spi -> books.tell(spi, new Input.Released()));
            var until = Optional.of(books.now().plus(books.settings().keepInbound()));
            // what has only been received for a while has a time already: successors of successors do not lengthen it
            boolean received = inbound.size() == orphan.states().size();
            var end = received ? SaState.earliest(orphan.until(), until) : until;
            draft.orphan = inbound.isEmpty()
                    ? Optional.empty()
                    : Optional.of(new Orphan(inbound, orphan.peer(), Optional.empty(), end));
        });
    }

    void review(Endpoint endpoint, Draft draft) {
        draft.orphan.filter(orphan -> books.isDue(orphan.until())).ifPresent(orphan -> {
            orphan.states().forEach(books::remove);
            unattended(endpoint, draft, "nobody has replaced the ESP states that were left");
        });
    }

    /// Nothing of a former run is left, and nothing has replaced it.
    void unattended(Endpoint endpoint, Draft draft, String why) {
        var peer = draft.orphan.flatMap(Orphan::peer);
        draft.orphan = Optional.empty();
        if (draft.up && draft.standing.isEmpty()) departures.gone(endpoint, draft, peer, why);
    }

    /// Where a successor waits for this moment, what still sends does so until that one does: so no packet is lost.
    void leftBehind(IkeSpi spi, List<StateId> outbound) {
        var endpoint = books.endpointOf(spi);
        var others = endpoint.map(books::open).map(Draft::staying).orElse(List.of()).stream()
                .filter(sa -> !sa.spi().equals(spi) && !sa.hasNothing()) // nobody knows whether that ever sends
                .toList();
        if (others.isEmpty() || others.stream().anyMatch(sa -> sa.isUp())) {
            outbound.forEach(books::remove);
            books.tell(spi, new Input.Released());
        } else {
            leave(endpoint.orElseThrow(), outbound, books.settings().keepInbound());
            var draft = books.open(endpoint.get());
            draft.orphan = draft.orphan.map(orphan -> orphan.of(spi));
            dials.keep(endpoint.get(), draft);
        }
    }
}
