package ikebana.ike;

import ikebana.auth.Endpoint;
import ikebana.auth.Identity;
import ikebana.auth.IkeLifetime;
import ikebana.auth.Profile;
import ikebana.auth.Uniqueness;
import ikebana.control.Answer;
import ikebana.control.Event;
import ikebana.control.Tunnel;
import ikebana.crypto.Entropy;
import ikebana.ike.Entry.Alarm;
import ikebana.ike.Entry.Caller;
import ikebana.ike.Entry.Dialling;
import ikebana.ike.Entry.Draft;
import ikebana.ike.Entry.Failures;
import ikebana.ike.Entry.Orphan;
import ikebana.ike.Entry.Standing;
import ikebana.ike.Entry.Told;
import ikebana.ike.Ledger.Happening;
import ikebana.ike.Ledger.Holder;
import ikebana.ike.Ledger.Known;
import ikebana.ike.Ledger.Order;
import ikebana.ike.Ledger.State;
import ikebana.kernel.Acquire;
import ikebana.kernel.Prefix;
import ikebana.kernel.Reply;
import ikebana.kernel.Selector;
import ikebana.kernel.StateId;
import ikebana.settings.IkeSettings;
import ikebana.wire.IkeSpi;
import ikebana.wire.IpAddress;
import ikebana.wire.UdpAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.pcollections.HashTreePSet;
import org.pcollections.PMap;
import org.pcollections.PSet;
import org.pcollections.PSortedMap;

/// One step of the [Ledger] under way.
final class LedgerTurn {
    /// A tunnel that ends sooner counts as a failure: two ends that disagree shall not set up and tear down for ever.
    private static final Duration SHORT_LIFE = Duration.ofSeconds(10);

    /// An acquire after so long means that the kernel has lost the states; before, that it has not got them yet.
    private static final Duration INSTALLED_BY_THEN = Duration.ofSeconds(3);

    /// Orphans are dialled one after the other, so that a hub that was restarted does not call all its spokes at once.
    private static final Duration BETWEEN_ORPHANS = Duration.ofMillis(50);

    /// IKE SAs of one endpoint that may stand or wait at once: two that cross, and one that comes anew. A peer that is
    /// let in must not fill our memory either.
    private static final int MOST_STANDING = 3;

    /// How long a `down` waits for its SA to end; that takes milliseconds.
    private static final Duration DOWN_PATIENCE = Duration.ofSeconds(10);

    private static final String LOST = "the kernel has lost its states";

    private static final String STOPPING = "the daemon is stopping";

    private final IkeSettings settings;
    private final List<Profile> profiles;
    private final Entropy entropy;
    private final Instant now;
    private final List<Order> orders = new ArrayList<>();
    private PMap<Endpoint, Entry> entries;
    private PMap<IkeSpi, Known> sas;
    private PMap<StateId, Endpoint> children;
    private PSortedMap<Alarm, Endpoint> alarms;
    private PMap<Holder, PSet<Endpoint>> holders;
    private PSet<IpAddress> own;
    private boolean found;
    private boolean stopping;
    private long place;

    LedgerTurn(IkeSettings settings, List<Profile> profiles, Entropy entropy, State state, Instant now) {
        this.settings = settings;
        this.profiles = profiles;
        this.entropy = entropy;
        this.now = now;
        this.entries = state.entries();
        this.sas = state.sas();
        this.children = state.children();
        this.alarms = state.alarms();
        this.holders = state.holders();
        this.own = state.own();
        this.found = state.found();
        this.stopping = state.stopping();
        this.place = state.place();
    }

    List<Order> orders() {
        return List.copyOf(orders);
    }

    State state() {
        return new State(entries, sas, children, alarms, holders, own, found, stopping, place);
    }

    void happens(Happening happening) {
        switch (happening) {
            case Happening.Acquired(var acquire) -> acquired(acquire, Optional.empty());
            case Happening.Looked(var acquire, var outbound, var missing) -> {
                // otherwise the acquire was raised before the state came, and we were slow to hear of it
                if (missing) acquired(acquire, Optional.of(outbound));
            }
            case Happening.Began(var spi) -> began(spi);
            case Happening.ClearanceAsked asked -> clearance(asked);
            case Happening.AdmissionAsked asked -> admission(asked);
            case Happening.Established(var spi, var established) -> established(spi, established);
            case Happening.Changed(var spi, var changed) -> changed(spi, changed);
            case Happening.Limited(var spi, var time) -> limited(spi, now.plus(time));
            case Happening.LeftBehind(var spi, var outbound) -> leftBehind(spi, outbound);
            case Happening.Confirmed(var spi) -> confirmed(spi);
            case Happening.Idle(var spi) -> idle(spi);
            case Happening.Finished(var spi, var ending, var why) -> finished(spi, ending, why);
            case Happening.Failed(var spi) -> failed(spi);
            case Happening.GoneHeard(var endpoint) -> goneHeard(endpoint);
            case Happening.GoneUnheard(var endpoint) -> goneUnheard(endpoint);
            case Happening.Ordered(var ticket, var order) -> ordered(ticket, order);
            case Happening.Moved(var spi, var remote) -> moved(spi, remote);
            case Happening.Remapped(var id, var remote) -> remapped(id, remote);
            case Happening.Expired(var id, var hard) -> expired(id, hard);
            case Happening.Found(var states, var addresses) -> found(states, addresses);
            case Happening.Remembered(var tunnels) -> tunnels.forEach(this::remembered);
            case Happening.Stopping() -> stop();
            case Happening.AddressCame(var address) -> addressCame(address);
            case Happening.AddressWent(var address) -> addressWent(address);
            case Happening.Woke() -> woke();
        }
    }

    // ---- one entry

    private Draft open(Endpoint endpoint) {
        var entry = entries.get(endpoint);
        return new Draft(entry == null ? Entry.blank(now) : entry);
    }

    private void keep(Endpoint endpoint, Draft draft) {
        dialWhenDue(endpoint, draft);
        var before = entries.get(endpoint);
        var entry = draft.finish(draft.alarm);
        if (before == null || before.phase() != entry.phase()) draft.since = now;
        draft.alarm.ifPresent(alarm -> alarms = alarms.minus(alarm));
        compareNames(endpoint, before == null ? Set.of() : before.names(), entry.names());
        if (entry.isIdle() && draft.failures.count() == 0) {
            entries = entries.minus(endpoint);
            return;
        }
        var next = entry.wakeAt()
                .map(at -> draft.alarm.filter(alarm -> alarm.at().equals(at)).orElseGet(() -> new Alarm(at, place++)));
        next.ifPresent(alarm -> alarms = alarms.plus(alarm, endpoint));
        entries = entries.plus(endpoint, draft.finish(next));
    }

