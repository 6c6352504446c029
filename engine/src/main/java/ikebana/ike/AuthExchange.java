package ikebana.ike;

import ikebana.auth.Authenticated;
import ikebana.auth.Endpoint;
import ikebana.auth.Identity;
import ikebana.auth.Profile;
import ikebana.auth.Question;
import ikebana.auth.Verdict;
import ikebana.negotiation.Refusal;
import ikebana.negotiation.Selection;
import ikebana.wire.Authentication;
import ikebana.wire.Bytes;
import ikebana.wire.Delete;
import ikebana.wire.ExchangeType;
import ikebana.wire.Identification;
import ikebana.wire.Message;
import ikebana.wire.Notify;
import ikebana.wire.NotifyType;
import ikebana.wire.Payload;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// IKE_AUTH, RFC 7296 1.2, in both roles: who the other one is. What the first child is to be says [FirstChild]; what
/// becomes of it all is for [Establishment].
final class AuthExchange {
    private final Desk desk;
    private final Establishment establishment;
    private final FirstChild firstChild;
    private final List<Profile> profiles;
    private final CrashTokens tokens;

    /// @param establishment what follows when both sides are proven
    AuthExchange(
            Desk desk, Establishment establishment, FirstChild firstChild, List<Profile> profiles, CrashTokens tokens) {
        this.desk = desk;
        this.establishment = establishment;
        this.firstChild = firstChild;
        this.profiles = List.copyOf(profiles);
        this.tokens = tokens;
    }

    // ---- initiator

    /// There are keys: may we authenticate?
    static Step<SaState, Effect> begin(SaState state, Dial dial, Negotiated negotiated) {
        var ticket = state.ticket();
        return Step.to(
                state.drawn().in(new Phase.AwaitClearance(dial, negotiated, ticket)),
                new Effect.MayAuthenticate(ticket, dial.endpoint()));
    }

    Step<SaState, Effect> cleared(SaState state, Ticket ticket, boolean initialContact) {
        if (!(state.phase() instanceof Phase.AwaitClearance(var dial, var negotiated, var awaited))
                || !awaited.equals(ticket)) {
            return Step.to(state);
        }
        if (!(negotiated.mixing() instanceof Mixing.Agreed)) {
            return sign(state, dial, negotiated, initialContact, Optional.empty());
        }
        return PostQuantumKey.mixOurs(state, dial, negotiated, initialContact);
    }

    private Step<SaState, Effect> mixed(SaState state, Phase.AwaitOurPpk waiting, Verdict verdict) {
        if (!(verdict instanceof Verdict.Mixed(var keys))) {
            return Desk.finish(state, Ending.REFUSAL, sentence(verdict));
        }
        var negotiated = waiting.negotiated().with(new Mixing.Known(keys));
        return sign(state, waiting.dial(), negotiated, waiting.initialContact(), Optional.empty());
    }

    /// @param first our AUTH with the post-quantum key, if this is the one without it
    private Step<SaState, Effect> sign(
            SaState state, Dial dial, Negotiated negotiated, boolean initialContact, Optional<Verdict.Signed> first) {
        var body = identification(dial.profile(), dial.endpoint(), true).body();
        var question = new Question.Sign(
                dial.profile().name(),
                Optional.empty(),
                Identity.of(dial.endpoint().remote()),
                negotiated.keys().suite().prf(),
                (first.isPresent() ? negotiated : negotiated.ifMixed()).ourOctets(body),
                CertificatePayloads.announced(negotiated));
        var next = state.ticket();
        return Step.to(
                state.drawn().in(new Phase.AwaitOurAuth(dial, negotiated, initialContact, first, next)),
                new Effect.AskCredentials(next, question));
    }

