package ikebana.ike;

import ikebana.auth.Profile;
import ikebana.crypto.Entropy;
import ikebana.crypto.KeyExchanges;
import ikebana.kernel.Reply;
import ikebana.settings.IkeSettings;
import ikebana.settings.Ports;
import ikebana.wire.IkeSpi;
import ikebana.wire.Message;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;

/// One IKE SA, in either role: a function from what it remembers and what happens to what it remembers then and what
/// the world should do. It has no clock, no socket and no dice of its own.
public final class IkeSa {
    private final IkeSettings settings;
    private final Desk desk;
    private final Entropy entropy;
    private final InitExchange init;
    private final IntermediateExchange intermediate;
    private final AuthExchange auth;
    private final Establishment establishment;
    private final Liveness liveness;
    private final Informational informational;
    private final ChildLifetimes lifetimes;
    private final Generations generations;

    /// @param profiles all of them: a responder does not know at first which one its peer means
    public IkeSa(IkeSettings settings, Ports ports, List<Profile> profiles, CrashTokens tokens, Entropy entropy) {
        this(settings, ports, profiles, tokens, entropy, KeyExchanges.REAL);
    }

    /// @param keyExchanges other than the real ones in a simulation only
    public IkeSa(
            IkeSettings settings,
            Ports ports,
            List<Profile> profiles,
            CrashTokens tokens,
            Entropy entropy,
            KeyExchanges keyExchanges) {
        this.settings = settings;
        this.entropy = entropy;
        this.desk = new Desk(settings, entropy, keyExchanges);
        this.intermediate = new IntermediateExchange(desk);
        this.init = new InitExchange(desk, intermediate, ports, profiles);
        this.establishment = new Establishment(desk);
        this.auth = new AuthExchange(desk, establishment, new FirstChild(desk, ports), profiles, tokens);
        var ikeRekey = new IkeRekey(desk, tokens);
        var succession = new Succession(desk);
        var createChild = new CreateChild(desk, succession, ikeRekey);
        this.lifetimes = new ChildLifetimes(desk, createChild, succession, ikeRekey);
        this.liveness = new Liveness(desk);
        this.informational = new Informational(
                desk,
                establishment,
                createChild,
                lifetimes,
                liveness,
                ikeRekey,
                new FollowUp(desk, createChild, ikeRekey));
        this.generations = new Generations(desk, ikeRekey, lifetimes);
    }

    /// Begins an IKE SA of our own.
    ///
    /// @param spi ours; no other SA of this host has it
    public Step<SaState, Effect> dial(IkeSpi spi, Path path, Dial dial, Instant now) {
        return init.begin(blank(spi, path, now), dial, now);
    }

    /// Answers somebody's IKE_SA_INIT request, which the doorman has let in.
    ///
    /// @param spi ours; no other SA of this host has it
    public Step<SaState, Effect> answer(IkeSpi spi, Datagram request, Instant now) {
        return init.answer(blank(spi, request.path(), now), request, now);
    }

    private static SaState blank(IkeSpi spi, Path path, Instant now) {
        return new SaState(
                spi,
                path,
                Window.FRESH,
                new Phase.Closed("not begun"),
                now,
                0,
                0,
                Optional.empty(),
                Fragments.NONE,
                List.of());
    }

    public Step<SaState, Effect> step(SaState state, Instant now, Input input) {
        var first = advance(state, now, input);
        var further = lifetimes.pursue(first.next(), now);
        var whole = generations.settled(
                state, now, Desk.first(further, first.effects().toArray(Effect[]::new)));
        var step = Establishment.cameLate(Demands.forsaken(state, parts(state, known(state, tells(state, whole)))));
        var next = step.next();
        next = next.with(next.isClosed() ? Fragments.NONE : next.fragments().stillOf(next.window(), now));
        if (next.phase().getClass() != state.phase().getClass()) next = next.since(now);
        return new Step<>(spoke(state, step) ? next.spoken(now) : next, step.effects());
    }

