package ikebana.ike;

import ikebana.auth.Authenticated;
import ikebana.auth.Endpoint;
import ikebana.auth.Identity;
import ikebana.auth.Profile;
import ikebana.auth.Verdict;
import ikebana.crypto.KeyExchangeMethod;
import ikebana.crypto.KeyPair;
import ikebana.kernel.StateId;
import ikebana.negotiation.GreSelectors;
import ikebana.wire.Bytes;
import ikebana.wire.ExchangeType;
import ikebana.wire.IkeSpi;
import ikebana.wire.Payload;
import ikebana.wire.Spi;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Where an IKE SA stands, named by what it waits for.
sealed interface Phase {

    /// It waits for one of our own: the ledger, the hooks, the keeper of the keys, the kernel. Nothing is
    /// listened to, for the peer sends again.
    sealed interface Inner extends Phase {}

    /// @param restarts how often a COOKIE or INVALID_KE_PAYLOAD has made us begin again
    /// @param earlierUntil until when answers to requests before the present one can come: a slow peer answers each
    ///     repetition, and what it says there is not about what we have sent since
    /// @param hint the last error that somebody answered with: not authentic, so we go on trying
    record AwaitInitResponse(
            Dial dial,
            KeyExchangeMethod method,
            KeyPair pair,
            Bytes nonce,
            Optional<Bytes> cookie,
            int restarts,
            Instant earlierUntil,
            Optional<String> hint)
            implements Phase {

        AwaitInitResponse hinted(String error) {
            return new AwaitInitResponse(dial, method, pair, nonce, cookie, restarts, earlierUntil, Optional.of(error));
        }

        AwaitInitResponse anewWith(Bytes another, Instant until) {
            return new AwaitInitResponse(
                    dial, method, pair, nonce, Optional.of(another), restarts + 1, latest(until), hint);
        }

        AwaitInitResponse anewWith(KeyExchangeMethod another, KeyPair generated, Instant until) {
            return new AwaitInitResponse(dial, another, generated, nonce, cookie, restarts + 1, latest(until), hint);
        }

        private Instant latest(Instant until) {
            return until.isAfter(earlierUntil) ? until : earlierUntil;
        }
    }

    /// Initiator: the second key exchange, in IKE_INTERMEDIATE.
    record AwaitIntermediateResponse(Dial dial, Negotiated negotiated, KeyPair pair) implements Phase {}

    /// Responder: the same.
    ///
    /// @param until the initiator has so long, for this and to authenticate
    record AwaitIntermediateRequest(Negotiated negotiated, Instant until) implements Phase {}

    /// Initiator, keys agreed: may we authenticate, or does `gone` of an earlier tunnel still run?
    record AwaitClearance(Dial dial, Negotiated negotiated, Ticket ticket) implements Inner {}

    /// Initiator: the keeper of the keys mixes our post-quantum key into those of the SA.
    record AwaitOurPpk(Dial dial, Negotiated negotiated, boolean initialContact, Ticket ticket) implements Inner {}

    /// Initiator: the keeper of the keys computes our AUTH.
    ///
    /// @param first our AUTH, when it is once more computed for a peer that has not our post-quantum key
    record AwaitOurAuth(
            Dial dial, Negotiated negotiated, boolean initialContact, Optional<Verdict.Signed> first, Ticket ticket)
            implements Inner {}

    /// @param inbound the SPI that we offered for what we receive
    record AwaitAuthResponse(Dial dial, Negotiated negotiated, Spi inbound) implements Phase {}

    /// Initiator: the keeper of the keys says whether the responder's AUTH is true.
    record AwaitResponderProof(Dial dial, Negotiated negotiated, Spi inbound, List<Payload> answer, Ticket ticket)
            implements Inner {}

    /// @param until the initiator has so long to authenticate
    record AwaitAuthRequest(Negotiated negotiated, Instant until) implements Phase {}

    /// Responder: the keeper of the keys mixes the post-quantum key that the initiator has named into those of the SA.
    ///
    /// @param profiles whose key it is, and that the initiator may mean
    record AwaitInitiatorPpk(Negotiated negotiated, AuthRequest request, List<Profile> profiles, Ticket ticket)
            implements Inner {}

    /// Responder: the keeper of the keys says whether the initiator's AUTH is true.
    record AwaitInitiatorProof(Negotiated negotiated, AuthRequest request, Ticket ticket) implements Inner {}

