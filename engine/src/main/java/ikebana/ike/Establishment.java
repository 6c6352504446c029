package ikebana.ike;

import ikebana.control.Tunnel.ChildView;
import ikebana.control.Tunnel.IkeSaView;
import ikebana.kernel.Reply;
import ikebana.kernel.Request;
import ikebana.kernel.State;
import ikebana.wire.Delete;
import ikebana.wire.ExchangeType;
import ikebana.wire.Notify;
import ikebana.wire.NotifyType;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// From the proof of both sides to a child that carries traffic: the one gate (`AskAdmission`), then the kernel. A
/// responder answers IKE_AUTH in between, and beside another SA it holds its outbound state back (docs/decisions/0006).
final class Establishment {
    private final Desk desk;

    Establishment(Desk desk) {
        this.desk = desk;
    }

    /// Both sides are proven, and nothing is installed.
    Step<SaState, Effect> ask(SaState state, Phase.Agreed agreed, boolean initialContact) {
        var ticket = state.ticket();
        return Step.to(
                state.drawn().in(new Phase.AwaitAdmission(agreed, ticket)),
                new Effect.AskAdmission(
                        ticket,
                        agreed.endpoint(),
                        agreed.peer().identity(),
                        agreed.negotiated().initiator(),
                        agreed.negotiated().kin(),
                        agreed.negotiated().lowestNonce(),
                        initialContact,
                        agreed.negotiated().nat().there()
                                ? Optional.of(state.path().remote().port())
                                : Optional.empty(),
                        agreed.child()));
    }

    Step<SaState, Effect> admitted(SaState state, Ticket ticket, boolean confirm) {
        if (!(state.phase() instanceof Phase.AwaitAdmission(var agreed, var awaited)) || !awaited.equals(ticket)) {
            return Step.to(state);
        }
        var next = state.ticket();
        // an initiator needs no confirmation: whoever has answered it receives
        boolean holdBack = confirm && !agreed.negotiated().initiator();
        return Step.to(
                state.drawn().in(new Phase.AwaitInbound(agreed, holdBack, next)),
                new Effect.AskKernel(
                        next, new Request.InstallState(agreed.child().inbound())));
    }

    Step<SaState, Effect> notAdmitted(SaState state, Instant now, Ticket ticket, String why) {
        if (!(state.phase() instanceof Phase.AwaitAdmission(var agreed, var awaited)) || !awaited.equals(ticket)) {
            return Step.to(state);
        }
        return giveUp(state, now, agreed, Ending.REFUSAL, why);
    }

    Step<SaState, Effect> kernelSaid(SaState state, Instant now, Ticket ticket, Reply reply) {
        return switch (state.phase()) {
            case Phase.AwaitInbound(var agreed, var confirm, var awaited)
            when awaited.equals(ticket) -> inboundSaid(state, now, agreed, confirm, reply);
            case Phase.AwaitOutbound(var agreed, var awaited)
            when awaited.equals(ticket) -> outboundSaid(state, now, agreed, reply);
            case Phase.Established(var agreed, var heardAt, Phase.BeingInstalled(var awaited, var confirmed))
            when awaited.equals(ticket) -> tookOver(state, now, agreed, heardAt, confirmed, reply);
            default -> Step.to(state); // a removal, or a ticket that nobody waits for any more
        };
    }

    private Step<SaState, Effect> inboundSaid(
            SaState state, Instant now, Phase.Agreed agreed, boolean confirm, Reply reply) {
        if (reply instanceof Reply.Refused refused) {
            return Desk.first(
                    giveUp(state, now, agreed, Ending.KERNEL, refused.sentence()),
                    refusedState(refused, agreed.child().inbound()));
        }
        if (!confirm) {
            var next = state.ticket();
            return Step.to(
                    state.drawn().in(new Phase.AwaitOutbound(agreed, next)),
                    new Effect.AskKernel(
                            next, new Request.InstallState(agreed.child().outbound())));
        }
        var until = now.plus(desk.settings().crossingGrace());
        var standing = state.in(new Phase.Established(agreed, now, new Phase.HeldBack(until)));
        var answered = respond(standing, agreed);
        return Desk.first(
                desk.request(answered.next(), now, agreed.negotiated(), ExchangeType.Known.INFORMATIONAL, List.of()),
                answered.effects().toArray(Effect[]::new));
    }

    private Step<SaState, Effect> outboundSaid(SaState state, Instant now, Phase.Agreed agreed, Reply reply) {
        if (reply instanceof Reply.Refused refused) {
            return Desk.first(
                    Desk.first(
                            giveUp(state, now, agreed, Ending.KERNEL, refused.sentence()),
                            refusedState(refused, agreed.child().outbound())),
                    Desk.remove(agreed.child().inbound().id()));
        }
        boolean confirmed = agreed.negotiated().initiator();
        var standing = state.in(new Phase.Established(agreed, now, new Phase.InUse(confirmed)));
        return Desk.then(
                agreed.response().isPresent() ? respond(standing, agreed) : Step.to(standing),
                established(standing, agreed, confirmed));
    }