    Step<SaState, Effect> credentialsSaid(SaState state, Instant now, Ticket ticket, Verdict verdict) {
        return switch (state.phase()) {
            case Phase.AwaitOurPpk waiting when waiting.ticket().equals(ticket) -> mixed(state, waiting, verdict);
            case Phase.AwaitInitiatorPpk waiting
            when waiting.ticket().equals(ticket) -> mixed(state, now, waiting, verdict);
            case Phase.AwaitOurAuth waiting
            when waiting.ticket().equals(ticket) -> request(state, now, waiting, verdict);
            case Phase.AwaitResponderProof waiting
            when waiting.ticket().equals(ticket) -> responderProven(state, now, waiting, verdict);
            case Phase.AwaitInitiatorProof waiting
            when waiting.ticket().equals(ticket) -> initiatorProven(state, now, waiting, verdict);
            case Phase.AwaitResponderAuth waiting
            when waiting.ticket().equals(ticket) -> answered(state, now, waiting, verdict);
            default -> Step.to(state); // a ticket that nobody waits for any more
        };
    }

    private Step<SaState, Effect> request(SaState state, Instant now, Phase.AwaitOurAuth waiting, Verdict verdict) {
        if (!(verdict instanceof Verdict.Signed signed)) {
            return Desk.finish(state, Ending.REFUSAL, sentence(verdict));
        }
        var dial = waiting.dial();
        if (PostQuantumKey.needsAnotherAuth(waiting)) {
            return sign(state, dial, waiting.negotiated(), waiting.initialContact(), Optional.of(signed));
        }
        var ours = waiting.first().orElse(signed);
        var inbound = desk.entropy().espSpi();
        var selectors = FirstChild.offered(dial);
        var payloads = new ArrayList<Payload>();
        payloads.add(identification(dial.profile(), dial.endpoint(), true));
        payloads.addAll(ours.certificates());
        payloads.addAll(CertificatePayloads.wanted(List.of(dial.profile())));
        if (waiting.initialContact()) payloads.add(Notify.of(NotifyType.INITIAL_CONTACT));
        payloads.add(new Authentication(ours.method(), ours.data()));
        payloads.addAll(PostQuantumKey.said(waiting, signed));
        tokens.of(state.spi()).ifPresent(payloads::add);
        if (!FirstChild.isChildless(dial, waiting.negotiated())) {
            payloads.add(Notify.of(NotifyType.USE_TRANSPORT_MODE));
            payloads.add(Selection.offerEsp(dial.profile().espProposals(), inbound));
            payloads.add(selectors.initiators());
            payloads.add(selectors.responders());
        }
        return desk.request(
                state.in(new Phase.AwaitAuthResponse(dial, waiting.negotiated(), inbound)),
                now,
                waiting.negotiated(),
                ExchangeType.Known.IKE_AUTH,
                payloads);
    }

    Step<SaState, Effect> response(
            SaState state, Instant now, Phase.AwaitAuthResponse waiting, Message message, Desk.Opened opened) {
        if (!message.header().response()) return Step.to(state); // none is served before IKE_AUTH is over
        return switch (opened) {
            case Desk.Opened.Forged(var why) -> Step.to(state, new Effect.Ignored(why));
            case Desk.Opened.Malformed(var why) ->
                refused(
                        state.with(state.window().answered()),
                        now,
                        waiting.negotiated(),
                        List.of(Delete.ikeSa()),
                        "a malformed IKE_AUTH response: " + why);
            case Desk.Opened.Payloads(var payloads, var _) -> response(state, now, waiting, payloads);
        };
    }