    private void compareNames(Endpoint endpoint, Set<Identity> before, Set<Identity> after) {
        if (before.equals(after) || uniqueness(endpoint) == Uniqueness.NEVER) return;
        for (var name : before) {
            var holder = new Holder(endpoint.profile(), endpoint.local(), name);
            var left = held(holder).minus(endpoint);
            holders = left.isEmpty() ? holders.minus(holder) : holders.plus(holder, left);
        }
        for (var name : after) {
            var holder = new Holder(endpoint.profile(), endpoint.local(), name);
            holders = holders.plus(holder, held(holder).plus(endpoint));
        }
    }

    private PSet<Endpoint> held(Holder holder) {
        return holders.getOrDefault(holder, HashTreePSet.empty());
    }

    private Uniqueness uniqueness(Endpoint endpoint) {
        return profile(endpoint).map(Profile::uniqueness).orElse(Uniqueness.NEVER);
    }

    /// Somebody may want a tunnel that nobody makes: it is dialled, now or when its rest is over. So is one whose ends
    /// are to prove themselves anew.
    private void dialWhenDue(Endpoint endpoint, Draft draft) {
        draft.dialAt = stopping || draft.dialling.isPresent() || !owns(endpoint.local())
                ? Optional.empty()
                : draft.staying().isEmpty()
                        ? wantedAt(draft).map(at -> latest(at, draft.failures.notBefore()))
                        : Reauthentication.dueAt(draft);
        if (draft.dialAt.filter(at -> !at.isAfter(now)).isPresent()) dial(endpoint, draft);
    }

    private Optional<Instant> wantedAt(Draft draft) {
        if (!draft.acquires.isEmpty()) return Optional.of(now);
        if (draft.wanted) return Optional.of(latest(now, draft.failures.wantedFrom()));
        return draft.orphan.flatMap(Orphan::dialAt);
    }

    private void dial(Endpoint endpoint, Draft draft) {
        dial(endpoint, draft, false);
    }

    private void dial(Endpoint endpoint, Draft draft, boolean again) {
        var spi = entropy.ikeSpi();
        draft.dialling = Optional.of(new Dialling(spi, place, now, again));
        draft.dialAt = Optional.empty();
        sas = sas.plus(spi, new Known(place++, Optional.of(endpoint)));
        var profile = profile(endpoint).orElseThrow();
        var acquire = draft.acquires.stream().findFirst();
        int sequence = acquire.map(Acquire::sequence).orElse(0);
        var flow = acquire.flatMap(it -> profile.flow(it.reqid()))
                .orElseGet(() -> profile.flows().getFirst());
        orders.add(new Order.DialOut(spi, new Dial(endpoint, profile, flow, sequence, draft.wanted)));
    }

    private void tell(IkeSpi spi, Input input) {
        orders.add(new Order.Tell(spi, input));
    }

    private void close(Draft draft, Standing sa, String why, boolean replaced) {
        draft.replace(sa.toldToClose(Told.USELESS));
        tell(sa.spi(), new Input.Close(why, replaced));
    }

    private void takeDown(Endpoint endpoint, Draft draft, String why) {
        draft.dialling.ifPresent(dial -> tell(dial.spi(), new Input.Close(why, false)));
        for (var sa : draft.staying()) {
            draft.replace(sa.toldToClose(Told.TAKEN_DOWN));
            tell(sa.spi(), new Input.Close(why, false));
        }
        refuseThoseWaiting(draft, why);
        draft.orphan.ifPresent(orphan -> orphan.states().forEach(this::remove));
        unattended(endpoint, draft, why);
    }

    private void refuseThoseWaiting(Draft draft, String why) {
        for (var question : drain(draft.waiting)) {
            switch (question) {
                case Happening.ClearanceAsked(var spi, var _) -> tell(spi, new Input.Close(why, false));
                case Happening.AdmissionAsked(var spi, var asked) ->
                    tell(spi, new Input.NotAdmitted(asked.ticket(), why));
            }
        }
    }

    // ---- a tunnel is wanted

    private void began(IkeSpi spi) {
        sas = sas.plus(spi, new Known(place++, Optional.empty()));
    }

    /// @param missing an outbound state that the kernel has lost for certain
    private void acquired(Acquire acquire, Optional<StateId> missing) {
        var profile = profiles.stream()
                .filter(candidate -> candidate.flow(acquire.reqid()).isPresent()
                        && candidate.local().contains(acquire.source()))
                .findFirst();
        if (profile.isEmpty() || !owns(acquire.source())) {
            orders.add(new Order.Passed("an acquire of somebody else's: " + acquire));
            return;
        }
        var endpoint = new Endpoint(profile.get().name(), acquire.source(), acquire.destination());
        var draft = open(endpoint);
        var empty = draft.staying().stream().filter(Standing::hasNothing).findFirst();
        if (empty.isPresent() && draft.staying().size() == 1) {
            // it began without a child (RFC 6023), and a packet wants one
            tell(empty.get().spi(), new Input.Wanted(acquire));
        } else if (profile.get().flows().size() > 1) {
            acquired(draft, acquire, missing);
        } else {
            acquiredByAll(draft, acquire, missing);
        }
        keep(endpoint, draft);
    }

    private void acquiredByAll(Draft draft, Acquire acquire, Optional<StateId> missing) {
        // what was raised just before the states came needs no dial
        if (draft.staying().stream().anyMatch(sa -> sa.up().isPresent() && !isOld(sa))) return;
        for (var sa : draft.staying()) {
            if (isOld(sa) && looks(acquire, outbounds(sa, acquire), missing)) return;
        }
        draft.wants(acquire); // one dial serves all packets
        for (var sa : draft.staying()) {
            // one whose peer has deleted its only child is about to get another
            if (isOld(sa) && !outbounds(sa, acquire).isEmpty()) close(draft, sa, LOST, false);
        }
    }