    /// Whether a NAT in front of us has just been reminded of us. An answer that is merely repeated may go to anybody,
    /// so that a stranger could keep us from reminding it.
    private static boolean spoke(SaState before, Step<SaState, Effect> step) {
        var path = step.next().path();
        return step.next().spokenAt().isPresent()
                && step.effects().stream()
                        .anyMatch(effect -> effect instanceof Effect.Send(var datagram)
                                && datagram.path().equals(path))
                && !step.next().equals(before);
    }

    private static Step<SaState, Effect> parts(SaState before, Step<SaState, Effect> step) {
        boolean was = before.phase() instanceof Phase.Deleting;
        boolean is = step.next().phase() instanceof Phase.Deleting;
        if (is && !was) return Desk.first(step, new Effect.Parting());
        return was && !is ? Desk.then(step, new Effect.Parted()) : step;
    }

    /// Whoever brings us messages has to know first by which SPIs.
    private static Step<SaState, Effect> known(SaState before, Step<SaState, Effect> step) {
        var spis = step.next().furtherSpis();
        return spis.equals(before.furtherSpis()) ? step : Desk.first(step, new Effect.KnownBy(spis));
    }

    /// Whoever answers for this SA should it fail knows its states before the kernel does.
    @SuppressWarnings("ReferenceEquality") // most steps leave the phase alone: only a shortcut
    private static Step<SaState, Effect> tells(SaState before, Step<SaState, Effect> step) {
        if (step.next().phase() == before.phase()) return step;
        if (!(before.phase() instanceof Phase.Established former)
                || !(step.next().phase() instanceof Phase.Established established)) {
            return step;
        }
        var view = Establishment.view(step.next(), established.agreed());
        var seen = Establishment.view(before, former.agreed());
        boolean same = new HashSet<>(former.states()).equals(new HashSet<>(established.states()))
                && seen.children().equals(view.children())
                && seen.initiatorSpi().equals(view.initiatorSpi());
        return same ? step : Desk.first(step, new Effect.Changed(established.states(), view));
    }

    private Step<SaState, Effect> advance(SaState state, Instant now, Input input) {
        return switch (input) {
            case Input.Arrived(var datagram) -> arrived(state, now, datagram);
            case Input.CredentialsSaid(var ticket, var verdict) -> auth.credentialsSaid(state, now, ticket, verdict);
            case Input.KernelSaid(var ticket, var reply)
            when ticket.equals(Desk.PORTS) -> informational.portsSaid(state, now, reply);
            case Input.KernelSaid(var ticket, var reply)
            when ticket.equals(Desk.LOOK) -> liveness.said(state, now, reply);
            case Input.KernelSaid(var ticket, var reply) -> kernelSaid(state, now, ticket, reply);
            case Input.Cleared(var ticket, var initialContact) -> auth.cleared(state, ticket, initialContact);
            case Input.Admitted(var ticket, var confirm) -> establishment.admitted(state, now, ticket, confirm);
            case Input.NotAdmitted(var ticket, var why) -> establishment.notAdmitted(state, now, ticket, why);
            case Input.ChildEnded(var id) -> informational.childEnded(state, now, id);
            case Input.GrewOld(var id) -> lifetimes.grewOld(state, now, id);
            case Input.Wanted(var acquire) -> Demands.wanted(state, acquire);
            case Input.Probe() -> informational.probe(state, now);
            case Input.Remapped(var remote) -> informational.remapped(state, now, remote);
            case Input.Released() -> Informational.released(state);
            case Input.TakeOver() -> takeOver(state, now);
            case Input.Close(var why, var replaced) -> informational.close(state, now, why, replaced);
            case Input.Woke() -> woke(state, now);
        };
    }

    private Step<SaState, Effect> kernelSaid(SaState state, Instant now, Ticket ticket, Reply reply) {
        var first = establishment.kernelSaid(state, now, ticket, reply);
        return first.next().equals(state) && state.phase() instanceof Phase.Established established
                ? lifetimes.kernelSaid(state, now, established, ticket, reply)
                : first;
    }

    private Step<SaState, Effect> takeOver(SaState state, Instant now) {
        var first = establishment.takeOver(state, false);
        return first.next().equals(state) ? lifetimes.takeOver(state, now) : first;
    }