    private Step<SaState, Effect> response(
            SaState state, Instant now, Phase.AwaitAuthResponse waiting, List<Payload> payloads) {
        var answered = state.with(state.window().answered());
        var critical = Message.unsupportedCritical(payloads);
        if (critical.isPresent()) { // RFC 7296 2.5: rejected as a whole; the responder believes that all is well
            var refusal = new Refusal.UnsupportedCriticalPayload(critical.get());
            return refused(answered, now, waiting.negotiated(), List.of(Delete.ikeSa()), refusal.sentence());
        }
        var id = Message.all(payloads, Identification.class)
                .filter(payload -> !payload.ofInitiator())
                .findFirst();
        var auth = Message.first(payloads, Authentication.class);
        if (id.isEmpty() || auth.isEmpty()) {
            var why = Desk.error(payloads)
                    .map(error -> "the peer refused us: " + error)
                    .orElse("an IKE_AUTH response without IDr or AUTH");
            boolean confused = waiting.negotiated().doubt() && Message.has(payloads, NotifyType.AUTHENTICATION_FAILED);
            return confused
                    ? Desk.finish(answered, Ending.CONFUSION, why + Negotiated.HINT)
                    : Desk.finish(answered, Ending.REFUSAL, why);
        }
        var remote = new Identity(id.get().idType(), id.get().data());
        var profile = waiting.dial().profile();
        boolean mixed = PostQuantumKey.hasIt(payloads);
        if (!mixed && PostQuantumKey.isRequired(profile)) {
            return refused(
                    answered,
                    now,
                    waiting.negotiated(),
                    List.of(Notify.of(NotifyType.AUTHENTICATION_FAILED)),
                    "authentication failed: the peer has not our post-quantum key, which is required");
        }
        var negotiated = waiting.negotiated().decided(mixed);
        var question = new Question.Verify(
                profile.accepts(remote) ? List.of(profile.name()) : List.of(),
                remote,
                negotiated.keys().suite().prf(),
                negotiated.theirOctets(id.get().body()),
                auth.get().method(),
                auth.get().data(),
                CertificatePayloads.carried(payloads));
        var ticket = state.ticket();
        return Step.to(
                answered.drawn()
                        .in(new Phase.AwaitResponderProof(
                                waiting.dial(), negotiated, waiting.inbound(), payloads, ticket)),
                new Effect.AskCredentials(ticket, question));
    }

    private Step<SaState, Effect> responderProven(
            SaState state, Instant now, Phase.AwaitResponderProof waiting, Verdict verdict) {
        var negotiated = waiting.negotiated();
        if (!(verdict instanceof Verdict.Proven(Authenticated peer))) {
            // RFC 7296 2.21.2: the responder believes that all is well, and has to be told
            return refused(
                    state, now, negotiated, List.of(Notify.of(NotifyType.AUTHENTICATION_FAILED)), sentence(verdict));
        }
        return switch (firstChild.agreed(state.path(), waiting)) {
            case FirstChild.NoChild(var refusal) ->
                refused(state, now, negotiated, List.of(Delete.ikeSa()), refusal.sentence());
            case FirstChild.ChildLater() -> {
                var dial = waiting.dial();
                var wish = new Phase.Wish(
                        Optional.empty(), FirstChild.offered(dial), dial.flow().reqid(), dial.acquireSequence());
                yield proven(state, waiting, peer, Optional.empty(), Optional.of(wish));
            }
            case FirstChild.Plan(var child, var selectors, var _) ->
                proven(state, waiting, peer, Optional.of(new Phase.First(child, selectors)), Optional.empty());
        };
    }

    private Step<SaState, Effect> proven(
            SaState state,
            Phase.AwaitResponderProof waiting,
            Authenticated peer,
            Optional<Phase.First> child,
            Optional<Phase.Wish> wish) {
        var dial = waiting.dial();
        var agreed = new Phase.Agreed(
                waiting.negotiated().knowing(CrashTokens.told(waiting.answer())),
                dial.profile(),
                dial.endpoint(),
                dial.profile().identityAt(dial.endpoint().local()),
                peer,
                child,
                wish,
                Optional.empty());
        var asked = establishment.ask(state, agreed, false);
        var within = AuthLifetime.in(waiting.answer()).map(Effect.AuthenticateWithin::new);
        return within.map(limit -> Desk.first(asked, limit)).orElse(asked);
    }

    // ---- responder

    Step<SaState, Effect> request(
            SaState state,
            Instant now,
            Phase.AwaitAuthRequest waiting,
            Datagram datagram,
            Message message,
            Desk.Opened opened) {
        if (message.header().response() || !message.header().exchange().equals(ExchangeType.Known.IKE_AUTH)) {
            return Step.to(state, new Effect.Ignored("not an IKE_AUTH request"));
        }
        // a member must not claim the address of another by a forged source
        if (!datagram.path().remote().ip().equals(state.path().remote().ip())
                || !datagram.path().local().ip().equals(state.path().local().ip())) {
            return Step.to(state, new Effect.Ignored("an IKE_AUTH request from another address"));
        }
        return switch (opened) {
            case Desk.Opened.Forged(var why) -> Step.to(state, new Effect.Ignored(why));
            case Desk.Opened.Malformed(var why) ->
                refuse(state, now, waiting.negotiated(), datagram, NotifyType.INVALID_SYNTAX, why);
            case Desk.Opened.Payloads(var payloads, var _) -> request(state, now, waiting, datagram, payloads);
        };
    }

