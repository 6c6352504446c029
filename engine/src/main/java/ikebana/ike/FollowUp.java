package ikebana.ike;

import ikebana.crypto.KeyExchangeMethod;
import ikebana.wire.ExchangeType;
import ikebana.wire.KeyExchange;
import ikebana.wire.Message;
import ikebana.wire.Notify;
import ikebana.wire.NotifyType;
import ikebana.wire.Payload;
import ikebana.wire.Secret;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// IKE_FOLLOWUP_KE, RFC 9370 2.2.4, in both roles: the second key exchange after a CREATE_CHILD_SA that has agreed on
/// one. What is made, the next IKE SA or a child, is there when this is answered, and not before.
///
/// Whoever asks goes on at once. Whoever answers keeps one half for each IKE SA, the newest, and for a while: a peer
/// that comes later, or for another, is told that nothing is known of it, and begins anew.
final class FollowUp {
    /// What anybody hears whose IKE_FOLLOWUP_KE nobody awaits; nothing changes.
    static final Notify NOTHING_AWAITED = Notify.of(NotifyType.STATE_NOT_FOUND);

    private static final int LINK_LENGTH = 16;

    /// How often in a row a peer may have forgotten what it had agreed to until it is left, as the RFC demands: it
    /// would go on so for ever. Whatever else it refuses is no forgetting.
    private static final int MOST_FORGOTTEN = 5;

    private final Desk desk;
    private final CreateChild createChild;
    private final IkeRekey ikeRekey;

    FollowUp(Desk desk, CreateChild createChild, IkeRekey ikeRekey) {
        this.desk = desk;
        this.createChild = createChild;
        this.ikeRekey = ikeRekey;
    }

    // ---- we ask

    /// What the peer has called the half that it has; it goes back as it came.
    static Optional<Notify> link(List<Payload> payloads) {
        return Message.notification(payloads, NotifyType.ADDITIONAL_KEY_EXCHANGE);
    }

    /// @param state with what is asked for in it
    static Step<SaState, Effect> ask(
            Desk desk, SaState state, Instant now, Negotiated negotiated, Phase.Fresh second, Notify link) {
        var value = new KeyExchange(second.method().transformId(), second.pair().publicValue());
        return desk.request(state, now, negotiated, ExchangeType.Known.IKE_FOLLOWUP_KE, List.of(value, link));
    }

    /// What the answer comes to; empty if it is none.
    static Optional<Secret> agreed(Desk desk, Phase.Fresh second, List<Payload> payloads) {
        if (Message.unsupportedCritical(payloads).isPresent()) return Optional.empty();
        return value(second.method(), payloads).flatMap(it -> desk.agree(second.method(), second.pair(), it.data()));
    }

    private static Optional<KeyExchange> value(KeyExchangeMethod method, List<Payload> payloads) {
        return Message.first(payloads, KeyExchange.class).filter(it -> it.group() == method.transformId());
    }

    /// The answer is about the next IKE SA.
    Step<SaState, Effect> response(
            SaState state,
            Instant now,
            Phase.Established established,
            Phase.Renewal asked,
            HalfMade.OfIke half,
            List<Payload> payloads) {
        var second = agreed(desk, asked.fresh(), payloads);
        if (second.isPresent()) {
            var negotiated = established.agreed().negotiated();
            return ikeRekey.succeeded(state, now, established, half.after(negotiated, second.get()));
        }
        var why = refusal(payloads);
        if (why.isEmpty()) return ikeRekey.misunderstood(state, now, established);
        var left = counted(established, payloads);
        return isTooMuch(left) ? leave(state, now, left) : ikeRekey.refused(state, now, left, why.get());
    }

    /// The answer is about a child.
    Step<SaState, Effect> response(
            SaState state,
            Instant now,
            Phase.Established established,
            Phase.Creation asked,
            HalfMade.OfChild half,
            List<Payload> payloads) {
        var second = asked.fresh().flatMap(fresh -> agreed(desk, fresh, payloads));
        if (second.isPresent()) {
            return createChild.made(state, now, established.remembered(), asked, half.with(second.get()));
        }
        var why = refusal(payloads);
        if (why.isEmpty()) return createChild.misunderstood(state, now, established, asked);
        var left = counted(established, payloads);
        return isTooMuch(left)
                ? leave(state, now, left)
                : createChild.refused(state, now, left, asked, true, why.get());
    }

    /// Why there is no value; empty if there is one that we cannot use, and the peer believes in what it has made.
    private static Optional<String> refusal(List<Payload> payloads) {
        return Message.first(payloads, KeyExchange.class).isPresent() ? Optional.empty() : Desk.error(payloads);
    }