    /// Where each flow has a child of its own: what an SA has not, it is told to make.
    private void acquired(Draft draft, Acquire acquire, Optional<StateId> missing) {
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
        if (!serving.isEmpty() && !sa.statesSince().plus(INSTALLED_BY_THEN).isBefore(now)) return;
        if (looks(acquire, outbounds(sa, acquire), missing)) return;
        if (!serving.isEmpty() && serving.size() == children.size()) {
            draft.wants(acquire);
            close(draft, sa, LOST, false);
            return;
        }
        for (var lost : serving) {
            tell(sa.spi(), new Input.ChildEnded(new StateId(lost.inbound(), acquire.source())));
        }
        tell(sa.spi(), new Input.Wanted(acquire));
    }

    /// Whether the kernel is asked first. On a busy machine an acquire may be heard long after its larval state has
    /// given way to ours; a tunnel that carries traffic must not end for that.
    private boolean looks(Acquire acquire, List<StateId> outbounds, Optional<StateId> missing) {
        if (outbounds.isEmpty() || missing.filter(outbounds::contains).isPresent()) return false;
        orders.add(new Order.Look(acquire, outbounds.getLast()));
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
        return sa.upAt()
                .filter(since -> since.plus(INSTALLED_BY_THEN).isBefore(now))
                .isPresent();
    }

    // ---- the two questions

    /// An initiator wants to authenticate: not before `gone` is over, and not if the peer was faster.
    private void clearance(Happening.ClearanceAsked asked) {
        var spi = asked.spi();
        var endpoint = asked.question().endpoint();
        var draft = open(endpoint);
        if (stopping || !draft.isDialledBy(spi)) {
            tell(spi, new Input.Close("it is no longer wanted", false));
        } else if (Reauthentication.isOvertaken(draft)) {
            // both ends follow this rule, so that two SAs cross only if both had authenticated before either stood
            tell(spi, new Input.Close("the peer was faster: its tunnel stands already", false));
        } else if (mustWait(endpoint, draft)) {
            draft.waiting.add(asked);
        } else {
            // RFC 7296 2.4; strangers who have merely begun do not count, or a forged source could make us forget it
            boolean contact = draft.standing.isEmpty() && !saysTheSameElsewhere(endpoint);
            draft.dialling = draft.dialling.map(dial -> dial.saying(contact));
            tell(spi, new Input.Cleared(asked.question().ticket(), contact));
        }
        keep(endpoint, draft);
    }

    /// Whether another of our addresses has a tunnel with this peer under the same name of ours: a peer that goes by
    /// names alone would end that one (docs/decisions/0010).
    private boolean saysTheSameElsewhere(Endpoint endpoint) {
        var profile = profile(endpoint).orElseThrow();
        if (profile.localIdentity().isEmpty()) return false;
        var addresses = profile.local() instanceof Profile.Listed(var listed) ? listed : own;
        return addresses.stream()
                .filter(address -> !address.equals(endpoint.local()))
                .map(address -> new Endpoint(endpoint.profile(), address, endpoint.remote()))
                .anyMatch(sibling -> !open(sibling).staying().isEmpty());
    }

    /// Whether `gone` of an earlier tunnel has not been heard yet; if nobody has told it, it is told now.
    private boolean mustWait(Endpoint endpoint, Draft draft) {
        boolean ending = !draft.standing.isEmpty() && draft.staying().isEmpty();
        if (draft.going || ending) return true;
        if (!draft.up || !draft.standing.isEmpty()) return false;
        gone(endpoint, draft, draft.orphan.flatMap(Orphan::peer), "the daemon was started anew");
        return true;
    }

    /// The gate.
    private void admission(Happening.AdmissionAsked asked) {
        var spi = asked.spi();
        var question = asked.question();
        var endpoint = question.endpoint();
        var known = sas.get(spi);
        if (known == null) return; // it has finished meanwhile
        sas = sas.plus(spi, new Known(known.began(), Optional.of(endpoint)));
        var draft = open(endpoint);
        var newcomer = new Standing(
                spi,
                question.peer(),
                question.initiator(),
                question.kin(),
                question.initiator() && draft.dialling.filter(Dialling::contact).isPresent(),
                question.lowestNonce(),
                question.natPort(),
                question.states(),
                now,
                known.began(),
                question.states().isEmpty() ? Optional.of(place++) : Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                question.initiator(), // whoever has answered us has established it
                Validity.FOR_EVER,
                Optional.empty(),
                Told.NOTHING);
        if (stopping || (question.initiator() && !draft.isDialledBy(spi))) {
            tell(spi, new Input.NotAdmitted(question.ticket(), "it is no longer wanted"));
        } else if (question.states().stream().anyMatch(id -> isAnothers(endpoint, id))) {
            tell(spi, new Input.NotAdmitted(question.ticket(), "it names an SPI that another tunnel has"));
        } else if (draft.staying().size() >= MOST_STANDING || draft.waiting.size() >= MOST_STANDING) {
            var why = "%s has begun more than %d tunnels at once".formatted(question.peer(), MOST_STANDING);
            tell(spi, new Input.NotAdmitted(question.ticket(), why));
        } else if (mustWait(endpoint, draft) || (newcomer.initiator() && responderIsInstalling(draft))) {
            draft.waiting.add(asked);
        } else {
            admission(endpoint, draft, newcomer, asked);
        }
        keep(endpoint, draft);
    }