    private Step<SaState, Effect> request(
            SaState state, Instant now, Phase.AwaitAuthRequest waiting, Datagram datagram, List<Payload> payloads) {
        var negotiated = waiting.negotiated();
        var critical = Message.unsupportedCritical(payloads);
        if (critical.isPresent()) {
            var code = Bytes.of((byte) (int) critical.get());
            var refusal = new Refusal.UnsupportedCriticalPayload(critical.get());
            return refuse(
                    state,
                    now,
                    negotiated,
                    datagram,
                    Notify.of(NotifyType.UNSUPPORTED_CRITICAL_PAYLOAD, code),
                    refusal.sentence());
        }
        var id = Message.all(payloads, Identification.class)
                .filter(Identification::ofInitiator)
                .findFirst();
        var auth = Message.first(payloads, Authentication.class);
        if (id.isEmpty()) {
            return refuse(
                    state, now, negotiated, datagram, NotifyType.INVALID_SYNTAX, "an IKE_AUTH request without IDi");
        }
        if (auth.isEmpty()) { // RFC 7296 2.16: the peer wants EAP
            return refuse(state, now, negotiated, datagram, NotifyType.AUTHENTICATION_FAILED, "the peer wants EAP");
        }
        var request = new Phase.AuthRequest(datagram.bytes(), datagram.path(), payloads);
        var fitting = candidates(state, negotiated, identity(id.get()), payloads);
        var owners = PostQuantumKey.owners(fitting, payloads);
        if (negotiated.mixing() instanceof Mixing.Agreed && !owners.isEmpty()) {
            return PostQuantumKey.mixTheirs(state, negotiated, request, owners);
        }
        var plain = negotiated.decided(false);
        return switch (PostQuantumKey.without(fitting, payloads)) {
            case PostQuantumKey.Without.Refused(var why) -> {
                var sentence = "%s: authentication failed: %s"
                        .formatted(datagram.path().remote(), why);
                yield refuse(state, now, plain, datagram, NotifyType.AUTHENTICATION_FAILED, sentence);
            }
            case PostQuantumKey.Without.Presented(var candidates, var proof) ->
                verify(state, plain, request, candidates, proof);
        };
    }

    private Step<SaState, Effect> mixed(SaState state, Instant now, Phase.AwaitInitiatorPpk waiting, Verdict verdict) {
        var request = waiting.request();
        if (!(verdict instanceof Verdict.Mixed(var keys))) {
            return refuse(
                    state,
                    now,
                    waiting.negotiated(),
                    request.datagram(),
                    NotifyType.AUTHENTICATION_FAILED,
                    sentence(verdict));
        }
        var negotiated = waiting.negotiated().with(new Mixing.Known(keys)).decided(true);
        var auth = Message.first(request.payloads(), Authentication.class).orElseThrow();
        return verify(state, negotiated, request, waiting.profiles(), auth.data());
    }

    /// @param presented what is to be the initiator's AUTH
    private Step<SaState, Effect> verify(
            SaState state,
            Negotiated negotiated,
            Phase.AuthRequest request,
            List<Profile> candidates,
            Bytes presented) {
        var payloads = request.payloads();
        var id = Message.all(payloads, Identification.class)
                .filter(Identification::ofInitiator)
                .findFirst()
                .orElseThrow();
        var question = new Question.Verify(
                candidates.stream().map(Profile::name).toList(),
                identity(id),
                negotiated.keys().suite().prf(),
                negotiated.theirOctets(id.body()),
                Message.first(payloads, Authentication.class).orElseThrow().method(),
                presented,
                CertificatePayloads.carried(payloads));
        var ticket = state.ticket();
        return Step.to(
                state.drawn().in(new Phase.AwaitInitiatorProof(negotiated, request, ticket)),
                new Effect.AskCredentials(ticket, question));
    }