    private static Phase.Established counted(Phase.Established established, List<Payload> payloads) {
        return Message.has(payloads, NotifyType.STATE_NOT_FOUND) ? established.forgotten() : established;
    }

    private static boolean isTooMuch(Phase.Established established) {
        return established.age().forgotten() > MOST_FORGOTTEN;
    }

    private Step<SaState, Effect> leave(SaState state, Instant now, Phase.Established established) {
        var why = "the peer forgets each time what it has half agreed to";
        return desk.leave(state, now, established, Ending.REFUSAL, why);
    }

    // ---- the peer asks

    /// CREATE_CHILD_SA is answered, and what it has agreed on waits for the peer.
    ///
    /// @param answer what is said besides the link
    static Step<SaState, Effect> awaits(
            Desk desk,
            SaState state,
            Instant now,
            Phase.Established established,
            Datagram datagram,
            HalfMade half,
            List<Payload> answer) {
        var link = desk.entropy().publicBytes(LINK_LENGTH);
        var awaited = new Phase.Awaited(
                half, link, now.plus(desk.settings().halfOpen().lifetime()));
        var all = new ArrayList<>(answer);
        all.add(Notify.of(NotifyType.ADDITIONAL_KEY_EXCHANGE, link));
        return desk.respond(
                state.in(established.awaits(Optional.of(awaited))),
                established.agreed().negotiated(),
                ExchangeType.Known.CREATE_CHILD_SA,
                datagram,
                all);
    }

    Step<SaState, Effect> request(
            SaState state, Instant now, Phase.Established established, Datagram datagram, List<Payload> payloads) {
        var named = link(payloads);
        var awaited = established
                .awaited()
                .filter(it ->
                        named.filter(link -> link.data().equals(it.link())).isPresent());
        if (awaited.isEmpty()) return no(state, established, datagram, NOTHING_AWAITED);
        var half = awaited.get().half();
        var method = half.further().orElseThrow();
        var answer = value(method, payloads).flatMap(it -> desk.answer(method, it.data()));
        if (answer.isEmpty()) {
            var why = "the peer's second key exchange has a value that nobody makes";
            return desk.breakOff(state, now, established, ExchangeType.Known.IKE_FOLLOWUP_KE, datagram, why);
        }
        var second = answer.get().shared();
        var said = List.<Payload>of(
                new KeyExchange(method.transformId(), answer.get().value()));
        var rest = established.awaits(Optional.empty());
        return switch (half) {
            case HalfMade.OfIke ofIke ->
                ikeRekey.answer(
                        state.in(rest),
                        now,
                        ofIke.after(established.agreed().negotiated(), second),
                        ExchangeType.Known.IKE_FOLLOWUP_KE,
                        datagram,
                        said);
            case HalfMade.OfChild ofChild -> child(state, now, rest, datagram, ofChild.with(second), said);
        };
    }

    /// Meanwhile the predecessor may have ended: then it is a child like any other, unless there is another one.
    private Step<SaState, Effect> child(
            SaState state,
            Instant now,
            Phase.Established established,
            Datagram datagram,
            HalfMade.OfChild half,
            List<Payload> answer) {
        var wish = half.wish();
        boolean alone = wish.replaces()
                .flatMap(established::child)
                .filter(ChildSa::isWanted)
                .isEmpty();
        boolean served = established.children().stream().anyMatch(it -> it.isWanted() && it.reqid() == wish.reqid());
        boolean overtaken = wish.replaces().isPresent() && alone && served;
        if (overtaken || !createChild.hasRoom(established, alone)) {
            half.forget();
            half.source().further().ifPresent(Secret::close);
            var why = overtaken ? NotifyType.TEMPORARY_FAILURE : NotifyType.NO_ADDITIONAL_SAS;
            return no(state, established, datagram, Notify.of(why));
        }
        var made = alone ? half.with(wish.replacing(Optional.empty())) : half;
        return createChild.answer(state, now, established, datagram, ExchangeType.Known.IKE_FOLLOWUP_KE, made, answer);
    }

    private Step<SaState, Effect> no(SaState state, Phase.Established established, Datagram datagram, Notify notify) {
        return desk.respond(
                state.in(established),
                established.agreed().negotiated(),
                ExchangeType.Known.IKE_FOLLOWUP_KE,
                datagram,
                List.of(notify));
    }

    /// The peer has not come: it has lost its memory, or its wish has come second (2.8.1).
    static Step<SaState, Effect> due(SaState state, Instant now, Phase.Established established) {
        boolean over =
                established.awaited().filter(it -> !it.until().isAfter(now)).isPresent();
        return over
                ? Step.to(
                        state.in(established.forsaken()),
                        new Effect.Ignored("the peer never made the second key exchange that it had agreed to"))
                : Step.to(state);
    }
}