    private Step<SaState, Effect> arrived(SaState state, Instant now, Datagram datagram) {
        if (state.isClosed()) return Step.to(state);
        return switch (Message.decode(datagram.bytes())) {
            case Message.Decoded.Broken(var _, var why) -> Step.to(state, new Effect.Ignored(why));
            case Message.Decoded.Whole(var message) -> arrived(state, now, datagram, message);
        };
    }

    private Step<SaState, Effect> arrived(SaState state, Instant now, Datagram datagram, Message message) {
        var header = message.header();
        var other = state.other(header);
        if (other.isPresent()) return overAnother(state, now, other.get(), datagram, message);
        if (!header.response()) {
            // before anything is opened: a repetition costs a comparison, and its answer goes to where it came from
            var again = state.window().repeated(datagram.bytes());
            if (again.isPresent()) {
                return Step.to(state, Desk.sends(datagram.path(), again.get()));
            }
            if (asksAgainInOtherFragments(state, datagram, message)) {
                var reply = state.window().replied().orElseThrow().response();
                return Step.to(state, Desk.sends(datagram.path(), reply));
            }
            if (!header.messageId().equals(state.window().expected())) {
                return Step.to(state, new Effect.Ignored("a request outside the window: " + header.messageId()));
            }
        } else if (!state.window().awaits(header.messageId())) {
            return Step.to(state, new Effect.Ignored("a response that nobody awaits: " + header.messageId()));
        }
        var keys = listening(state.phase());
        if (keys.isPresent() && header.response() && CrashTokens.isShown(message.payloads(), keys.get())) {
            return lostByPeer(state, now);
        }
        if (keys.isEmpty())
            return heard(state, now, datagram, message, new Desk.Opened.Forged("nobody has keys for it"));
        if (Desk.fragment(message).isEmpty()) {
            return heard(state, now, datagram, message, desk.open(keys.get(), datagram, message));
        }
        return switch (desk.collect(state, now, keys.get(), datagram, message)) {
            case Desk.Collected.Refused(var why) -> Step.to(state, new Effect.Ignored(why));
            case Desk.Collected.Partly(var fragments) -> Step.to(state.with(fragments));
            case Desk.Collected.Whole(var fragments, var first, var opened) ->
                heard(state.with(fragments), now, new Datagram(datagram.path(), first), message, opened);
        };
    }

    /// RFC 6290 4.5: nobody else could have shown the token, and nobody is left to say goodbye to.
    private static Step<SaState, Effect> lostByPeer(SaState state, Instant now) {
        return switch (state.phase()) {
            case Phase.Established established ->
                Desk.finish(
                        state,
                        Ending.SILENCE,
                        "the peer has lost this IKE SA, and proves it",
                        Desk.removeAll(established));
            case Phase.Deleting deleting -> Desk.retire(state, now, deleting);
            default -> Step.to(state);
        };
    }

    /// A message of a rekeying.
    private Step<SaState, Effect> overAnother(
            SaState state, Instant now, Generation other, Datagram datagram, Message message) {
        var switched = generations.inUse(state, now, other, datagram, message);
        return switched.isPresent()
                ? arrived(switched.get(), now, datagram, message)
                : generations.arrived(state, now, other, datagram, message);
    }

    /// RFC 7383 2.5.2: a peer may repeat a request in smaller fragments, which have other bytes. The first of
    /// them asks for the answer (2.6.1), if it is authentic.
    private boolean asksAgainInOtherFragments(SaState state, Datagram datagram, Message message) {
        return Desk.fragment(message).filter(it -> it.number() == 1).isPresent()
                && state.window()
                        .replied()
                        .filter(it -> it.id().equals(message.header().messageId()))
                        .isPresent()
                && listening(state.phase())
                        .flatMap(keys -> Desk.openFragment(keys, datagram, message))
                        .isPresent();
    }

