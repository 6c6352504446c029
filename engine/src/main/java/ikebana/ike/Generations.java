package ikebana.ike;

import ikebana.wire.Bytes;
import ikebana.wire.Delete;
import ikebana.wire.ExchangeType;
import ikebana.wire.Message;
import ikebana.wire.Notify;
import ikebana.wire.NotifyType;
import ikebana.wire.Payload;
import ikebana.wire.Proposal;
import ikebana.wire.Secret;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What is heard over the generations that are not in use, and how they end.
final class Generations {
    private final Desk desk;
    private final IkeRekey ikeRekey;
    private final ChildLifetimes lifetimes;

    Generations(Desk desk, IkeRekey ikeRekey, ChildLifetimes lifetimes) {
        this.desk = desk;
        this.ikeRekey = ikeRekey;
        this.lifetimes = lifetimes;
    }

    /// The SA as it is when the peer has begun to speak over what it has made; empty if that is not what it does.
    Optional<SaState> inUse(SaState state, Instant now, Generation other, Datagram datagram, Message message) {
        boolean mayBegin = other.isNext()
                && !message.header().response()
                && message.header().messageId().equals(other.window().expected());
        if (!mayBegin || !(state.phase() instanceof Phase.Established)) return Optional.empty();
        boolean speaks = Desk.fragment(message).isPresent()
                ? Desk.openFragment(other.negotiated(), datagram, message).isPresent()
                : switch (desk.open(other.negotiated(), datagram, message)) {
                    case Desk.Opened.Forged _ -> false;
                    case Desk.Opened.Malformed _ -> true;
                    // RFC 7296 2.8.2: both have made one, and the peer deletes its own
                    case Desk.Opened.Payloads(var payloads, var _) ->
                        !(isOurWishUnderWay(state) && deletesIkeSa(payloads));
                };
        return speaks ? Optional.of(ikeRekey.use(state, now, other)) : Optional.empty();
    }

    private static boolean isOurWishUnderWay(SaState state) {
        return state.phase() instanceof Phase.Established established
                && established.asked().orElse(null) instanceof Phase.Renewal;
    }

    private static boolean deletesIkeSa(List<Payload> payloads) {
        return Message.all(payloads, Delete.class).anyMatch(delete -> delete.protocolId() == Proposal.IKE);
    }

    Step<SaState, Effect> arrived(SaState state, Instant now, Generation other, Datagram datagram, Message message) {
        var header = message.header();
        var window = other.window();
        if (header.response() && !window.awaits(header.messageId())) {
            return Step.to(state, new Effect.Ignored("a response that nobody awaits: " + header.messageId()));
        }
        if (!header.response()) {
            var again = window.repeated(datagram.bytes());
            if (again.isPresent()) return Step.to(state, Desk.sends(datagram.path(), again.get()));
            if (!header.messageId().equals(window.expected())) {
                return Step.to(state, new Effect.Ignored("a request outside the window: " + header.messageId()));
            }
        }
        if (Desk.fragment(message).isPresent()) {
            return Step.to(state, new Effect.Ignored("a fragment for an IKE SA that is not in use"));
        }
        return switch (desk.open(other.negotiated(), datagram, message)) {
            case Desk.Opened.Forged(var why) -> Step.to(state, new Effect.Ignored(why));
            case Desk.Opened.Malformed _, Desk.Opened.Payloads _
            when header.response() -> over(state.minus(other), now);
            case Desk.Opened.Malformed _ ->
                answer(state, other, datagram, header.exchange(), List.of(Notify.of(NotifyType.INVALID_SYNTAX)));
            case Desk.Opened.Payloads(var payloads, var _) ->
                request(state, now, other, datagram, header.exchange(), payloads);
        };
    }

