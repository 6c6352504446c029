package ikebana.ike;

import ikebana.crypto.Entropy;
import ikebana.kernel.Request;
import ikebana.kernel.StateId;
import ikebana.settings.IkeSettings;
import ikebana.wire.Bytes;
import ikebana.wire.Encrypted;
import ikebana.wire.ExchangeType;
import ikebana.wire.Header;
import ikebana.wire.Message;
import ikebana.wire.MessageId;
import ikebana.wire.Notify;
import ikebana.wire.NotifyType;
import ikebana.wire.Payload;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What every exchange does alike: seal, open, send, answer, end.
record Desk(IkeSettings settings, Entropy entropy) {

    /// A message that was opened, or why it was not.
    sealed interface Opened {
        record Payloads(List<Payload> payloads) implements Opened {}

        /// Not authentic, or not even sealed: it never happened.
        record Forged(String why) implements Opened {}

        /// Authentic, and yet impossible to read.
        record Malformed(String why) implements Opened {}
    }

    Opened open(Negotiated negotiated, Datagram datagram, Message message) {
        if (message.payloads().isEmpty() || !(message.payloads().getLast() instanceof Encrypted encrypted)) {
            return new Opened.Forged("an unprotected message");
        }
        if (message.header().fromInitiator() == negotiated.initiator()) {
            return new Opened.Forged("a message of our own, sent back");
        }
        var chain = negotiated.theirs().open(Message.associatedDataOf(datagram.bytes(), encrypted), encrypted.body());
        if (chain.isEmpty()) return new Opened.Forged("a message that is not authentic");
        return switch (Message.decodeChain(encrypted.firstInner(), chain.get())) {
            case Message.Chain.Whole(var payloads) -> new Opened.Payloads(payloads);
            case Message.Chain.Broken(var why) -> new Opened.Malformed(why);
        };
    }

    Bytes seal(
            SaState state,
            Negotiated negotiated,
            ExchangeType exchange,
            boolean response,
            MessageId id,
            List<Payload> payloads) {
        var header = Header.of(negotiated.spiI(), negotiated.spiR(), exchange, response, negotiated.initiator(), id);
        var chain = Message.encodeChain(payloads);
        var protection = negotiated.ours();
        int first = Message.firstType(payloads);
        var associated = Message.associatedData(header, first, protection.sealedLength(chain.length()));
        return Bytes.concat(associated, protection.seal(associated, protection.nextIv(state.sealed(), entropy), chain));
    }

    /// Sends a sealed request and awaits its answer.
    Step<SaState, Effect> request(
            SaState state, Instant now, Negotiated negotiated, ExchangeType exchange, List<Payload> payloads) {
        var bytes = seal(state, negotiated, exchange, false, state.window().next(), payloads);
        var window = state.window().sent(bytes, now, settings.retransmission(), entropy.fraction());
        return Step.to(state.sealedOne().with(window), new Effect.Send(new Datagram(state.path(), bytes)));
    }

    /// Sends a sealed response to where its request came from, and remembers it.
    Step<SaState, Effect> respond(
            SaState state, Negotiated negotiated, ExchangeType exchange, Datagram request, List<Payload> payloads) {
        var bytes = seal(state, negotiated, exchange, true, state.window().expected(), payloads);
        var window = state.window().replied(request.bytes(), bytes);
        return Step.to(state.sealedOne().with(window), new Effect.Send(new Datagram(request.path(), bytes)));
    }

    /// Ends an SA that has nothing more to say.
    static Step<SaState, Effect> finish(SaState state, Ending ending, String why, Effect... before) {
        var effects = new ArrayList<>(List.of(before));
        effects.add(new Effect.Finished(ending, why));
        effects.add(new Effect.Retired());
        return new Step<>(state.with(state.window().answered()).in(new Phase.Closed(why)), effects);
    }

