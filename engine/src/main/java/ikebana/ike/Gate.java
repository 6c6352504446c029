package ikebana.ike;

import ikebana.auth.Endpoint;
import ikebana.auth.Identity;
import ikebana.auth.Profile;
import ikebana.auth.Uniqueness;
import ikebana.control.Event;
import ikebana.ike.Entry.Dialling;
import ikebana.ike.Entry.Draft;
import ikebana.ike.Ledger.Happening;
import ikebana.ike.Ledger.Holder;
import ikebana.ike.Ledger.Order;
import ikebana.ike.Standing.Newcomer;

/// The two questions of an [IkeSa]: whether it may authenticate, and whether it may stand. Who wins when both
/// ends dial at once, who is another, and that `gone` is over before anything new stands.
final class Gate {
    /// IKE SAs of one endpoint that may stand or wait at once: two that cross, and one that comes anew. A peer that is
    /// let in must not fill our memory either.
    private static final int MOST_STANDING = 3;

    private final Books books;
    private final Dials dials;
    private final Wants wants;
    private final Departures departures;
    private final Endings endings;

    Gate(Books books, Dials dials, Wants wants, Departures departures, Endings endings) {
        this.books = books;
        this.dials = dials;
        this.wants = wants;
        this.departures = departures;
        this.endings = endings;
    }

    /// An initiator wants to authenticate: not before `gone` is over, and not if the peer was faster.
    void clearance(Happening.ClearanceAsked asked) {
        var spi = asked.spi();
        var endpoint = asked.question().endpoint();
        var draft = books.open(endpoint);
        if (books.isStopping() || !draft.isDialledBy(spi)) {
            books.tell(spi, new Input.Close("it is no longer wanted", false));
        } else if (Reauthentication.isOvertaken(draft)) {
            // both ends follow this rule, so that two SAs cross only if both had authenticated before either stood
            books.tell(spi, new Input.Close("the peer was faster: its tunnel stands already", false));
        } else if (departures.mustWait(endpoint, draft)) {
            draft.waiting.add(asked);
        } else {
            // RFC 7296 2.4; strangers who have merely begun do not count, or a forged source could make us forget it
            boolean contact = draft.standing.isEmpty() && !saysTheSameElsewhere(endpoint);
            draft.dialling = draft.dialling.map(dial -> dial.saying(contact));
            books.tell(spi, new Input.Cleared(asked.question().ticket(), contact));
        }
        dials.keep(endpoint, draft);
    }

    /// Whether another of our addresses has a tunnel with this peer under the same name of ours: a peer that goes by
    /// names alone would end that one (docs/decisions/0010).
    private boolean saysTheSameElsewhere(Endpoint endpoint) {
        var profile = books.profile(endpoint).orElseThrow();
        if (profile.localIdentity().isEmpty()) return false;
        var addresses = profile.local() instanceof Profile.Listed(var listed) ? listed : books.addresses();
        return addresses.stream()
                .filter(address -> !address.equals(endpoint.local()))
                .map(address -> new Endpoint(endpoint.profile(), address, endpoint.remote()))
                .anyMatch(sibling -> !books.open(sibling).staying().isEmpty());
    }

    /// An IKE SA whose ends are both proven wants to stand.
    void admission(Happening.AdmissionAsked asked) {
        var spi = asked.spi();
        var question = asked.question();
        var endpoint = question.endpoint();
        var known = books.known(spi);
        if (known.isEmpty()) return; // it has finished meanwhile
        books.identified(spi, known.get(), endpoint);
        var draft = books.open(endpoint);
        boolean contact =
                question.initiator() && draft.dialling.filter(Dialling::contact).isPresent();
        var newcomer =
                Standing.of(new Newcomer(spi, question, contact, known.get().began()), books.now(), books::nextPlace);
        if (books.isStopping() || (question.initiator() && !draft.isDialledBy(spi))) {
            books.tell(spi, new Input.NotAdmitted(question.ticket(), "it is no longer wanted"));
        } else if (question.states().stream().anyMatch(id -> books.isAnothers(endpoint, id))) {
            books.tell(spi, new Input.NotAdmitted(question.ticket(), "it names an SPI that another tunnel has"));
        } else if (draft.staying().size() >= MOST_STANDING || draft.waiting.size() >= MOST_STANDING) {
            var why = "%s has begun more than %d tunnels at once".formatted(question.peer(), MOST_STANDING);
            books.tell(spi, new Input.NotAdmitted(question.ticket(), why));
        } else if (departures.mustWait(endpoint, draft) || (newcomer.initiator() && responderIsInstalling(draft))) {
            draft.waiting.add(asked);
        } else {
            admission(endpoint, draft, newcomer, asked);
        }
        dials.keep(endpoint, draft);
    }