    private static Identity identity(Identification id) {
        return new Identity(id.idType(), id.data());
    }

    /// The profiles that this peer may mean: those with its identity, our address and the negotiated suite; if
    /// the peer has named an identity of ours, first those that have it.
    private List<Profile> candidates(SaState state, Negotiated negotiated, Identity remote, List<Payload> payloads) {
        var local = state.path().local().ip();
        var named = Message.all(payloads, Identification.class)
                .filter(payload -> !payload.ofInitiator())
                .findFirst()
                .map(payload -> new Identity(payload.idType(), payload.data()));
        var fitting = profiles.stream()
                .filter(profile -> profile.local().contains(local) && profile.accepts(remote))
                .filter(profile -> profile.ikeProposals().stream()
                        .anyMatch(proposal ->
                                Children.allows(proposal, negotiated.keys().suite())))
                .toList();
        var meant = fitting.stream()
                .filter(profile ->
                        named.filter(profile.identityAt(local)::equals).isPresent())
                .toList();
        return meant.isEmpty() ? fitting : meant;
    }

    private Step<SaState, Effect> initiatorProven(
            SaState state, Instant now, Phase.AwaitInitiatorProof waiting, Verdict verdict) {
        var negotiated = waiting.negotiated();
        var datagram = waiting.request().datagram();
        if (!(verdict instanceof Verdict.Proven(Authenticated peer))) {
            var why =
                    "%s: %s".formatted(datagram.path().remote(), sentence(verdict)); // it has no endpoint to be told of
            return refuse(state, now, negotiated, datagram, NotifyType.AUTHENTICATION_FAILED, why);
        }
        var profile = profiles.stream()
                .filter(candidate -> candidate.name().equals(peer.profile()))
                .findFirst()
                .orElseThrow();
        var endpoint = endpoint(profile, waiting.request().path());
        var question = new Question.Sign(
                profile.name(),
                Optional.of(peer.identity()),
                Identity.of(endpoint.remote()),
                negotiated.keys().suite().prf(),
                negotiated.ourOctets(identification(profile, endpoint, false).body()),
                CertificatePayloads.announced(negotiated));
        var child = firstChild.planned(negotiated, profile, endpoint, waiting.request());
        var ticket = state.ticket();
        // our own requests go where it is now: with a NAT between us it has changed its port
        return Step.to(
                state.drawn()
                        .on(waiting.request().path())
                        .in(new Phase.AwaitResponderAuth(negotiated, waiting.request(), peer, profile, child, ticket)),
                new Effect.AskCredentials(ticket, question));
    }

    private Step<SaState, Effect> answered(
            SaState state, Instant now, Phase.AwaitResponderAuth waiting, Verdict verdict) {
        var negotiated = waiting.negotiated();
        var datagram = waiting.request().datagram();
        if (!(verdict instanceof Verdict.Signed(int method, Bytes data, var certificates))) {
            return refuse(state, now, negotiated, datagram, NotifyType.AUTHENTICATION_FAILED, sentence(verdict));
        }
        var endpoint = endpoint(waiting.profile(), waiting.request().path());
        var payloads = new ArrayList<Payload>();
        payloads.add(identification(waiting.profile(), endpoint, false));
        payloads.addAll(certificates);
        payloads.add(new Authentication(method, data));
        PostQuantumKey.answered(negotiated).ifPresent(payloads::add);
        AuthLifetime.of(waiting.profile()).ifPresent(payloads::add);
        tokens.of(state.spi()).ifPresent(payloads::add);
        return switch (waiting.child()) {
            // RFC 7296 2.21.2: the IKE SA stands without its child; it is of no use to us, and we end it
            case FirstChild.NoChild(var refusal) -> {
                payloads.add(Notify.of(Children.notify(refusal)));
                var told = desk.respond(state, negotiated, ExchangeType.Known.IKE_AUTH, datagram, payloads);
                yield Desk.first(
                        refused(told.next(), now, negotiated, List.of(Delete.ikeSa()), refusal.sentence()),
                        told.effects().toArray(Effect[]::new));
            }
            case FirstChild.ChildLater() -> proven(state, waiting, endpoint, Optional.empty(), payloads);
            case FirstChild.Plan(var child, var selectors, var answer) -> {
                payloads.addAll(answer);
                var first = new Phase.First(child, selectors.reversed());
                yield proven(state, waiting, endpoint, Optional.of(first), payloads);
            }
        };
    }

