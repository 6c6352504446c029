package ikebana.ike;

import ikebana.crypto.KeyExchangeMethod;
import ikebana.wire.Bytes;
import ikebana.wire.ExchangeType;
import ikebana.wire.Header;
import ikebana.wire.KeyExchange;
import ikebana.wire.Message;
import ikebana.wire.MessageId;
import ikebana.wire.Notify;
import ikebana.wire.NotifyType;
import ikebana.wire.Payload;
import ikebana.wire.Secret;
import java.time.Instant;
import java.util.List;

/// IKE_INTERMEDIATE, RFC 9242, in both roles, for the one thing that we do in it: a second key exchange (RFC 9370
/// 2.2.2), whose values are too long for IKE_SA_INIT. Its messages are sealed with the keys of the first one, and it
/// ends with new keys; still nobody knows who the other one is.
final class IntermediateExchange {
    private final Desk desk;

    IntermediateExchange(Desk desk) {
        this.desk = desk;
    }

    /// Whether IKE_SA_INIT has agreed on it.
    static boolean isAgreed(Negotiated negotiated) {
        return negotiated.keys().suite().additional().isPresent();
    }

    private static KeyExchangeMethod method(Negotiated negotiated) {
        return negotiated.keys().suite().additional().orElseThrow();
    }

    // ---- initiator

    Step<SaState, Effect> begin(SaState state, Instant now, Dial dial, Negotiated negotiated) {
        var method = method(negotiated);
        var pair = desk.generate(method);
        return desk.request(
                state.in(new Phase.AwaitIntermediateResponse(dial, negotiated, pair)),
                now,
                negotiated,
                ExchangeType.Known.IKE_INTERMEDIATE,
                List.of(new KeyExchange(method.transformId(), pair.publicValue())));
    }

    Step<SaState, Effect> response(
            SaState state, Phase.AwaitIntermediateResponse waiting, Message message, Desk.Opened opened) {
        var header = message.header();
        if (!header.response() || !header.exchange().equals(ExchangeType.Known.IKE_INTERMEDIATE)) {
            return Step.to(state, new Effect.Ignored("not the answer to our IKE_INTERMEDIATE"));
        }
        return switch (opened) {
            case Desk.Opened.Forged(var why) -> Step.to(state, new Effect.Ignored(why));
            case Desk.Opened.Malformed(var why) ->
                ended(state, waiting, "a malformed IKE_INTERMEDIATE response: " + why);
            case Desk.Opened.Payloads(var payloads, var chain) -> response(state, waiting, header, payloads, chain);
        };
    }

    /// Whoever has the keys of IKE_SA_INIT has said it: that this is the peer, nobody knows, as with the errors that
    /// come in IKE_AUTH. The responder has nothing but a half-open SA, which ends by itself.
    private Step<SaState, Effect> response(
            SaState state,
            Phase.AwaitIntermediateResponse waiting,
            Header header,
            List<Payload> payloads,
            Bytes chain) {
        var critical = Message.unsupportedCritical(payloads);
        if (critical.isPresent()) {
            return ended(
                    state,
                    waiting,
                    "the peer insists on payload type %d, which we do not know".formatted(critical.get()));
        }
        var method = method(waiting.negotiated());
        var ke = Message.first(payloads, KeyExchange.class);
        if (ke.isEmpty()) {
            return ended(
                    state,
                    waiting,
                    Desk.error(payloads)
                            .map(error -> "the peer refused our second key exchange: " + error)
                            .orElse("an IKE_INTERMEDIATE response without KE"));
        }
        var shared = ke.filter(it -> it.group() == method.transformId())
                .flatMap(it -> desk.agree(method, waiting.pair(), it.data()));
        if (shared.isEmpty()) {
            return ended(state, waiting, "the peer answered our second key exchange with a value that nobody sends");
        }
        waiting.pair().privateValue().close();
        var request = List.<Payload>of(
                new KeyExchange(method.transformId(), waiting.pair().publicValue()));
        var next = strengthened(
                waiting.negotiated(),
                shared.get(),
                IntAuth.covered(header(waiting.negotiated(), false), request, Message.encodeChain(request)),
                IntAuth.covered(header, payloads, chain));
        return AuthExchange.begin(state.with(state.window().answered()), waiting.dial(), next);
    }

    private static Step<SaState, Effect> ended(SaState state, Phase.AwaitIntermediateResponse waiting, String why) {
        waiting.pair().privateValue().close();
        return Desk.finish(state, Ending.REFUSAL, why);
    }

    // ---- responder