    /// The keys of a phase in which something is listened to.
    private static Optional<Negotiated> listening(Phase phase) {
        return switch (phase) {
            case Phase.AwaitIntermediateResponse waiting -> Optional.of(waiting.negotiated());
            case Phase.AwaitIntermediateRequest waiting -> Optional.of(waiting.negotiated());
            case Phase.AwaitAuthResponse waiting -> Optional.of(waiting.negotiated());
            case Phase.AwaitAuthRequest waiting -> Optional.of(waiting.negotiated());
            case Phase.Established established ->
                Optional.of(established.agreed().negotiated());
            case Phase.Deleting deleting -> Optional.of(deleting.negotiated());
            case Phase.Inner _, Phase.AwaitInitResponse _, Phase.Lingering _, Phase.Closed _ -> Optional.empty();
        };
    }

    /// A message is there as a whole.
    private Step<SaState, Effect> heard(
            SaState state, Instant now, Datagram datagram, Message message, Desk.Opened opened) {
        return switch (state.phase()) {
            case Phase.AwaitInitResponse waiting -> init.response(state, now, waiting, datagram, message);
            case Phase.AwaitIntermediateResponse waiting -> intermediate.response(state, waiting, message, opened);
            case Phase.AwaitIntermediateRequest waiting ->
                intermediate.request(state, now, waiting, datagram, message, opened);
            case Phase.AwaitAuthResponse waiting -> auth.response(state, now, waiting, message, opened);
            case Phase.AwaitAuthRequest waiting -> auth.request(state, now, waiting, datagram, message, opened);
            case Phase.Established established ->
                informational.established(state, now, established, datagram, message, opened);
            case Phase.Deleting deleting -> informational.deleting(state, now, deleting, datagram, message, opened);
            // an answer of our own is still to come: the peer will send again
            case Phase.Inner _, Phase.Lingering _, Phase.Closed _ -> Step.to(state);
        };
    }

    private Step<SaState, Effect> woke(SaState state, Instant now) {
        if (state.wakeAt(settings).filter(at -> !at.isAfter(now)).isEmpty()) return Step.to(state); // too early
        var flight = state.window().flight();
        if (flight.isPresent() && !flight.get().resendAt().isAfter(now)) {
            var schedule = state.phase() instanceof Phase.AwaitInitResponse waiting
                    ? waiting.dial().schedule(settings)
                    : settings.retransmission();
            if (flight.get().tries() >= schedule.tries()) return gaveUp(state, now);
            var resent = state.window().resent(now, schedule, entropy.fraction());
            // RFC 7296 2.1: the same bytes, or an IV would seal two messages
            return Step.to(
                    state.with(resent), Desk.sends(state.path(), flight.get().datagrams()));
        }
        var other = state.others().stream()
                .filter(one -> one.dueAt().filter(at -> !at.isAfter(now)).isPresent())
                .findFirst();
        if (other.isPresent()) return asksAtLast(generations.due(state, now, other.get()), now);
        if (state.keepAliveAt(settings).filter(at -> !at.isAfter(now)).isPresent()) {
            return Step.to(state.spoken(now), new Effect.KeepAlive(state.path()));
        }
        // a message that never became whole: step() forgets it
        if (state.fragments().wakeAt().filter(at -> !at.isAfter(now)).isPresent()) return Step.to(state);
        return switch (state.phase()) {
            case Phase.Lingering lingering -> lingered(state, now, lingering);
            case Phase.AwaitIntermediateRequest _, Phase.AwaitAuthRequest _ ->
                Desk.finish(state, Ending.SILENCE, "the peer began and never authenticated");
            case Phase.Established established -> woke(state, now, established);
            case Phase.AwaitClearance _,
                    Phase.AwaitOurPpk _,
                    Phase.AwaitOurAuth _,
                    Phase.AwaitResponderProof _,
                    Phase.AwaitInitiatorPpk _,
                    Phase.AwaitInitiatorProof _,
                    Phase.AwaitResponderAuth _ -> auth.neverAnswered(state, now);
            case Phase.AwaitAdmission(var agreed, var _) -> establishment.neverAnswered(state, now, agreed);
            case Phase.AwaitInbound(var agreed, var _, var _) -> establishment.neverAnswered(state, now, agreed);
            case Phase.AwaitOutbound(var agreed, var _) -> establishment.neverAnswered(state, now, agreed);
            case Phase.AwaitInitResponse _,
                    Phase.AwaitIntermediateResponse _,
                    Phase.AwaitAuthResponse _,
                    Phase.Deleting _,
                    Phase.Closed _ -> Step.to(state);
        };
    }

