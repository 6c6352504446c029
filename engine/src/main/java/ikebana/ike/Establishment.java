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
import ikebana.wire.Payload;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// From the proof of both sides to a child that carries traffic: the one gate (`AskAdmission`), then the kernel. A
/// responder answers IKE_AUTH in between, and beside another SA it holds its outbound state back
/// (docs/decisions/0006).
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
                        agreed.child().stream()
                                .flatMap(first -> Stream.of(
                                        first.pair().outbound().id(),
                                        first.pair().inbound().id()))
                                .toList()));
    }

    Step<SaState, Effect> admitted(SaState state, Instant now, Ticket ticket, boolean confirm) {
        if (!(state.phase() instanceof Phase.AwaitAdmission(var agreed, var awaited)) || !awaited.equals(ticket)) {
            return Step.to(state);
        }
        if (agreed.child().isEmpty()) {
            var standing = state.in(Phase.Established.childless(agreed, now, desk.young(agreed.profile(), now)));
            return agreed.response().isPresent() ? respond(standing, agreed) : Step.to(standing);
        }
        var next = state.ticket();
        // an initiator needs no confirmation: whoever has answered it receives
        boolean holdBack = confirm && !agreed.negotiated().initiator();
        return Step.to(
                state.drawn().in(new Phase.AwaitInbound(agreed, holdBack, next)),
                new Effect.AskKernel(
                        next, new Request.InstallState(agreed.first().inbound())));
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
            case Phase.Established established -> tookOver(state, now, established, ticket, reply);
            default -> Step.to(state); // a removal, or a ticket that nobody waits for any more
        };
    }

    private Step<SaState, Effect> inboundSaid(
            SaState state, Instant now, Phase.Agreed agreed, boolean confirm, Reply reply) {
        if (reply instanceof Reply.Refused refused) {
            return Desk.first(
                    giveUp(state, now, agreed, Ending.KERNEL, refused.sentence()),
                    refusedState(refused, agreed.first().inbound()));
        }
        if (!confirm) {
            var next = state.ticket();
            return Step.to(
                    state.drawn().in(new Phase.AwaitOutbound(agreed, next)),
                    new Effect.AskKernel(
                            next, new Request.InstallState(agreed.first().outbound())));
        }
        var held = Phase.Established.with(agreed, now, desk.young(agreed.profile(), now), new ChildSa.HeldBack());
        var answered = respond(state.in(held.asks(new Phase.Liveness())), agreed);
        return Desk.first(
                desk.request(answered.next(), now, agreed.negotiated(), ExchangeType.Known.INFORMATIONAL, List.of()),
                answered.effects().toArray(Effect[]::new));
    }

    private Step<SaState, Effect> outboundSaid(SaState state, Instant now, Phase.Agreed agreed, Reply reply) {
        if (reply instanceof Reply.Refused refused) {
            return Desk.first(
                    Desk.first(
                            giveUp(state, now, agreed, Ending.KERNEL, refused.sentence()),
                            refusedState(refused, agreed.first().outbound())),
                    Desk.remove(agreed.first().inbound().id()));
        }
        boolean confirmed = agreed.negotiated().initiator();
        var standing = state.in(
                Phase.Established.with(agreed, now, desk.young(agreed.profile(), now), new ChildSa.InUse(confirmed)));
        return Desk.then(
                agreed.response().isPresent() ? respond(standing, agreed) : Step.to(standing),
                established(standing, agreed, confirmed));
    }

    /// A kernel that was too slow may have installed it all the same. What is there already is another's, and stays.
    static Effect[] refusedState(Reply.Refused refused, State state) {
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
        if (!(state.phase() instanceof Phase.Established established)) return Step.to(state);
        for (var child : established.children()) {
            switch (child.outbound()) {
                case ChildSa.HeldBack _ -> {
                    return takeOver(state, true);
                }
                case ChildSa.BeingInstalled(var ticket, var confirmed) -> {
                    var known = child.with(new ChildSa.BeingInstalled(ticket, true));
                    return Step.to(confirmed ? state : state.in(established.replace(known)));
                }
                case ChildSa.InUse(var confirmed) -> {
                    if (confirmed) continue;
                    var known = established.replace(child.with(new ChildSa.InUse(true)));
                    return Step.to(state.in(known), new Effect.Confirmed());
                }
                case ChildSa.Waiting _, ChildSa.AfterInbound _, ChildSa.Coming _, ChildSa.None _ -> {
                    // nothing that was heard says where the peer receives
                }
            }
        }
        return Step.to(state);
    }

    /// An outbound state that was held back, or would be, is wanted now.
    Step<SaState, Effect> takeOver(SaState state, boolean confirmed) {
        if (state.phase() instanceof Phase.AwaitInbound(var agreed, var _, var ticket)) {
            return Step.to(state.in(new Phase.AwaitInbound(agreed, false, ticket)));
        }
        if (!(state.phase() instanceof Phase.Established established)) return Step.to(state);
        var held = established.children().stream()
                .filter(child -> child.outbound() instanceof ChildSa.HeldBack)
                .findFirst();
        if (held.isEmpty()) return Step.to(state);
        var ticket = state.ticket();
        var coming = held.get().with(new ChildSa.BeingInstalled(ticket, confirmed));
        return Step.to(
                state.drawn().in(established.replace(coming)),
                new Effect.AskKernel(
                        ticket, new Request.InstallState(coming.pair().outbound())));
    }

    private Step<SaState, Effect> tookOver(
            SaState state, Instant now, Phase.Established established, Ticket ticket, Reply reply) {
        var coming = established.children().stream()
                .filter(child -> child.outbound() instanceof ChildSa.BeingInstalled(var awaited, var _)
                        && awaited.equals(ticket))
                .findFirst();
        if (coming.isEmpty()) return Step.to(state);
        var agreed = established.agreed();
        var child = coming.get();
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
                                    List.of()),
                            refusedState(refused, child.pair().outbound())),
                    Stream.of(Desk.removeAll(established.minus(child)), new Effect[] {
                                Desk.remove(child.pair().inbound().id())
                            })
                            .flatMap(Stream::of)
                            .toArray(Effect[]::new));
        }
        boolean confirmed = child.outbound() instanceof ChildSa.BeingInstalled(var _, var known) && known;
        var standing = state.in(established.replace(child.with(new ChildSa.InUse(confirmed))));
        return Step.to(standing, established(standing, agreed, confirmed));
    }

    /// The first child of an IKE SA that began without one (RFC 6023) carries traffic.
    static Step<SaState, Effect> cameLate(Step<SaState, Effect> step) {
        if (!(step.next().phase() instanceof Phase.Established standing)
                || standing.agreed().child().isPresent()) return step;
        var came = standing.children().stream()
                .filter(child -> child.outbound() instanceof ChildSa.InUse)
                .findFirst();
        if (came.isEmpty()) return step;
        var known = standing.with(new Phase.First(came.get().pair(), came.get().selectors()));
        var state = step.next().in(known);
        return Desk.then(new Step<>(state, step.effects()), established(state, known.agreed(), true));
    }

    private static Effect established(SaState state, Phase.Agreed agreed, boolean confirmed) {
        return new Effect.Established(
                agreed.endpoint(),
                agreed.local(),
                agreed.peer().identity(),
                agreed.first(),
                confirmed,
                view(state, agreed));
    }

    /// How people see this SA.
    static IkeSaView view(SaState state, Phase.Agreed agreed) {
        var negotiated = agreed.negotiated();
        var children = state.phase() instanceof Phase.Established established
                ? established.children().stream()
                        .filter(child -> child.outbound() instanceof ChildSa.InUse)
                        .map(ChildSa::pair)
                        .toList()
                : agreed.child().stream().map(Phase.First::pair).toList();
        return new IkeSaView(
                negotiated.spiI(),
                negotiated.spiR(),
                negotiated.initiator(),
                state.path().local(),
                state.path().remote(),
                Optional.of(agreed.local()),
                Optional.of(agreed.peer().identity()),
                agreed.peer().certificate(),
                Optional.of(negotiated.suite()),
                children.stream().map(Establishment::view).toList());
    }

    private static ChildView view(Child child) {
        return new ChildView(
                child.inbound().id().spi(),
                child.outbound().id().spi(),
                child.inbound().reqid(),
                child.inbound().suite().toString());
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
                Desk.remove(agreed.first()));
    }

    /// After both sides were proven: a responder answers with an error, an initiator says goodbye.
    Step<SaState, Effect> giveUp(SaState state, Instant now, Phase.Agreed agreed, Ending ending, String why) {
        return agreed.response()
                .map(answer -> notNow(state, now, agreed.negotiated(), answer.request(), ending, why))
                .orElseGet(() ->
                        desk.goodbye(state, now, agreed.negotiated(), List.of(Delete.ikeSa()), ending, why, List.of()));
    }

    /// A peer whose IKE_AUTH has come is told that nothing comes of it, or it would ask until it believes us dead.
    Step<SaState, Effect> notNow(
            SaState state, Instant now, Negotiated negotiated, Phase.AuthRequest request, Ending ending, String why) {
        var no = List.<Payload>of(Notify.of(NotifyType.TEMPORARY_FAILURE));
        var told = desk.respond(state, negotiated, ExchangeType.Known.IKE_AUTH, request.datagram(), no);
        return desk.linger(told, now, ending, why, List.of());
    }
}