    /// A kernel that was too slow may have installed it all the same. What is there already is another's, and stays.
    private static Effect[] refusedState(Reply.Refused refused, State state) {
        return refused.why() == Reply.Why.EXISTS ? new Effect[0] : new Effect[] {Desk.remove(state.id())};
    }

    private Step<SaState, Effect> respond(SaState state, Phase.Agreed agreed) {
        var answer = agreed.response().orElseThrow();
        return desk.respond(
                state,
                agreed.negotiated(),
                ExchangeType.Known.IKE_AUTH,
                answer.request().datagram(),
                answer.payloads());
    }

    /// Whoever says something after IKE_AUTH has established this SA, and receives on it.
    Step<SaState, Effect> heard(SaState state) {
        if (!(state.phase() instanceof Phase.Established(var agreed, var heardAt, var outbound))) return Step.to(state);
        return switch (outbound) {
            case Phase.HeldBack _ -> takeOver(state, true);
            case Phase.BeingInstalled(var ticket, var _) ->
                Step.to(state.in(new Phase.Established(agreed, heardAt, new Phase.BeingInstalled(ticket, true))));
            case Phase.InUse(var confirmed) ->
                confirmed
                        ? Step.to(state)
                        : Step.to(
                                state.in(new Phase.Established(agreed, heardAt, new Phase.InUse(true))),
                                new Effect.Confirmed());
        };
    }

    /// An outbound state that was held back is wanted now.
    Step<SaState, Effect> takeOver(SaState state, boolean confirmed) {
        if (!(state.phase() instanceof Phase.Established(var agreed, var heardAt, Phase.HeldBack _))) {
            return Step.to(state);
        }
        var ticket = state.ticket();
        var coming = new Phase.BeingInstalled(ticket, confirmed);
        return Step.to(
                state.drawn().in(new Phase.Established(agreed, heardAt, coming)),
                new Effect.AskKernel(
                        ticket, new Request.InstallState(agreed.child().outbound())));
    }

    private Step<SaState, Effect> tookOver(
            SaState state, Instant now, Phase.Agreed agreed, Instant heardAt, boolean confirmed, Reply reply) {
        if (reply instanceof Reply.Refused refused) {
            return Desk.first(
                    Desk.first(
                            desk.goodbye(
                                    state,
                                    now,
                                    agreed.negotiated(),
                                    List.of(Delete.ikeSa()),
                                    Ending.KERNEL,
                                    refused.sentence(),
                                    Optional.empty()),
                            refusedState(refused, agreed.child().outbound())),
                    Desk.remove(agreed.child().inbound().id()));
        }
        var standing = state.in(new Phase.Established(agreed, heardAt, new Phase.InUse(confirmed)));
        return Step.to(standing, established(standing, agreed, confirmed));
    }

    private static Effect established(SaState state, Phase.Agreed agreed, boolean confirmed) {
        return new Effect.Established(
                agreed.endpoint(),
                agreed.local(),
                agreed.peer().identity(),
                agreed.child(),
                confirmed,
                view(state, agreed));
    }

    private static IkeSaView view(SaState state, Phase.Agreed agreed) {
        var negotiated = agreed.negotiated();
        var child = agreed.child();
        return new IkeSaView(
                negotiated.spiI(),
                negotiated.spiR(),
                negotiated.initiator(),
                state.path().local(),
                state.path().remote(),
                Optional.of(agreed.local()),
                Optional.of(agreed.peer().identity()),
                Optional.of(negotiated.keys().suite().toString()),
                List.of(new ChildView(
                        child.inbound().id().spi(),
                        child.outbound().id().spi(),
                        child.inbound().reqid(),
                        child.inbound().suite().toString())));
    }

    /// The ledger or the kernel has not answered in time: nothing may wait for ever.
    Step<SaState, Effect> neverAnswered(SaState state, Instant now, Phase.Agreed agreed) {
        var late = "Ikebana itself took too long: ";
        if (state.phase() instanceof Phase.AwaitAdmission) {
            var hooks = late + "the hooks of an earlier tunnel have not ended";
            return giveUp(state, now, agreed, Ending.REFUSAL, hooks);
        }
        return Desk.first(
                giveUp(state, now, agreed, Ending.KERNEL, late + "the kernel has not answered"),
                Desk.remove(agreed.child()));
    }

    /// After both sides were proven: a responder answers with an error, an initiator says goodbye.
    Step<SaState, Effect> giveUp(SaState state, Instant now, Phase.Agreed agreed, Ending ending, String why) {
        return agreed.response()
                .map(answer -> desk.linger(
                        desk.respond(
                                state,
                                agreed.negotiated(),
                                ExchangeType.Known.IKE_AUTH,
                                answer.request().datagram(),
                                List.of(Notify.of(NotifyType.TEMPORARY_FAILURE))),
                        now,
                        ending,
                        why,
                        Optional.empty()))
                .orElseGet(() -> desk.goodbye(
                        state, now, agreed.negotiated(), List.of(Delete.ikeSa()), ending, why, Optional.empty()));
    }
}