    /// @param child what was agreed, or why there is none
    record AwaitResponderAuth(
            Negotiated negotiated,
            AuthRequest request,
            Authenticated peer,
            Profile profile,
            FirstChild.Planned child,
            Ticket ticket)
            implements Inner {}

    /// Both sides are proven: the ledger decides whether this SA may stand.
    record AwaitAdmission(Agreed agreed, Ticket ticket) implements Inner {}

    /// Inbound first: a responder's must be there before its response leaves.
    ///
    /// @param confirm whether the outbound state waits until the peer is known to receive
    record AwaitInbound(Agreed agreed, boolean confirm, Ticket ticket) implements Inner {}

    /// The inbound state stands.
    record AwaitOutbound(Agreed agreed, Ticket ticket) implements Inner {}

    /// @param heardAt when the peer last said something authentic
    /// @param children the oldest first
    /// @param asked what our request in flight is about
    /// @param answering a request of the peer's that waits for the kernel
    /// @param awaited what the peer has half made, one at a time
    /// @param bare whether we have no child, and want one
    /// @param traffic what the kernel's counters say of the peer
    /// @param age of the IKE SA itself
    /// @param demands packets that wait for further children, at most one for each of the profile's flows
    record Established(
            Agreed agreed,
            Instant heardAt,
            List<ChildSa> children,
            Optional<Asked> asked,
            Optional<Answering> answering,
            Optional<Awaited> awaited,
            Optional<Bare> bare,
            Traffic traffic,
            Age age,
            List<Demand> demands)
            implements Phase {
        public Established {
            children = List.copyOf(children);
            demands = List.copyOf(demands);
        }

        static Established with(Agreed agreed, Instant now, Age age, ChildSa.Outbound outbound) {
            return new Established(
                    agreed,
                    now,
                    List.of(ChildSa.first(agreed, now, outbound)),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Traffic.from(now),
                    age,
                    List.of());
        }

        /// Without a child (RFC 6023).
        static Established childless(Agreed agreed, Instant now, Age age) {
            return new Established(
                    agreed,
                    now,
                    List.of(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    agreed.wish().map(wish -> new Bare(wish, now, 0)),
                    Traffic.from(now),
                    age,
                    List.of());
        }

        /// The first child of one that began without has come.
        Established with(First came) {
            return new Established(
                    agreed.with(came), heardAt, children, asked, answering, awaited, bare, traffic, age, demands);
        }

        Established heard(Instant now) {
            return new Established(agreed, now, children, asked, answering, awaited, bare, traffic, age, demands);
        }

        Established asks(Asked changed) {
            return new Established(
                    agreed, heardAt, children, Optional.of(changed), answering, awaited, bare, traffic, age, demands);
        }

        Established answered() {
            return new Established(
                    agreed, heardAt, children, Optional.empty(), answering, awaited, bare, traffic, age, demands);
        }

        Established answers(Optional<Answering> changed) {
            return new Established(agreed, heardAt, children, asked, changed, awaited, bare, traffic, age, demands);
        }

        Established awaits(Optional<Awaited> changed) {
            return new Established(agreed, heardAt, children, asked, answering, changed, bare, traffic, age, demands);
        }

        /// Nothing comes of what the peer had half made: neither does our own wish for the same have a rival in it.
        Established forsaken() {
            if (awaited.isEmpty()) return this;
            var alone = awaitedChild().isPresent()
                            && asked.orElse(null) instanceof Creation ours
                            && ours.rival()
                                    .filter(it -> it.inbound()
                                            .equals(awaitedChild().get().inbound()))
                                    .isPresent()
                    ? asks(ours.against(Optional.empty()))
                    : this;
            return alone.awaits(Optional.empty());
        }

        /// The child that the peer has half made.
        Optional<HalfMade.OfChild> awaitedChild() {
            return awaited.map(Awaited::half)
                    .filter(HalfMade.OfChild.class::isInstance)
                    .map(HalfMade.OfChild.class::cast);
        }

        /// The IKE SA that the peer has half made.
        Optional<HalfMade.OfIke> awaitedIke() {
            return awaited.map(Awaited::half)
                    .filter(HalfMade.OfIke.class::isInstance)
                    .map(HalfMade.OfIke.class::cast);
        }

        Established bare(Optional<Bare> changed) {
            return new Established(
                    agreed, heardAt, children, asked, answering, awaited, changed, traffic, age, demands);
        }

        Established with(Traffic changed) {
            return new Established(agreed, heardAt, children, asked, answering, awaited, bare, changed, age, demands);
        }

        private Established with(List<ChildSa> changed) {
            return new Established(agreed, heardAt, changed, asked, answering, awaited, bare, traffic, age, demands);
        }

        Established demanding(List<Demand> changed) {
            return new Established(agreed, heardAt, children, asked, answering, awaited, bare, traffic, age, changed);
        }

        /// In the place of the one for the same packets, if there is one.
        Established demands(Demand changed) {
            int reqid = changed.flow().reqid();
            var others = demands.stream().filter(one -> one.flow().reqid() != reqid);
            return demanding(Stream.concat(others, Stream.of(changed)).toList());
        }

        Optional<Demand> demand(int reqid) {
            return demands.stream().filter(one -> one.flow().reqid() == reqid).findFirst();
        }

        /// The reqids of what has a child, or is about to.
        Set<Integer> served() {
            var standing = children.stream().filter(ChildSa::isWanted).map(ChildSa::reqid);
            var ours = asked.stream()
                    .filter(Creation.class::isInstance)
                    .map(it -> ((Creation) it).wish().reqid());
            var theirs = answering.stream().map(it -> it.child().reqid());
            var halves = awaitedChild().stream().map(it -> it.wish().reqid());
            return Stream.of(standing, ours, theirs, halves).flatMap(one -> one).collect(Collectors.toSet());
        }

        boolean serves(int reqid) {
            return served().contains(reqid);
        }

        /// The same, over the IKE SA that follows this one: it inherits the children, and nothing that was asked.
        Established inheritedBy(Negotiated successor, Age fresh) {
            return new Established(
                    agreed.with(successor),
                    heardAt,
                    children.stream().map(ChildSa::inherited).toList(),
                    Optional.empty(),
                    answering,
                    Optional.empty(),
                    bare,
                    traffic,
                    fresh,
                    demands);
        }

        /// There is no successor yet.
        Established renewingAt(Instant next) {
            return with(new Age(Optional.of(next), age.failures() + 1, age.forgotten()));
        }

        private Established with(Age changed) {
            return new Established(
                    agreed, heardAt, children, asked, answering, awaited, bare, traffic, changed, demands);
        }

        /// The peer knows nothing of what it had half agreed to (RFC 9370 2.2.4).
        Established forgotten() {
            return with(new Age(age.renewAt(), age.failures(), age.forgotten() + 1));
        }

        /// It has known for once.
        Established remembered() {
            return age.forgotten() == 0 ? this : with(new Age(age.renewAt(), age.failures(), 0));
        }

        Established plus(ChildSa child) {
            var more = new ArrayList<>(children);
            more.add(child);
            return with(more);
        }

        Established minus(ChildSa child) {
            return with(children.stream()
                    .filter(one -> !one.inbound().equals(child.inbound()))
                    .toList());
        }

        /// The same behind another port of a NAT.
        Established on(Path path) {
            var moved = with(children.stream().map(child -> child.on(path)).toList());
            return answering.isEmpty()
                    ? moved
                    : moved.answers(answering.map(it -> it.with(it.child().on(path))));
        }

        /// The child of the same inbound SPI, changed.
        Established replace(ChildSa changed) {
            return with(children.stream()
                    .map(one -> one.inbound().equals(changed.inbound()) ? changed : one)
                    .toList());
        }

        Optional<ChildSa> child(Spi inbound) {
            return children.stream()
                    .filter(one -> one.inbound().equals(inbound))
                    .findFirst();
        }

        /// Whether no child carries traffic, or will: nor one that the peer is to delete, whose successor may fail.
        boolean isWithoutChildren() {
            return !carriesTraffic()
                    && !agreed.isLeftToThePeer()
                    && children.stream().noneMatch(child -> child.fate() instanceof ChildSa.Replaced)
                    && asked.filter(Creation.class::isInstance).isEmpty()
                    && answering.isEmpty()
                    && awaitedChild().isEmpty()
                    && bare.isEmpty();
        }

        boolean carriesTraffic() {
            return children.stream().anyMatch(ChildSa::isWanted);
        }

        /// What the kernel has for this SA, or soon will have.
        List<StateId> states() {
            return Stream.concat(
                            children.stream().flatMap(child -> child.states().stream()),
                            answering.stream()
                                    .map(waiting ->
                                            waiting.child().pair().inbound().id()))
                    .toList();
        }
    }

    /// The peer has lost our only child, or there has been none yet: one is asked for.
    ///
    /// @param lost what it was
    /// @param notBefore the peer could not, the last time
    /// @param failures in a row
    record Bare(Wish lost, Instant notBefore, int failures) {}

    /// @param renewAt when the IKE SA gets a successor; empty is never
    /// @param failures of that, in a row
    /// @param forgotten how often in a row the peer has known nothing of what it had half agreed to (RFC 9370)
    record Age(Optional<Instant> renewAt, int failures, int forgotten) {}

    /// What our request in flight is about.
    sealed interface Asked {}

    /// Is the peer there?
    record Liveness() implements Asked {}

    /// @param inbound of the child that we delete
    record Deletion(Spi inbound) implements Asked {}

    /// A child that we want.
    ///
    /// @param replaces the inbound SPI of its predecessor
    /// @param reqid of the policies whose packets it is to carry
    /// @param acquireSequence of the acquire that wants it; 0 when nobody waits
    record Wish(Optional<Spi> replaces, GreSelectors selectors, int reqid, int acquireSequence) {
        static Wish successorOf(ChildSa child) {
            return new Wish(Optional.of(child.inbound()), child.selectors(), child.reqid(), 0);
        }

        Wish replacing(Optional<Spi> predecessor) {
            return new Wish(predecessor, selectors, reqid, acquireSequence);
        }
    }

    /// A child, made by CREATE_CHILD_SA.
    ///
    /// @param inbound the SPI that we offer
    /// @param fresh where the exchange has a key exchange of its own
    /// @param rival what the peer has made of the same predecessor, or for the same packets, meanwhile
    ///     (2.8.1)
    /// @param stillborn what the peer has deleted meanwhile and we do not have: perhaps it is what its
    ///     answer, which was lost on its way, says that it has made
    /// @param half once CREATE_CHILD_SA is answered, where a second key exchange follows: `fresh` is that one then
    record Creation(
            Wish wish,
            Spi inbound,
            Bytes nonce,
            Optional<Fresh> fresh,
            Optional<Rival> rival,
            List<Bytes> stillborn,
            int restarts,
            Optional<HalfMade.OfChild> half)
            implements Asked {
        private static final int MOST_STILLBORN = 8;

        Creation(Wish wish, Spi inbound, Bytes nonce, Optional<Fresh> fresh, int restarts) {
            this(wish, inbound, nonce, fresh, Optional.empty(), List.of(), restarts, Optional.empty());
        }

        Creation against(Optional<Rival> another) {
            return new Creation(wish, inbound, nonce, fresh, another, stillborn, restarts, half);
        }

        Creation without(List<Bytes> deleted) {
            var all = Stream.concat(stillborn.stream(), deleted.stream())
                    .limit(MOST_STILLBORN)
                    .toList();
            return new Creation(wish, inbound, nonce, fresh, rival, all, restarts, half);
        }

        /// CREATE_CHILD_SA is answered: a second key exchange follows.
        Creation halfMade(HalfMade.OfChild made, Fresh second) {
            return new Creation(
                    wish, inbound, nonce, Optional.of(second), rival, stillborn, restarts, Optional.of(made));
        }

        Optional<Spi> replaces() {
            return wish.replaces();
        }
    }

    /// The IKE SA that follows this one (RFC 7296 1.3.2).
    ///
    /// @param spi ours, of the new one
    /// @param half as in [Creation]
    record Renewal(IkeSpi spi, Bytes nonce, Fresh fresh, int restarts, Optional<HalfMade.OfIke> half) implements Asked {

        /// CREATE_CHILD_SA is answered: a second key exchange follows.
        Renewal halfMade(HalfMade.OfIke made, Fresh second) {
            return new Renewal(spi, nonce, second, restarts, Optional.of(made));
        }
    }

    record Fresh(KeyExchangeMethod method, KeyPair pair) {}

    record Rival(Spi inbound, Bytes lowestNonce) {}

    /// What the peer has half made: its IKE_FOLLOWUP_KE is to come (RFC 9370 2.2.4).
    ///
    /// @param link what that has to name
    /// @param until the peer has so long
    record Awaited(HalfMade half, Bytes link, Instant until) {}

    /// A request whose inbound state is being installed; it is answered then.
    ///
    /// @param exchange the one that is answered: CREATE_CHILD_SA, or IKE_FOLLOWUP_KE
    /// @param child with its outbound state as it will be
    /// @param until the kernel has so long
    record Answering(
            Datagram request,
            ExchangeType exchange,
            ChildSa child,
            List<Payload> payloads,
            Ticket ticket,
            Instant until) {
        public Answering {
            payloads = List.copyOf(payloads);
        }

        Answering with(ChildSa changed) {
            return new Answering(request, exchange, changed, payloads, ticket, until);
        }
    }

    /// Our goodbye is under way.
    ///
    /// @param unsaid what is still to be said, as soon as the request before it has been answered: there is one
    ///     at a time, and a peer drops what is ahead of its window
    /// @param inbound empty when nothing of this SA is in the kernel any more
    /// @param unfinished a rekeying whose answer is still to come: what it makes has to be deleted, too
    record Deleting(
            Negotiated negotiated,
            String why,
            List<Payload> unsaid,
            List<Draining> inbound,
            Optional<Unfinished> unfinished)
            implements Phase {
        public Deleting {
            unsaid = List.copyOf(unsaid);
            inbound = List.copyOf(inbound);
        }

        /// All that was to be said is said, or is under way.
        Deleting said() {
            return new Deleting(negotiated, why, List.of(), inbound, Optional.empty());
        }

        /// The peer has answered, and so has stopped to send: what is under way is received until then.
        Deleting heard(Instant until) {
            var left =
                    inbound.stream().map(one -> new Draining(one.id(), until)).toList();
            return new Deleting(negotiated, why, unsaid, left, unfinished);
        }
    }

    record Unfinished(Agreed agreed, Renewal asked) {}

    /// It is over, and our last answer may have been lost: whoever asks again gets the same bytes.
    ///
    /// @param spi the SPI under which it asks
    /// @param withheld that answer, while another SA is about to send in the place of this one: a peer that
    ///     has it no longer receives here
    record Lingering(String why, IkeSpi spi, Instant until, List<Draining> inbound, List<Datagram> withheld)
            implements Phase {
        public Lingering {
            inbound = List.copyOf(inbound);
            withheld = List.copyOf(withheld);
        }

        Lingering(String why, IkeSpi spi, Instant until, List<Draining> inbound) {
            this(why, spi, until, inbound, List.of());
        }

        Lingering withholding(List<Datagram> answer) {
            return new Lingering(why, spi, until, inbound, answer);
        }
    }

    /// Nothing more will happen to it; also what it is before its first step.
    record Closed(String why) implements Phase {}

    /// An inbound state that outlives its SA, for packets that are under way.
    record Draining(StateId id, Instant until) {}

    /// An IKE_AUTH request that has been opened.
    ///
    /// @param bytes as it came, to know it when it comes again
    record AuthRequest(Bytes bytes, Path path, List<Payload> payloads) {
        Datagram datagram() {
            return new Datagram(path, bytes);
        }
    }

    /// Both sides are proven, and what is to become of it is agreed.
    ///
    /// @param child the first one, with its selectors; empty as long as there has been none (RFC 6023)
    /// @param wish what we shall ask for over an IKE SA that we have begun without a child
    /// @param response what a responder still has to send, with the request that it answers
    record Agreed(
            Negotiated negotiated,
            Profile profile,
            Endpoint endpoint,
            Identity local,
            Authenticated peer,
            Optional<First> child,
            Optional<Wish> wish,
            Optional<Answer> response) {
        Agreed with(Negotiated successor) {
            return new Agreed(successor, profile, endpoint, local, peer, child, wish, response);
        }

        /// One that has come after all.
        Agreed with(First came) {
            return new Agreed(negotiated, profile, endpoint, local, peer, Optional.of(came), wish, response);
        }

        Child first() {
            return child.orElseThrow().pair();
        }

        /// For the same packets as one that is lost. Whoever had asked for that: now it is us, and the halves of a key
        /// change places.
        Wish insteadOf(ChildSa lost) {
            var selectors = profile.flow(lost.reqid())
                    .map(flow -> GreSelectors.between(endpoint.local(), endpoint.remote(), flow.key()))
                    .orElse(lost.selectors());
            return new Wish(Optional.empty(), selectors, lost.reqid(), 0);
        }

        /// Whether the peer has begun without a child, and makes one when it likes.
        boolean isLeftToThePeer() {
            return child.isEmpty() && response.isPresent();
        }
    }

    /// @param selectors as if we had begun: `initiators` is us
    record First(Child pair, GreSelectors selectors) {}

    record Answer(AuthRequest request, List<Payload> payloads) {}
}