    private Step<SaState, Effect> proven(
            SaState state,
            Phase.AwaitResponderAuth waiting,
            Endpoint endpoint,
            Optional<Phase.First> child,
            List<Payload> answer) {
        var agreed = new Phase.Agreed(
                waiting.negotiated().knowing(CrashTokens.told(waiting.request().payloads())),
                waiting.profile(),
                endpoint,
                waiting.profile().identityAt(endpoint.local()),
                waiting.peer(),
                child,
                Optional.empty(),
                Optional.of(new Phase.Answer(waiting.request(), answer)));
        return establishment.ask(state, agreed, Message.has(waiting.request().payloads(), NotifyType.INITIAL_CONTACT));
    }

    // ---- both

    /// Whoever was asked within the daemon has not answered in time: nothing may wait for ever.
    Step<SaState, Effect> neverAnswered(SaState state, Instant now) {
        var late = "Ikebana itself took too long: ";
        var keys = late + "the keeper of the keys has not answered";
        return switch (state.phase()) {
            case Phase.AwaitClearance _ ->
                Desk.finish(state, Ending.REFUSAL, late + "the hooks of an earlier tunnel have not ended");
            // our IKE_AUTH was answered: the peer has established it, and has to be told
            case Phase.AwaitResponderProof(var _, var negotiated, var _, var _, var _) ->
                refused(state, now, negotiated, List.of(Delete.ikeSa()), keys);
            case Phase.AwaitOurPpk _,
                    Phase.AwaitOurAuth _,
                    Phase.AwaitInitiatorPpk _,
                    Phase.AwaitInitiatorProof _,
                    Phase.AwaitResponderAuth _ -> Desk.finish(state, Ending.REFUSAL, keys);
            case Phase.AwaitInitResponse _,
                    Phase.AwaitIntermediateResponse _,
                    Phase.AwaitIntermediateRequest _,
                    Phase.AwaitAuthResponse _,
                    Phase.AwaitAuthRequest _,
                    Phase.AwaitAdmission _,
                    Phase.AwaitInbound _,
                    Phase.AwaitOutbound _,
                    Phase.Established _,
                    Phase.Deleting _,
                    Phase.Lingering _,
                    Phase.Closed _ -> throw new IllegalStateException("nobody was asked for a proof in " + state);
        };
    }

    private Step<SaState, Effect> refused(
            SaState state, Instant now, Negotiated negotiated, List<Payload> payloads, String why) {
        return desk.goodbye(state, now, negotiated, payloads, Ending.REFUSAL, why, List.of());
    }

    private Step<SaState, Effect> refuse(
            SaState state, Instant now, Negotiated negotiated, Datagram request, NotifyType type, String why) {
        return refuse(state, now, negotiated, request, Notify.of(type), why);
    }

    private Step<SaState, Effect> refuse(
            SaState state, Instant now, Negotiated negotiated, Datagram request, Notify notify, String why) {
        var told = desk.respond(state, negotiated, ExchangeType.Known.IKE_AUTH, request, List.of(notify));
        return desk.linger(told, now, Ending.REFUSAL, why, List.of());
    }

    private static Endpoint endpoint(Profile profile, Path path) {
        return new Endpoint(profile.name(), path.local().ip(), path.remote().ip());
    }

    private static Identification identification(Profile profile, Endpoint endpoint, boolean ofInitiator) {
        var identity = profile.identityAt(endpoint.local());
        return new Identification(ofInitiator, identity.type(), 0, identity.data());
    }

    private static String sentence(Verdict verdict) {
        return switch (verdict) {
            case Verdict.Refused(var why) -> "authentication failed: " + why;
            case Verdict.Signed _, Verdict.Mixed _, Verdict.Proven _ ->
                throw new IllegalStateException("an answer to another question: " + verdict);
        };
    }
}