    /// Ends an SA whose last words were an answer. The answer is kept for as long as the peer may ask again.
    Step<SaState, Effect> linger(
            Step<SaState, Effect> answered,
            Instant now,
            Ending ending,
            String why,
            List<Phase.Draining> inbound,
            Effect... more) {
        var until = now.plus(settings.halfOpen().lifetime());
        var idle = answered.next().with(answered.next().window().answered());
        return then(
                then(new Step<>(idle.in(new Phase.Lingering(why, until, inbound)), answered.effects()), more),
                new Effect.Finished(ending, why));
    }

    /// Ends an SA that the peer holds for good: says goodbye, and waits a while for the answer.
    Step<SaState, Effect> goodbye(
            SaState state,
            Instant now,
            Negotiated negotiated,
            List<Payload> payloads,
            Ending ending,
            String why,
            List<Phase.Draining> inbound) {
        boolean busy = state.window().flight().isPresent();
        var deleting = state.in(new Phase.Deleting(negotiated, why, busy ? payloads : List.of(), inbound));
        var told = busy
                ? Step.<SaState, Effect>to(deleting)
                : request(deleting, now, negotiated, ExchangeType.Known.INFORMATIONAL, payloads);
        return then(told, new Effect.Finished(ending, why));
    }

    /// The end of an SA that has said goodbye.
    static Step<SaState, Effect> retire(SaState state, Phase.Deleting deleting) {
        var idle = state.with(state.window().answered());
        if (deleting.inbound().isEmpty()) {
            return Step.to(idle.in(new Phase.Closed(deleting.why())), new Effect.Retired());
        }
        var until = deleting.inbound().stream()
                .map(Phase.Draining::until)
                .max(Instant::compareTo)
                .orElseThrow();
        return Step.to(idle.in(new Phase.Lingering(deleting.why(), until, deleting.inbound())));
    }

    /// Takes a child out of the kernel; nobody waits for the reply.
    static Effect[] remove(Child child) {
        return new Effect[] {
            remove(child.outbound().id()), remove(child.inbound().id())
        };
    }

    static Effect remove(StateId id) {
        return new Effect.AskKernel(NOBODY, new Request.RemoveState(id));
    }

    /// Takes everything of an established SA out of the kernel.
    static Effect[] removeAll(Phase.Established established) {
        return established.states().stream().map(Desk::remove).toArray(Effect[]::new);
    }

    /// Takes what sends out of the kernel; what is under way to us is still received for a moment.
    static Effect[] removeOutbound(Phase.Established established) {
        return established.children().stream()
                .filter(child -> !(child.outbound() instanceof ChildSa.None))
                .map(child -> remove(child.pair().outbound().id()))
                .toArray(Effect[]::new);
    }

    /// The inbound states that outlive an established SA for a moment.
    List<Phase.Draining> draining(Phase.Established established, Instant now) {
        var until = now.plus(settings.keepInbound());
        return established.children().stream()
                .map(child -> new Phase.Draining(
                        child.pair().inbound().id(),
                        child.fate() instanceof ChildSa.Draining(var before) ? before : until))
                .toList();
    }

    /// A ticket that is never drawn.
    static final Ticket NOBODY = new Ticket(-1);

    /// Of all requests to change ports: any time may be the time for one.
    static final Ticket PORTS = new Ticket(-2);

    static Step<SaState, Effect> then(Step<SaState, Effect> step, Effect... more) {
        var effects = new ArrayList<>(step.effects());
        effects.addAll(List.of(more));
        return new Step<>(step.next(), effects);
    }

    static Step<SaState, Effect> first(Step<SaState, Effect> step, Effect... before) {
        var effects = new ArrayList<>(List.of(before));
        effects.addAll(step.effects());
        return new Step<>(step.next(), effects);
    }

    /// The first error that a message carries.
    static Optional<String> error(List<Payload> payloads) {
        return Message.all(payloads, Notify.class)
                .filter(Notify::isError)
                .map(notify -> NotifyType.describe(notify.notifyType()))
                .findFirst();
    }
}