    /// A peer that was not asked as long as it was about to change its keys.
    private Step<SaState, Effect> asksAtLast(Step<SaState, Effect> step, Instant now) {
        return step.next().next().isEmpty()
                        && step.next().phase() instanceof Phase.Established established
                        && liveness.isDue(step.next(), now, established)
                ? Desk.first(
                        liveness.woke(step.next(), now, established),
                        step.effects().toArray(Effect[]::new))
                : step;
    }

    private Step<SaState, Effect> woke(SaState state, Instant now, Phase.Established established) {
        var due = lifetimes.due(state, now, established);
        if (!due.next().equals(state)) return due;
        var forsaken = FollowUp.due(state, now, established);
        if (!forsaken.next().equals(state)) return forsaken;
        var rested = Demands.due(state, now, established);
        if (!rested.next().equals(state)) return rested;
        if (!liveness.isDue(state, now, established)) return Step.to(state);
        if (established.traffic().isDone(now)) return liveness.woke(state, now, established);
        // what is to be said anyway asks as well
        var said = lifetimes.pursue(state, now);
        return said.effects().isEmpty() ? liveness.woke(state, now, established) : said;
    }

    private static List<Phase.Draining> left(List<Phase.Draining> inbound, Instant now) {
        return inbound.stream().filter(one -> one.until().isAfter(now)).toList();
    }

    private static List<Effect> drained(List<Phase.Draining> inbound, Instant now) {
        return inbound.stream()
                .filter(one -> !one.until().isAfter(now))
                .map(one -> Desk.remove(one.id()))
                .toList();
    }

    private static Step<SaState, Effect> lingered(SaState state, Instant now, Phase.Lingering lingering) {
        var effects = new ArrayList<>(drained(lingering.inbound(), now));
        var rest = left(lingering.inbound(), now);
        boolean over = !lingering.until().isAfter(now) && rest.isEmpty();
        if (over) effects.add(new Effect.Retired());
        var until = lingering.until().isAfter(now)
                ? lingering.until()
                : rest.stream()
                        .map(Phase.Draining::until)
                        .max(Instant::compareTo)
                        .orElse(now);
        var next = over
                ? new Phase.Closed(lingering.why())
                : new Phase.Lingering(lingering.why(), lingering.spi(), until, rest, lingering.withheld());
        return new Step<>(state.in(next), effects);
    }

    private Step<SaState, Effect> gaveUp(SaState state, Instant now) {
        return switch (state.phase()) {
            case Phase.AwaitInitResponse waiting ->
                Desk.finish(
                        state,
                        waiting.hint().isPresent() ? Ending.REFUSAL : Ending.SILENCE,
                        "%s never answered%s"
                                .formatted(
                                        state.path().remote(),
                                        waiting.hint()
                                                .map(hint -> " but with " + hint)
                                                .orElse("")));
            case Phase.Established established ->
                Desk.finish(
                        state, Ending.SILENCE, "the peer is dead: it no longer answers", Desk.removeAll(established));
            case Phase.Deleting deleting -> Desk.retire(state, now, deleting);
            case Phase.AwaitIntermediateResponse _ ->
                Desk.finish(
                        state,
                        Ending.SILENCE,
                        "%s answered IKE_SA_INIT and not IKE_INTERMEDIATE"
                                .formatted(state.path().remote()));
            case Phase.AwaitAuthResponse(var _, var negotiated, var _) ->
                Desk.finish(
                        state,
                        negotiated.doubt() ? Ending.CONFUSION : Ending.SILENCE,
                        "%s answered IKE_SA_INIT and not IKE_AUTH%s"
                                .formatted(state.path().remote(), negotiated.doubt() ? Negotiated.HINT : ""));
            case Phase.Inner _,
                    Phase.AwaitIntermediateRequest _,
                    Phase.AwaitAuthRequest _,
                    Phase.Lingering _,
                    Phase.Closed _ -> throw new IllegalStateException("a request in flight in " + state);
        };
    }
}