    private Step<SaState, Effect> request(
            SaState state,
            Instant now,
            Generation other,
            Datagram datagram,
            ExchangeType exchange,
            List<Payload> payloads) {
        if (exchange.equals(ExchangeType.Known.CREATE_CHILD_SA)) { // RFC 7296 2.25.2: we are about to close it
            return answer(state, other, datagram, exchange, List.of(Notify.of(NotifyType.TEMPORARY_FAILURE)));
        }
        if (exchange.equals(ExchangeType.Known.IKE_FOLLOWUP_KE)) {
            return answer(state, other, datagram, exchange, List.of(FollowUp.NOTHING_AWAITED));
        }
        if (deletesIkeSa(payloads)) {
            var until = now.plus(desk.settings().halfOpen().lifetime());
            var left = new Generation(other.negotiated(), other.window().answered(), new Generation.Left(until));
            var told = answer(state.replace(left), left, datagram, exchange, List.of());
            return Desk.first(over(told.next(), now), told.effects().toArray(Effect[]::new));
        }
        var spis = Message.all(payloads, Delete.class)
                .filter(delete -> delete.protocolId() == Proposal.ESP)
                .flatMap(delete -> delete.spis().stream())
                .toList();
        return state.phase() instanceof Phase.Established established && !spis.isEmpty()
                ? childrenDeleted(state, now, established, other, datagram, spis)
                : answer(state, other, datagram, exchange, List.of());
    }

    /// The peer had said so before the children moved.
    private Step<SaState, Effect> childrenDeleted(
            SaState state,
            Instant now,
            Phase.Established established,
            Generation other,
            Datagram datagram,
            List<Bytes> spis) {
        var gone = lifetimes.deletedByPeer(state, now, established, spis);
        var told = answer(gone.state(), other, datagram, ExchangeType.Known.INFORMATIONAL, gone.payloads());
        var effects = new ArrayList<>(told.effects());
        effects.addAll(gone.effects());
        return new Step<>(told.next(), effects);
    }

    private Step<SaState, Effect> answer(
            SaState state, Generation over, Datagram datagram, ExchangeType exchange, List<Payload> payloads) {
        var told = desk.respond(state.with(over.window()), over.negotiated(), exchange, datagram, payloads);
        var after = over.with(told.next().window());
        return new Step<>(told.next().with(state.window()).replace(after), told.effects());
    }

    /// One more has been left: perhaps it was the last goodbye.
    private static Step<SaState, Effect> over(SaState state, Instant now) {
        return state.phase() instanceof Phase.Deleting deleting
                        && deleting.unsaid().isEmpty()
                        && state.window().flight().isEmpty()
                ? Desk.retire(state, now, deleting)
                : Step.to(state);
    }

    /// The moment that a generation was waiting for.
    Step<SaState, Effect> due(SaState state, Instant now, Generation other) {
        var flight = other.window().flight().filter(it -> !it.resendAt().isAfter(now));
        if (flight.isPresent()) {
            var schedule = desk.settings().retransmission();
            if (flight.get().tries() >= schedule.tries()) return over(state.minus(other), now);
            var resent = other.window().resent(now, schedule, desk.entropy().fraction());
            return Step.to(
                    state.replace(other.with(resent)),
                    Desk.sends(state.path(), flight.get().datagrams()));
        }
        if (!other.isNext()) return Step.to(state.minus(other));
        // both have asked: the answer to ours decides
        return isOurWishUnderWay(state)
                ? Step.to(state.replace(
                        other.with(new Generation.Next(now.plus(desk.settings().crossingGrace())))))
                : Step.to(ikeRekey.use(state, now, other));
    }

    /// When an SA ends, so does each of its generations: a peer that is told goodbye over one alone might believe in
    /// another.
    Step<SaState, Effect> settled(SaState before, Instant now, Step<SaState, Effect> step) {
        var state = step.next();
        forgets(before, state);
        if (state.others().isEmpty()) return step;
        switch (state.phase()) {
            case Phase.Established _ -> {
                return step;
            }
            case Phase.Deleting _ -> {
                // below
            }
            case Phase.Lingering _ -> { // the peer may have missed an answer over one that is over
                var left = state.others().stream().filter(Generation::isLeft).toList();
                return new Step<>(state.with(left), step.effects());
            }
            default -> {
                return new Step<>(state.with(List.of()), step.effects());
            }
        }
        if (before.phase() instanceof Phase.Deleting) return step;
        var parting =
                state.with(state.others().stream().filter(Generation::isLeaving).toList());
        var next = state.next();
        return next.isEmpty()
                ? new Step<>(parting, step.effects())
                : Desk.first(
                        ikeRekey.leave(
                                parting,
                                now,
                                next.get().negotiated(),
                                next.get().window()),
                        step.effects().toArray(Effect[]::new));
    }

    /// Nobody needs the private value of a wish that has come to its end, nor what it had come to.
    private static void forgets(SaState before, SaState after) {
        var goesOn = after.passing();
        before.passing().stream().filter(secret -> !goesOn.contains(secret)).forEach(Secret::close);
    }
}