    Step<SaState, Effect> request(
            SaState state,
            Instant now,
            Phase.AwaitIntermediateRequest waiting,
            Datagram datagram,
            Message message,
            Desk.Opened opened) {
        var header = message.header();
        boolean ours = header.exchange().equals(ExchangeType.Known.IKE_INTERMEDIATE);
        // whoever goes on to IKE_AUTH without it is told; the rest is noise
        if (header.response() || !(ours || header.exchange().equals(ExchangeType.Known.IKE_AUTH))) {
            return Step.to(state, new Effect.Ignored("not an IKE_INTERMEDIATE request"));
        }
        if (!datagram.path().remote().ip().equals(state.path().remote().ip())
                || !datagram.path().local().ip().equals(state.path().local().ip())) {
            return Step.to(state, new Effect.Ignored("an IKE_INTERMEDIATE request from another address"));
        }
        var refusal = new Refusing(state, now, waiting.negotiated(), datagram, header.exchange());
        return switch (opened) {
            case Desk.Opened.Forged(var why) -> Step.to(state, new Effect.Ignored(why));
            case Desk.Opened.Malformed(var why) -> refuse(refusal, Notify.of(NotifyType.INVALID_SYNTAX), why);
            case Desk.Opened.Payloads _
            when !ours ->
                refuse(
                        refusal,
                        Notify.of(NotifyType.INVALID_SYNTAX),
                        "the peer has left out the second key exchange that it had agreed to");
            case Desk.Opened.Payloads(var payloads, var chain) -> answer(waiting, refusal, header, payloads, chain);
        };
    }

    private Step<SaState, Effect> answer(
            Phase.AwaitIntermediateRequest waiting,
            Refusing refusal,
            Header header,
            List<Payload> payloads,
            Bytes chain) {
        var critical = Message.unsupportedCritical(payloads);
        if (critical.isPresent()) {
            var code = Bytes.of((byte) (int) critical.get());
            return refuse(
                    refusal,
                    Notify.of(NotifyType.UNSUPPORTED_CRITICAL_PAYLOAD, code),
                    "the peer insists on payload type %d, which we do not know".formatted(critical.get()));
        }
        var negotiated = waiting.negotiated();
        var method = method(negotiated);
        var answer = Message.first(payloads, KeyExchange.class)
                .filter(it -> it.group() == method.transformId())
                .flatMap(it -> desk.answer(method, it.data()));
        if (answer.isEmpty()) {
            return refuse(
                    refusal,
                    Notify.of(NotifyType.INVALID_SYNTAX),
                    "a second key exchange without a value for %s that an honest peer sends"
                            .formatted(method.keyword()));
        }
        var response = List.<Payload>of(
                new KeyExchange(method.transformId(), answer.get().value()));
        var told = desk.respond(
                refusal.state(), negotiated, ExchangeType.Known.IKE_INTERMEDIATE, refusal.datagram(), response);
        var next = strengthened(
                negotiated,
                answer.get().shared(),
                IntAuth.covered(header, payloads, chain),
                IntAuth.covered(header(negotiated, true), response, Message.encodeChain(response)));
        return new Step<>(told.next().in(new Phase.AwaitAuthRequest(next, waiting.until())), told.effects());
    }

    private record Refusing(
            SaState state, Instant now, Negotiated negotiated, Datagram datagram, ExchangeType exchange) {}

    private Step<SaState, Effect> refuse(Refusing it, Notify notify, String why) {
        var told = desk.respond(it.state(), it.negotiated(), it.exchange(), it.datagram(), List.of(notify));
        return desk.linger(told, it.now(), Ending.REFUSAL, why, List.of());
    }

    // ---- both

    /// The header of our message of this exchange, of which there is one: after IKE_SA_INIT's message ID comes 1.
    private static Header header(Negotiated negotiated, boolean response) {
        return Header.of(
                negotiated.spiI(),
                negotiated.spiR(),
                ExchangeType.Known.IKE_INTERMEDIATE,
                response,
                negotiated.initiator(),
                MessageId.ZERO.next());
    }

    /// What has been sealed with the old keys is kept as bytes, should it have to be said again: nobody needs them any
    /// more.
    private static Negotiated strengthened(Negotiated negotiated, Secret shared, Bytes request, Bytes response) {
        try (shared;
                var old = negotiated.keys()) {
            var keys = old.strengthened(
                    shared, negotiated.nonceI(), negotiated.nonceR(), negotiated.spiI(), negotiated.spiR());
            return negotiated.with(keys, negotiated.intAuth().with(old, request, response));
        }
    }
}