    /// Whether a responder's outbound state is on its way into the kernel. It reaches the peer before the response
    /// does by which the peer receives; if an initiator's were there before it, what that carries would be lost.
    private static boolean responderIsInstalling(Draft draft) {
        var staying = draft.staying();
        return staying.size() == 1
                && !draft.hasOrphans()
                && !staying.getFirst().initiator()
                && staying.getFirst().up().isEmpty()
                && !staying.getFirst().hasNothing(); // else it installs nothing (RFC 6023)
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
            staying.forEach(sa -> close(draft, sa, "the peer has begun anew", false));
            draft.waiting.add(asked);
            return;
        }
        // a loser is admitted, too: it goes when both ends are known to hold the winner, so that none is ever bare
        boolean carried = !staying.isEmpty() || draft.hasOrphans();
        draft.standing.add(newcomer.hasNothing() ? newcomer.with(validity(endpoint, draft, newcomer)) : newcomer);
        own(endpoint, newcomer.states());
        tell(newcomer.spi(), new Input.Admitted(ticket, carried));
        wantOver(endpoint, draft);
    }

    /// Where nothing but an IKE SA that began without a child stands, and nobody dials, it is told of the packets
    /// and of the order that want one.
    private void wantOver(Endpoint endpoint, Draft draft) {
        var staying = draft.staying();
        if (draft.dialling.isPresent() || staying.isEmpty() || !staying.stream().allMatch(Standing::hasNothing)) return;
        if (draft.acquires.isEmpty() && draft.wanted) draft.wants(withoutPacket(endpoint));
        draft.acquires.forEach(acquire -> tell(staying.getLast().spi(), new Input.Wanted(acquire)));
        draft.acquires.clear();
    }

    /// Whether a peer that dials us may do so from here, as far as its tunnels at other addresses are concerned; if
    /// not, it has been told, or waits. An address that we have dialled is our own choice.
    private boolean mayComeFrom(Endpoint endpoint, Happening.AdmissionAsked asked) {
        var peer = asked.question().peer();
        var uniqueness = asked.question().initiator() ? Uniqueness.NEVER : uniqueness(endpoint);
        for (var other :
                held(new Holder(endpoint.profile(), endpoint.local(), peer)).minus(endpoint)) {
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
        var draft = open(other);
        var standing =
                draft.staying().stream().filter(sa -> sa.peer().equals(peer)).findFirst();
        if (standing.isEmpty()) return (draft.standing.isEmpty() && !draft.going) || waits(other, draft, asked);
        var why = "%s has a tunnel from %s, and uniqueness is keep".formatted(peer, other.remote());
        tell(asked.spi(), new Input.NotAdmitted(asked.question().ticket(), why));
        // if it is dead, that is found out now, and the newcomer's next dial succeeds
        if (standing.get().up().isPresent()) tell(standing.get().spi(), new Input.Probe());
        return false;
    }

    private boolean replaces(Endpoint endpoint, Endpoint other, Identity peer, Happening.AdmissionAsked asked) {
        var draft = open(other);
        if (!draft.staying().isEmpty() || draft.orphan.isPresent()) {
            takeDown(other, draft, "%s has come to %s".formatted(peer, endpoint.remote()));
            keep(other, draft);
        }
        var left = open(other);
        return (left.standing.isEmpty() && !left.going) || waits(other, left, asked);
    }

    /// Until the end of another endpoint's tunnel has been heard.
    private boolean waits(Endpoint other, Draft draft, Happening.AdmissionAsked asked) {
        if (draft.waiting.size() >= MOST_STANDING) {
            var why = "%s dials from more than %d addresses at once"
                    .formatted(asked.question().peer(), MOST_STANDING);
            tell(asked.spi(), new Input.NotAdmitted(asked.question().ticket(), why));
        } else {
            draft.waiting.add(asked);
            keep(other, draft);
        }
        return false;
    }

    /// Whether the newcomer is another host than the one that stands, so that it must not take its place. Two behind
    /// one NAT that share an identity differ in the port that the NAT has given them.
    private boolean isAnother(Endpoint endpoint, Standing newcomer, Standing standing) {
        if (!newcomer.peer().equals(standing.peer())) return true;
        boolean shared = profile(endpoint).filter(Profile::sharedIdentity).isPresent();
        return shared
                && newcomer.natPort().isPresent()
                && !newcomer.natPort().equals(standing.natPort())
                && !newcomer.crosses(standing);
    }

    private void refuse(Endpoint endpoint, Standing newcomer, Standing standing, Ticket ticket) {
        var why = "%s stands with %s already".formatted(endpoint, standing.peer());
        tell(newcomer.spi(), new Input.NotAdmitted(ticket, why));
        if (newcomer.natPort().isEmpty() && standing.natPort().isEmpty()) return;
        orders.add(new Order.Announce(new Event.SiblingBehindNat(endpoint, now, standing.peer(), newcomer.peer())));
        // it may be the same host with a new port, and what stands is dead: that is found out now
        if (standing.up().isPresent()) tell(standing.spi(), new Input.Probe());
    }

    private void own(Endpoint endpoint, List<StateId> states) {
        // a peer chooses the SPI of what we send into, and may name one that another's tunnel has
        for (var id : states) {
            if (children.getOrDefault(id, endpoint).equals(endpoint)) children = children.plus(id, endpoint);
        }
    }

    private void disown(Endpoint endpoint, List<StateId> states) {
        for (var id : states) {
            if (endpoint.equals(children.get(id))) children = children.minus(id);
        }
    }

    private boolean isAnothers(Endpoint endpoint, StateId id) {
        return !children.getOrDefault(id, endpoint).equals(endpoint);
    }

    // ---- a tunnel stands

    private void moved(IkeSpi spi, UdpAddress remote) {
        var endpoint = Optional.ofNullable(sas.get(spi)).flatMap(Known::endpoint);
        if (endpoint.isEmpty()) return;
        var draft = open(endpoint.get());
        draft.standing(spi).map(standing -> standing.movedTo(remote)).ifPresent(draft::replace);
        orders.add(new Order.Passed("%s: a NAT has given the peer another port, %s".formatted(endpoint.get(), remote)));
        keep(endpoint.get(), draft);
    }

    private void remapped(StateId id, UdpAddress remote) {
        var endpoint = children.get(id);
        if (endpoint == null) return;
        open(endpoint).standing.stream()
                .filter(sa -> sa.has(id))
                .forEach(sa -> tell(sa.spi(), new Input.Remapped(remote)));
    }

    private void established(IkeSpi spi, Effect.Established established) {
        var endpoint = established.endpoint();
        var draft = open(endpoint);
        var admitted = draft.standing(spi);
        if (admitted.isEmpty()) return; // it has finished meanwhile
        var standing = admitted.get()
                .carrying(
                        place++,
                        now,
                        established.view(),
                        admitted.get().confirmed() || established.confirmed(),
                        // one that began without a child has stood since the gate
                        admitted.get().stood().isPresent()
                                ? admitted.get().validity()
                                : validity(endpoint, draft, admitted.get()));
        draft.replace(standing);
        if (draft.isDialledBy(spi)) draft.dialling = Optional.empty();
        // the outbound state has taken the place of its larval; those of others want children of their own
        int reqid = established.child().outbound().reqid();
        draft.acquires.stream()
                .filter(acquire -> acquire.reqid() != reqid)
                .forEach(acquire -> tell(spi, new Input.Wanted(acquire)));
        draft.acquires.clear();
        draft.trouble = Optional.empty();
        if (!standing.closing()) {
            adopted(endpoint, draft);
            settle(draft, standing);
        }
        if (!draft.up) {
            draft.up = true;
            orders.add(new Order.Remember(endpoint, established.peer()));
            orders.add(new Order.Announce(new Event.Up(
                    endpoint,
                    now,
                    established.local(),
                    established.peer(),
                    established.view().remoteCertificate())));
        }
        var questions = draft.going ? List.<Happening.Asked>of() : drain(draft.waiting);
        keep(endpoint, draft);
        answerThoseUp(endpoint);
        questions.forEach(this::happens);
    }

    private Validity validity(Endpoint endpoint, Draft draft, Standing sa) {
        var lifetime = profile(endpoint).map(Profile::ikeLifetime).orElse(IkeLifetime.NEVER);
        var limit = draft.dialling.filter(dial -> dial.spi().equals(sa.spi())).flatMap(Dialling::limit);
        return Reauthentication.of(sa, lifetime, limit, now, entropy);
    }

    /// The peer has told for how long it takes our word.
    private void limited(IkeSpi spi, Instant limit) {
        var endpoint = Optional.ofNullable(sas.get(spi)).flatMap(Known::endpoint);
        if (endpoint.isEmpty()) return;
        var draft = open(endpoint.get());
        if (draft.isDialledBy(spi)) draft.dialling = draft.dialling.map(dial -> dial.limitedTo(limit));
        Reauthentication.limited(draft, spi, limit, now, entropy);
        keep(endpoint.get(), draft);
    }

    /// It has renewed its keys, or is about to, or is done with that.
    private void changed(IkeSpi spi, Effect.Changed changed) {
        var endpoint = Optional.ofNullable(sas.get(spi)).flatMap(Known::endpoint);
        if (endpoint.isEmpty()) return;
        var draft = open(endpoint.get());
        draft.standing(spi).ifPresent(standing -> {
            disown(endpoint.get(), standing.states());
            own(endpoint.get(), changed.states());
            draft.replace(standing.changed(changed.states(), now, changed.view()));
            boolean carries =
                    standing.up().isPresent() && !changed.view().children().isEmpty();
            if (carries) draft.acquires.clear(); // its outbound state has taken the larval's place
        });
        // what a responder was installing may have come to nothing: then nobody need wait for it
        var questions = draft.going ? List.<Happening.Asked>of() : drain(draft.waiting);
        keep(endpoint.get(), draft);
        questions.forEach(this::happens);
    }

    private void confirmed(IkeSpi spi) {
        var endpoint = Optional.ofNullable(sas.get(spi)).flatMap(Known::endpoint);
        if (endpoint.isEmpty()) return;
        var draft = open(endpoint.get());
        draft.standing(spi).map(Standing::knownToPeer).ifPresent(standing -> {
            draft.replace(standing);
            if (!standing.closing()) settle(draft, standing);
        });
        keep(endpoint.get(), draft);
    }

    /// Nobody uses it: the next packet dials anew. Whoever has ordered it wants it to stand, used or not.
    private void idle(IkeSpi spi) {
        var endpoint = Optional.ofNullable(sas.get(spi)).flatMap(Known::endpoint);
        if (endpoint.isEmpty()) return;
        var draft = open(endpoint.get());
        boolean alone =
                draft.staying().size() == 1 && draft.staying().getFirst().spi().equals(spi);
        if (draft.wanted || !alone) return;
        takeDown(endpoint.get(), draft, "nothing has passed for as long as inactivity says");
        keep(endpoint.get(), draft);
    }

    /// Between an SA that carries traffic and the others of its endpoint.
    private void settle(Draft draft, Standing standing) {
        for (var other : draft.staying()) {
            if (!other.spi().equals(standing.spi()) && other.up().isPresent()) {
                settle(draft, Crossing.of(standing, other));
            }
        }
    }

    private void settle(Draft draft, Crossing crossing) {
        var loser = crossing.loser();
        if (crossing.isOursToEnd() && crossing.winner().confirmed()) {
            close(draft, loser, "another IKE SA with this peer was made at the same time, and stays", true);
            return;
        }
        if (crossing.isOursToEnd()) tell(crossing.winner().spi(), new Input.Probe());
        if (crossing.isOurSuccessor()) {
            close(draft, loser, "both ends have proven themselves anew", true);
            return;
        }
        // whoever is to end it may have no rule for that: then we do
        if (loser.closeAt().isEmpty()) {
            draft.replace(loser.closingAt(Optional.of(now.plus(settings.crossingGrace()))));
        }
    }

    /// A successor of what was left stands, or none ever will. The old outbound states go at once; the inbound
    /// ones are left for what is under way.
    private void adopted(Endpoint endpoint, Draft draft) {
        draft.orphan.ifPresent(orphan -> {
            var inbound = new ArrayList<StateId>();
            for (var id : orphan.states()) {
                if (id.destination().equals(endpoint.local())) {
                    inbound.add(id);
                } else {
                    remove(id);
                }
            }
            orphan.leaving().ifPresent(spi -> tell(spi, new Input.Released()));
            var until = now.plus(settings.keepInbound());
            draft.orphan = inbound.isEmpty()
                    ? Optional.empty()
                    : Optional.of(new Orphan(inbound, orphan.peer(), Optional.empty(), Optional.of(until)));
        });
    }

    private void remove(StateId id) {
        children = children.minus(id);
        orders.add(new Order.Remove(id));
    }

    // ---- a tunnel ends

    /// Where a successor waits for this moment, what still sends does so until that one does: so no packet is lost.
    private void leftBehind(IkeSpi spi, List<StateId> outbound) {
        var endpoint = Optional.ofNullable(sas.get(spi)).flatMap(Known::endpoint);
        var others = endpoint.map(this::open).map(Draft::staying).orElse(List.of()).stream()
                .filter(sa -> !sa.spi().equals(spi) && !sa.hasNothing()) // nobody knows whether that ever sends
                .toList();
        if (others.isEmpty() || others.stream().anyMatch(sa -> sa.up().isPresent())) {
            outbound.forEach(this::remove);
            tell(spi, new Input.Released());
        } else {
            leave(endpoint.orElseThrow(), outbound, settings.keepInbound());
            var draft = open(endpoint.get());
            draft.orphan = draft.orphan.map(orphan -> orphan.of(spi));
            keep(endpoint.get(), draft);
        }
    }

    private void failed(IkeSpi spi) {
        var known = sas.get(spi);
        if (known == null) return;
        known.endpoint()
                .flatMap(endpoint -> open(endpoint).standing(spi))
                .ifPresent(standing -> standing.states().forEach(this::remove));
        finished(spi, Ending.REFUSAL, "its IKE SA failed by a bug of Ikebana's; the log says where");
    }

    private void finished(IkeSpi spi, Ending ending, String why) {
        var known = sas.get(spi);
        if (known == null) return;
        sas = sas.minus(spi);
        if (known.endpoint().isEmpty()) {
            orders.add(new Order.Passed(why));
            return;
        }
        var endpoint = known.endpoint().get();
        var draft = open(endpoint);
        draft.waiting.removeIf(question -> question.spi().equals(spi));
        var dial = draft.dialling.filter(dialling -> dialling.spi().equals(spi));
        if (dial.isPresent()) draft.dialling = Optional.empty();
        var stood = draft.standing(spi);
        stood.ifPresent(standing -> {
            draft.standing.remove(standing);
            disown(endpoint, standing.states());
            draft.orphan.ifPresent(orphan -> own(endpoint, orphan.states()));
        });
        if (dial.isPresent()) Reauthentication.failed(draft, now, entropy);
        if (!draft.standing.isEmpty()) {
            // not the last: another carries, or is to carry, the traffic
            takeOver(draft);
            wantOver(endpoint, draft);
            orders.add(new Order.Passed("%s: %s".formatted(endpoint, why)));
        } else if (draft.up && stood.isPresent()) {
            boolean shortLived = stood.get()
                    .upAt()
                    .map(since -> now.isBefore(since.plus(SHORT_LIFE)))
                    .orElse(true);
            // one that was taken down has not failed; one that we have only found broken has
            draft.failures = shortLived && stood.get().told() != Told.TAKEN_DOWN
                    ? another(draft.failures, now)
                    : Failures.rested(now, settings.redialPause());
            draft.trouble = Optional.of(why);
            adopted(endpoint, draft);
            gone(endpoint, draft, Optional.of(stood.get().peer()), why);
        } else if (ending == Ending.CONFUSION && dial.filter(it -> !it.again()).isPresent() && !stopping) {
            // no failure of the peer's; a second one in a row is, or a wrong secret would never be told
            orders.add(new Order.Passed("%s: %s".formatted(endpoint, why)));
            dial(endpoint, draft, true);
        } else if (dial.isPresent() || stood.isPresent()) {
            nothing(endpoint, draft, dial.map(Dialling::at).orElse(now), ending, why);
        } else {
            orders.add(new Order.Passed("%s: %s".formatted(endpoint, why)));
        }
        var questions = draft.going || !draft.standing.isEmpty() ? List.<Happening.Asked>of() : drain(draft.waiting);
        keep(endpoint, draft);
        answerThoseDown(endpoint);
        questions.forEach(this::happens);
    }

    /// Whatever was held back for the sake of what has ended. Where another carries the traffic, it is held back for
    /// that.
    private void takeOver(Draft draft) {
        if (draft.staying().stream().anyMatch(sa -> sa.up().isPresent())) return;
        draft.staying().forEach(sa -> tell(sa.spi(), new Input.TakeOver()));
    }

    /// An attempt came to nothing, and nothing else stands.
    private void nothing(Endpoint endpoint, Draft draft, Instant begun, Ending ending, String why) {
        if (draft.dialling.isPresent()) { // another one is under way
            orders.add(new Order.Passed("%s: %s".formatted(endpoint, why)));
            return;
        }
        draft.trouble = Optional.of(why);
        dropLarvals(draft);
        if (ending == Ending.WANTED) {
            orders.add(new Order.Passed("%s: %s".formatted(endpoint, why)));
        } else {
            draft.failures = another(draft.failures, begun);
            orders.add(new Order.Announce(new Event.Failed(endpoint, now, why)));
        }
        if (ending == Ending.WANTED && draft.wanted) return; // it was wanted again meanwhile, and is dialled again
        answerAll(draft, true, new Answer.Failed(reason(ending), why));
    }

    private void dropLarvals(Draft draft) {
        draft.acquires.forEach(acquire -> orders.add(new Order.DropLarval(acquire)));
        draft.acquires.clear();
    }

    private Failures another(Failures failures, Instant begun) {
        return failures.another(begun, now, settings.redialPause(), entropy.fraction());
    }

    private static Answer.Why reason(Ending ending) {
        return switch (ending) {
            case SILENCE -> Answer.Why.NO_ANSWER;
            case KERNEL -> Answer.Why.KERNEL;
            case REFUSAL, CONFUSION, WANTED -> Answer.Why.REFUSED;
        };
    }

    private void gone(Endpoint endpoint, Draft draft, Optional<Identity> peer, String why) {
        draft.up = false;
        draft.going = true;
        draft.leaving = peer;
        orders.add(new Order.Announce(new Event.Gone(endpoint, now, peer, why)));
    }

    private void goneHeard(Endpoint endpoint) {
        var draft = open(endpoint);
        if (!draft.going) return;
        draft.going = false;
        draft.leaving = Optional.empty();
        var questions = drain(draft.waiting);
        orders.add(new Order.Forget(endpoint));
        keep(endpoint, draft);
        questions.forEach(this::happens);
    }

    private void goneUnheard(Endpoint endpoint) {
        var draft = open(endpoint);
        if (!draft.going) return;
        refuseThoseWaiting(draft, "the hooks of the tunnel before are still to run");
        keep(endpoint, draft);
    }

    private static List<Happening.Asked> drain(List<Happening.Asked> waiting) {
        var questions = List.copyOf(waiting);
        waiting.clear();
        return questions;
    }

    // ---- orders

    private void ordered(long ticket, ikebana.control.Order order) {
        switch (order) {
            case ikebana.control.Order.Up(var endpoint, var patience) -> up(ticket, endpoint, patience);
            case ikebana.control.Order.Down(var endpoint) -> down(ticket, endpoint);
            case ikebana.control.Order.ListTunnels() -> reply(ticket, new Answer.Tunnels(all()));
            case ikebana.control.Order.DescribeTunnel(var endpoint) ->
                reply(ticket, entries.containsKey(endpoint) ? new Answer.Done(view(endpoint)) : none(endpoint));
        }
    }

    private void up(long ticket, Endpoint endpoint, Duration patience) {
        var objection = objection(endpoint);
        if (objection.isPresent()) {
            reply(ticket, new Answer.Failed(Answer.Why.NO_SUCH_PROFILE, objection.get()));
            return;
        }
        if (stopping) {
            reply(ticket, new Answer.Failed(Answer.Why.BUSY, STOPPING));
            return;
        }
        var draft = open(endpoint);
        draft.wanted = true;
        draft.callers.add(new Caller(ticket, true, now.plus(patience)));
        // whoever asks has a reason: the pause after a failure is for packets
        if (draft.dialling.isEmpty() && draft.staying().isEmpty()) dial(endpoint, draft);
        wantOver(endpoint, draft);
        keep(endpoint, draft);
        answerThoseUp(endpoint);
        if (patience.isZero()) review(endpoint);
    }

    /// As if a packet wanted the first child; the kernel has no larval state of this sequence.
    private Acquire withoutPacket(Endpoint endpoint) {
        var flow = profile(endpoint).orElseThrow().flows().getFirst();
        var selector =
                new Selector(Prefix.host(endpoint.local()), Prefix.host(endpoint.remote()), Selector.GRE, flow.key());
        return new Acquire(0, flow.reqid(), endpoint.local(), endpoint.remote(), selector);
    }

    private Optional<String> objection(Endpoint endpoint) {
        var profile = profile(endpoint);
        if (profile.isEmpty()) return Optional.of(noProfile(endpoint));
        if (!profile.get().local().contains(endpoint.local()) || !owns(endpoint.local())) {
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
        if (profile(endpoint).isEmpty()) {
            reply(ticket, new Answer.Failed(Answer.Why.NO_SUCH_PROFILE, noProfile(endpoint)));
            return;
        }
        if (!entries.containsKey(endpoint)) {
            reply(ticket, none(endpoint));
            return;
        }
        var draft = open(endpoint);
        var why = "it was taken down";
        draft.wanted = false;
        dropLarvals(draft);
        answerAll(draft, true, new Answer.Failed(Answer.Why.REFUSED, why));
        takeDown(endpoint, draft, why);
        draft.callers.add(new Caller(ticket, false, now.plus(DOWN_PATIENCE)));
        keep(endpoint, draft);
        answerThoseDown(endpoint);
    }

    private void answerThoseUp(Endpoint endpoint) {
        var draft = open(endpoint);
        if (draft.callers.isEmpty()
                || draft.staying().stream().noneMatch(sa -> sa.up().isPresent())) return;
        answerAll(draft, true, new Answer.Done(view(endpoint)));
        keep(endpoint, draft);
    }

    private void answerThoseDown(Endpoint endpoint) {
        var draft = open(endpoint);
        if (draft.callers.isEmpty() || draft.dialling.isPresent() || !draft.standing.isEmpty()) return;
        answerAll(draft, false, new Answer.Done(view(endpoint)));
        keep(endpoint, draft);
    }

    /// @param up whether to those that wait for the tunnel, else to those that wait for its end
    private void answerAll(Draft draft, boolean up, Answer answer) {
        for (var caller : List.copyOf(draft.callers)) {
            if (caller.up() == up) answer(draft, caller, answer);
        }
    }

    private void answer(Draft draft, Caller caller, Answer answer) {
        draft.callers.remove(caller);
        reply(caller.ticket(), answer);
    }

    private void reply(long ticket, Answer answer) {
        orders.add(new Order.Reply(ticket, answer));
    }

    private static Answer none(Endpoint endpoint) {
        return new Answer.NoTunnel("there is no tunnel %s".formatted(endpoint));
    }

    private List<Tunnel> all() {
        return entries.keySet().stream()
                .sorted(Comparator.comparing(Endpoint::profile)
                        .thenComparing(endpoint -> endpoint.local().raw())
                        .thenComparing(endpoint -> endpoint.remote().raw()))
                .map(this::view)
                .toList();
    }

    private Tunnel view(Endpoint endpoint) {
        return entries.getOrDefault(endpoint, Entry.blank(now)).view(endpoint);
    }

    // ---- the kernel

    private void expired(StateId id, boolean hard) {
        var endpoint = children.get(id);
        if (endpoint == null) return;
        var draft = open(endpoint);
        if (!hard) {
            draft.standing.stream().filter(sa -> sa.has(id)).forEach(sa -> tell(sa.spi(), new Input.GrewOld(id)));
            return;
        }
        draft.standing.stream().filter(sa -> sa.has(id)).forEach(sa -> tell(sa.spi(), new Input.ChildEnded(id)));
        draft.orphan.filter(orphan -> orphan.states().contains(id)).ifPresent(orphan -> {
            children = children.minus(id);
            var rest =
                    orphan.states().stream().filter(state -> !state.equals(id)).toList();
            draft.orphan = Optional.of(new Orphan(rest, orphan.peer(), orphan.dialAt(), orphan.until()));
            if (rest.isEmpty()) unattended(endpoint, draft, "the ESP states that were left have expired");
        });
        keep(endpoint, draft);
    }

    private void found(List<Reply.Seen> states, List<IpAddress> addresses) {
        var lost = own.minusAll(addresses);
        var before = own;
        own = HashTreePSet.from(addresses);
        lost.forEach(this::addressWent);
        if (found) {
            missing(states);
        } else {
            found = true;
            orphans(states);
        }
        for (var seen : states) {
            if (seen instanceof Reply.Larval(var acquire))
                acquired(acquire, Optional.empty()); // an acquire that nobody heard
        }
        addresses.stream().filter(address -> !before.contains(address)).forEach(this::addressCame);
    }

    /// States of ours that vanished while nobody heard it.
    private void missing(List<Reply.Seen> states) {
        var there = ids(states);
        for (var endpoint : Set.copyOf(children.values())) {
            for (var sa : open(endpoint).staying()) {
                // one that has just been installed may be younger than the list
                boolean settled = sa.statesSince().plus(INSTALLED_BY_THEN).isBefore(now);
                for (var id : sa.states()) {
                    if (settled && !there.contains(id)) tell(sa.spi(), new Input.ChildEnded(id));
                }
            }
        }
        // a removal that was lost would leave a state that nobody receives on; those that drain are gone by then anyway
        leftovers(states)
                .forEach((endpoint, ids) ->
                        leave(endpoint, ids, settings.keepInbound().multipliedBy(2)));
    }

    /// States that nobody answers for are left for a while, and then removed.
    private void leave(Endpoint endpoint, List<StateId> ids, Duration left) {
        var draft = open(endpoint);
        ids.forEach(id -> children = children.plus(id, endpoint));
        var before = draft.orphan.orElse(new Orphan(List.of(), Optional.empty(), Optional.empty(), Optional.empty()));
        var all = new ArrayList<>(before.states());
        all.addAll(ids);
        var until = before.until().orElse(now.plus(left));
        draft.orphan = Optional.of(new Orphan(all, before.peer(), before.dialAt(), Optional.of(until)));
        keep(endpoint, draft);
    }

    private static Set<StateId> ids(List<Reply.Seen> states) {
        return states.stream()
                .filter(Reply.Mature.class::isInstance)
                .map(seen -> ((Reply.Mature) seen).id())
                .collect(Collectors.toSet());
    }

    private Map<Endpoint, List<StateId>> leftovers(List<Reply.Seen> states) {
        return Leftovers.among(states, profiles, own, children.keySet());
    }

    private void orphans(List<Reply.Seen> states) {
        var left = leftovers(states);
        var dialAt = now;
        var pace = pace(left.size());
        for (var each : left.entrySet()) {
            var draft = open(each.getKey());
            boolean received = each.getValue().stream()
                    .allMatch(id -> id.destination().equals(each.getKey().local()));
            if (received && !draft.up) {
                // its end had been told; what was left was for packets that were under way
                leave(each.getKey(), each.getValue(), settings.keepInbound());
                continue;
            }
            each.getValue().forEach(id -> children = children.plus(id, each.getKey()));
            var peer = draft.orphan.flatMap(Orphan::peer);
            draft.orphan = Optional.of(new Orphan(
                    each.getValue(), peer, Optional.of(dialAt), Optional.of(now.plus(settings.orphanLifetime()))));
            draft.up = true; // a former run has told so, or was about to
            keep(each.getKey(), draft);
            dialAt = dialAt.plus(pace);
        }
        // and those whose states did not outlive the daemon
        for (var endpoint : List.copyOf(entries.keySet())) {
            var draft = open(endpoint);
            if (draft.orphan.filter(orphan -> orphan.states().isEmpty()).isEmpty()) continue;
            unattended(endpoint, draft, "the daemon was started anew");
            keep(endpoint, draft);
        }
    }

    /// All are dialled within half of their life.
    private Duration pace(int orphans) {
        if (orphans == 0) return BETWEEN_ORPHANS;
        var most = settings.orphanLifetime().dividedBy(2L * orphans);
        return most.compareTo(BETWEEN_ORPHANS) < 0 ? most : BETWEEN_ORPHANS;
    }

    private void remembered(Endpoint endpoint, Identity peer) {
        var draft = open(endpoint);
        draft.up = true;
        draft.orphan = Optional.of(new Orphan(List.of(), Optional.of(peer), Optional.empty(), Optional.empty()));
        keep(endpoint, draft);
    }

    /// Nothing of a former run is left, and nothing has replaced it.
    private void unattended(Endpoint endpoint, Draft draft, String why) {
        var peer = draft.orphan.flatMap(Orphan::peer);
        draft.orphan = Optional.empty();
        if (draft.up && draft.standing.isEmpty()) gone(endpoint, draft, peer, why);
    }

    // ---- addresses

    /// Before the kernel has told its addresses, a profile's are believed.
    private boolean owns(IpAddress address) {
        return own.isEmpty() || own.contains(address);
    }

    private void addressCame(IpAddress address) {
        own = own.plus(address);
        at(address).forEach(endpoint -> keep(endpoint, open(endpoint))); // whoever is wanted is dialled
    }

    private void addressWent(IpAddress address) {
        own = own.minus(address);
        for (var endpoint : at(address)) {
            var draft = open(endpoint);
            takeDown(endpoint, draft, "%s is no longer an address of this host".formatted(address));
            keep(endpoint, draft);
        }
    }

    private List<Endpoint> at(IpAddress local) {
        return entries.keySet().stream()
                .filter(endpoint -> endpoint.local().equals(local))
                .toList();
    }

    // ---- the end

    private void stop() {
        stopping = true;
        for (var endpoint : List.copyOf(entries.keySet())) {
            var draft = open(endpoint);
            takeDown(endpoint, draft, STOPPING);
            keep(endpoint, draft);
        }
        sas.forEach((spi, known) -> {
            if (known.endpoint().isEmpty()) tell(spi, new Input.Close(STOPPING, false));
        });
    }

    // ---- time

    private void woke() {
        while (!alarms.isEmpty() && !alarms.firstKey().at().isAfter(now)) {
            var alarm = alarms.firstKey();
            review(Objects.requireNonNull(alarms.get(alarm)));
            if (alarms.containsKey(alarm)) throw new IllegalStateException("an alarm that nobody hears: " + alarm);
        }
    }

    private void review(Endpoint endpoint) {
        var draft = open(endpoint);
        for (var caller : List.copyOf(draft.callers)) {
            if (!caller.until().isAfter(now)) answer(draft, caller, tooLate(draft));
        }
        for (var sa : List.copyOf(draft.standing)) {
            if (isDue(sa.closeAt())) outstayed(draft, sa);
        }
        for (var sa : draft.staying()) {
            if (isDue(sa.validity().until())) outlived(draft, sa);
        }
        draft.orphan.filter(orphan -> isDue(orphan.until())).ifPresent(orphan -> {
            orphan.states().forEach(this::remove);
            unattended(endpoint, draft, "nobody has replaced the ESP states that were left");
        });
        if (draft.failures.count() > 0 && !draft.failures.forgetAt().isAfter(now)) draft.failures = Failures.NONE;
        keep(endpoint, draft);
    }

    private boolean isDue(Optional<Instant> at) {
        return at.filter(moment -> !moment.isAfter(now)).isPresent();
    }

    private static Answer tooLate(Draft draft) {
        return new Answer.Failed(
                Answer.Why.OUT_OF_PATIENCE,
                draft.trouble
                        .map(trouble -> "not yet; the last trouble was: " + trouble)
                        .orElse("not yet"));
    }

    /// An SA that should have gone by the peer's own rule.
    private void outstayed(Draft draft, Standing sa) {
        boolean alone = draft.staying().size() == 1;
        if (alone || sa.closing()) {
            draft.replace(sa.closingAt(Optional.empty()));
        } else {
            close(draft, sa, "another IKE SA with this peer has taken its place", true);
        }
    }

    /// What its ends have proven has lost its worth, and they have not proven it anew.
    private void outlived(Draft draft, Standing sa) {
        boolean alone = draft.staying().size() == 1;
        close(draft, sa, "its ends have not proven themselves anew within authentication-limit", !alone);
    }

    private Optional<Profile> profile(Endpoint endpoint) {
        return profiles.stream()
                .filter(profile -> profile.name().equals(endpoint.profile()))
                .findFirst();
    }

    private static Instant latest(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }
}