    private void admission(Endpoint endpoint, Draft draft, Standing newcomer, Happening.AdmissionAsked asked) {
        var ticket = asked.question().ticket();
        var staying = draft.staying();
        var another =
                staying.stream().filter(sa -> isAnother(endpoint, newcomer, sa)).findFirst();
        if (another.isPresent()) {
            refuse(endpoint, newcomer, another.get(), ticket);
            return;
        }
        if (!mayComeFrom(endpoint, asked)) return;
        if (asked.question().initialContact() && !staying.stream().allMatch(newcomer::crosses)) {
            // the peer has lost its memory: what stood is dead, and its end is told before anything new stands, such as
            // a dial of ours that was to follow it
            staying.forEach(sa -> books.close(draft, sa, "the peer has begun anew", false));
            draft.waiting.add(asked);
            return;
        }
        // a loser is admitted, too: it goes when both ends are known to hold the winner, so that none is ever bare
        boolean carried = !staying.isEmpty() || draft.hasOrphans();
        draft.standing.add(
                newcomer.hasNothing()
                        ? newcomer.with(Reauthentication.of(books, endpoint, draft, newcomer))
                        : newcomer);
        books.own(endpoint, newcomer.states());
        books.tell(newcomer.spi(), new Input.Admitted(ticket, carried));
        wants.wantOver(endpoint, draft);
    }

    /// Whether a responder's outbound state is on its way into the kernel. It reaches the peer before the response
    /// does by which the peer receives; if an initiator's were there before it, what that carries would be lost.
    private static boolean responderIsInstalling(Draft draft) {
        var staying = draft.staying();
        return staying.size() == 1
                && !draft.hasOrphans()
                && !staying.getFirst().initiator()
                && staying.getFirst().carrying().isEmpty()
                && !staying.getFirst().hasNothing(); // else it installs nothing (RFC 6023)
    }

    /// Whether a peer that dials us may do so from here, as far as its tunnels at other addresses are concerned; if
    /// not, it has been told, or waits. An address that we have dialled is our own choice.
    private boolean mayComeFrom(Endpoint endpoint, Happening.AdmissionAsked asked) {
        var peer = asked.question().peer();
        var uniqueness = asked.question().initiator() ? Uniqueness.NEVER : books.uniqueness(endpoint);
        for (var other : books.held(new Holder(endpoint.profile(), endpoint.local(), peer))
                .minus(endpoint)) {
            boolean may = switch (uniqueness) {
                case NEVER -> true;
                case KEEP -> keeps(other, peer, asked);
                case REPLACE -> replaces(endpoint, other, peer, asked);
            };
            if (!may) return false;
        }
        return true;
    }

    private boolean keeps(Endpoint other, Identity peer, Happening.AdmissionAsked asked) {
        var draft = books.open(other);
        var standing =
                draft.staying().stream().filter(sa -> sa.peer().equals(peer)).findFirst();
        if (standing.isEmpty()) return (draft.standing.isEmpty() && !draft.going) || waits(other, draft, asked);
        var why = "%s has a tunnel from %s, and uniqueness is keep".formatted(peer, other.remote());
        books.tell(asked.spi(), new Input.NotAdmitted(asked.question().ticket(), why));
        // if it is dead, that is found out now, and the newcomer's next dial succeeds
        if (standing.get().isUp()) books.tell(standing.get().spi(), new Input.Probe());
        return false;
    }

    private boolean replaces(Endpoint endpoint, Endpoint other, Identity peer, Happening.AdmissionAsked asked) {
        var draft = books.open(other);
        if (!draft.staying().isEmpty() || draft.orphan.isPresent()) {
            endings.takeDown(other, draft, "%s has come to %s".formatted(peer, endpoint.remote()));
            dials.keep(other, draft);
        }
        var left = books.open(other);
        return (left.standing.isEmpty() && !left.going) || waits(other, left, asked);
    }

    /// Until the end of another endpoint's tunnel has been heard.
    private boolean waits(Endpoint other, Draft draft, Happening.AdmissionAsked asked) {
        if (draft.waiting.size() >= MOST_STANDING) {
            var why = "%s dials from more than %d addresses at once"
                    .formatted(asked.question().peer(), MOST_STANDING);
            books.tell(asked.spi(), new Input.NotAdmitted(asked.question().ticket(), why));
        } else {
            draft.waiting.add(asked);
            dials.keep(other, draft);
        }
        return false;
    }

    /// Whether the newcomer is another host than the one that stands, so that it must not take its place. Two behind
    /// one NAT that share an identity differ in the port that the NAT has given them.
    private boolean isAnother(Endpoint endpoint, Standing newcomer, Standing standing) {
        if (!newcomer.peer().equals(standing.peer())) return true;
        boolean shared = books.profile(endpoint).filter(Profile::sharedIdentity).isPresent();
        return shared
                && newcomer.natPort().isPresent()
                && !newcomer.natPort().equals(standing.natPort())
                && !newcomer.crosses(standing);
    }

    private void refuse(Endpoint endpoint, Standing newcomer, Standing standing, Ticket ticket) {
        var why = "%s stands with %s already".formatted(endpoint, standing.peer());
        books.tell(newcomer.spi(), new Input.NotAdmitted(ticket, why));
        if (newcomer.natPort().isEmpty() && standing.natPort().isEmpty()) return;
        books.order(new Order.Announce(
                new Event.SiblingBehindNat(endpoint, books.now(), standing.peer(), newcomer.peer())));
        // it may be the same host with a new port, and what stands is dead: that is found out now
        if (standing.isUp()) books.tell(standing.spi(), new Input.Probe());
    }
}
