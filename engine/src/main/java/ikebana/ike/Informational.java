package ikebana.ike;

import ikebana.kernel.Reply;
import ikebana.kernel.Request;
import ikebana.kernel.StateId;
import ikebana.wire.Bytes;
import ikebana.wire.Delete;
import ikebana.wire.ExchangeType;
import ikebana.wire.Message;
import ikebana.wire.Notify;
import ikebana.wire.NotifyType;
import ikebana.wire.Payload;
import ikebana.wire.Proposal;
import ikebana.wire.UdpAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// INFORMATIONAL, RFC 7296 1.4: deletion and liveness, in both roles. Also the plain no to CREATE_CHILD_SA.
final class Informational {
    private final Desk desk;
    private final Establishment establishment;

    Informational(Desk desk, Establishment establishment) {
        this.desk = desk;
        this.establishment = establishment;
    }

    /// Nothing came for a while: is the peer alive? RFC 7296 2.4.
    Step<SaState, Effect> ask(SaState state, Instant now) {
        if (!(state.phase() instanceof Phase.Established(var agreed, var _, var _))) return Step.to(state);
        return desk.request(state, now, agreed.negotiated(), ExchangeType.Known.INFORMATIONAL, List.of());
    }

    /// Is the peer there?
    Step<SaState, Effect> probe(SaState state, Instant now) {
        // the answer to what is under way says so, too
        return state.window().flight().isPresent() ? Step.to(state) : ask(state, now);
    }

    /// The owner wants it ended. The states go first: nobody is to send into an SA that the peer no longer has.
    Step<SaState, Effect> close(SaState state, Instant now, String why, boolean replaced) {
        return switch (state.phase()) {
            case Phase.Established(var agreed, var _, var _) -> {
                var child = agreed.child();
                var inbound = replaced ? Optional.of(desk.draining(child, now)) : Optional.<Phase.Draining>empty();
                var deletion = List.<Payload>of(Delete.ikeSa());
                yield Desk.first(
                        desk.goodbye(state, now, agreed.negotiated(), deletion, Ending.WANTED, why, inbound),
                        replaced ? new Effect[] {Desk.remove(child.outbound().id())} : Desk.remove(child));
            }
            case Phase.AwaitAdmission(var agreed, var _) ->
                establishment.giveUp(state, now, agreed, Ending.WANTED, why);
            case Phase.AwaitInbound(var agreed, var _, var _) ->
                Desk.first(establishment.giveUp(state, now, agreed, Ending.WANTED, why), Desk.remove(agreed.child()));
            case Phase.AwaitOutbound(var agreed, var _) ->
                Desk.first(establishment.giveUp(state, now, agreed, Ending.WANTED, why), Desk.remove(agreed.child()));
            // our IKE_AUTH is on its way: the peer may have established it, and has to be told
            case Phase.AwaitAuthResponse(var _, var negotiated, var _) -> abandon(state, now, negotiated, why);
            case Phase.AwaitResponderProof(var _, var negotiated, var _, var _, var _) ->
                abandon(state, now, negotiated, why);
            case Phase.AwaitInitResponse _,
                    Phase.AwaitClearance _,
                    Phase.AwaitOurAuth _,
                    Phase.AwaitAuthRequest _,
                    Phase.AwaitInitiatorProof _,
                    Phase.AwaitResponderAuth _ -> Desk.finish(state, Ending.WANTED, why);
            case Phase.Deleting _, Phase.Lingering _, Phase.Closed _ -> Step.to(state);
        };
    }

    private Step<SaState, Effect> abandon(SaState state, Instant now, Negotiated negotiated, String why) {
        var deletion = List.<Payload>of(Delete.ikeSa());
        return desk.goodbye(state, now, negotiated, deletion, Ending.WANTED, why, Optional.empty());
    }

    /// A hard limit. Until there is rekeying, a child that ends takes its IKE SA along, and the next packet dials anew.
    Step<SaState, Effect> childEnded(SaState state, Instant now, StateId id) {
        if (state.phase() instanceof Phase.Established(var agreed, var _, var _)
                && (agreed.child().inbound().id().equals(id)
                        || agreed.child().outbound().id().equals(id))) {
            return close(state, now, "the child's lifetime is over", false);
        }
        return Step.to(state);
    }

    Step<SaState, Effect> established(
            SaState state, Instant now, Phase.Established established, Datagram datagram, Message message) {
        var agreed = established.agreed();
        return switch (desk.open(agreed.negotiated(), datagram, message)) {
            case Desk.Opened.Forged(var why) -> Step.to(state, new Effect.Ignored(why));
            case Desk.Opened.Malformed(var why) ->
                message.header().response()
                        ? Step.to(state, new Effect.Ignored(why))
                        : answer(
                                state,
                                agreed,
                                datagram,
                                message.header().exchange(),
                                List.of(Notify.of(NotifyType.INVALID_SYNTAX)));
            case Desk.Opened.Payloads(var payloads) -> {
                var heard = state.in(new Phase.Established(agreed, now, established.outbound()));
                var step = message.header().response()
                        ? Step.<SaState, Effect>to(heard.with(heard.window().answered()))
                        : request(heard, now, agreed, datagram, message.header().exchange(), payloads);
                var further = establishment.heard(step.next());
                var all = Desk.first(further, step.effects().toArray(Effect[]::new));
                // the window has passed it: it is authentic, and the newest
                var moved = followed(all.next(), now, datagram.path().remote());
                yield Desk.first(moved, all.effects().toArray(Effect[]::new));
            }
        };
    }

    /// RFC 7296 2.23: a NAT in front of the peer may forget it, and give it another port the next time it speaks. We do
    /// so also where there is a NAT in front of us: a hub that has one keeps its address.
    private Step<SaState, Effect> followed(SaState state, Instant now, UdpAddress from) {
        if (!(state.phase() instanceof Phase.Established(var agreed, var heardAt, var outbound))
                || !agreed.negotiated().nat().there()
                || from.equals(state.path().remote())) {
            return Step.to(state);
        }
        var path = new Path(state.path().local(), from);
        if (!from.ip().equals(agreed.endpoint().remote())) {
            // a tunnel's name and its states have the address in them: the peer has to dial anew, and is told so
            var why = "a NAT has given the peer another address: %s".formatted(from.ip());
            return close(state.on(path), now, why, false);
        }
        var child = agreed.child().on(path);
        var effects = new ArrayList<Effect>();
        effects.add(new Effect.AskKernel(Desk.PORTS, new Request.ChangePorts(child.inbound())));
        if (!(outbound instanceof Phase.HeldBack)) {
            effects.add(new Effect.AskKernel(Desk.PORTS, new Request.ChangePorts(child.outbound())));
        }
        effects.add(new Effect.Moved(from));
        return new Step<>(state.on(path).in(new Phase.Established(agreed.with(child), heardAt, outbound)), effects);
    }

    /// A kernel that refuses would send on to a port that the NAT has forgotten: the peer has to dial anew.
    Step<SaState, Effect> portsSaid(SaState state, Instant now, Reply reply) {
        return reply instanceof Reply.Refused refused ? close(state, now, refused.sentence(), false) : Step.to(state);
    }

    /// ESP is as authentic as IKE, but whoever can hold a packet back can also send it from elsewhere: another port is
    /// believed, another address only when the peer answers there.
    Step<SaState, Effect> remapped(SaState state, Instant now, UdpAddress from) {
        if (!(state.phase() instanceof Phase.Established(var agreed, var _, var _))
                || !agreed.negotiated().nat().there()) return Step.to(state);
        if (from.ip().equals(agreed.endpoint().remote())) return followed(state, now, from);
        if (state.window().flight().isPresent()) return Step.to(state);
        // the first copy goes there, its repetitions to where the peer was
        var asked = ask(state.on(new Path(state.path().local(), from)), now);
        return new Step<>(asked.next().on(state.path()), asked.effects());
    }

    private Step<SaState, Effect> request(
            SaState state,
            Instant now,
            Phase.Agreed agreed,
            Datagram datagram,
            ExchangeType exchange,
            List<Payload> payloads) {
        var critical = Message.unsupportedCritical(payloads);
        if (critical.isPresent()) {
            var code = Bytes.of((byte) (int) critical.get());
            var no = Notify.of(NotifyType.UNSUPPORTED_CRITICAL_PAYLOAD, code);
            return answer(state, agreed, datagram, exchange, List.of(no));
        }
        if (exchange.equals(ExchangeType.Known.CREATE_CHILD_SA)) {
            return answer(state, agreed, datagram, exchange, List.of(Notify.of(NotifyType.NO_ADDITIONAL_SAS)));
        }
        if (!exchange.equals(ExchangeType.Known.INFORMATIONAL)) {
            return answer(state, agreed, datagram, exchange, List.of(Notify.of(NotifyType.INVALID_SYNTAX)));
        }
        var deletes = Message.all(payloads, Delete.class).toList();
        if (deletes.stream().anyMatch(delete -> delete.protocolId() == Proposal.IKE)) {
            // RFC 7296 1.4.1: the children go with it, and the answer is empty
            return ended(state, now, agreed, datagram, Ending.WANTED, "the peer deleted the IKE SA");
        }
        // the peer names what it receives on, which is what we send to
        var ours = agreed.child().outbound().id().spi().toBytes();
        if (deletes.stream()
                .anyMatch(delete ->
                        delete.protocolId() == Proposal.ESP && delete.spis().contains(ours))) {
            return childDeleted(state, now, agreed, datagram);
        }
        if (Message.has(payloads, NotifyType.AUTHENTICATION_FAILED)) { // RFC 7296 2.21.2
            var why = "the peer does not believe our identity";
            return ended(state, now, agreed, datagram, Ending.REFUSAL, why);
        }
        return answer(state, agreed, datagram, exchange, List.of());
    }

    private Step<SaState, Effect> answer(
            SaState state, Phase.Agreed agreed, Datagram datagram, ExchangeType exchange, List<Payload> payloads) {
        return desk.respond(state, agreed.negotiated(), exchange, datagram, payloads);
    }

    /// An IKE SA without its child is of no use to us, and the peer must not believe in it.
    private Step<SaState, Effect> childDeleted(SaState state, Instant now, Phase.Agreed agreed, Datagram datagram) {
        var child = agreed.child();
        var pair = Delete.esp(child.inbound().id().spi());
        var told = answer(state, agreed, datagram, ExchangeType.Known.INFORMATIONAL, List.of(pair));
        var effects = new ArrayList<>(told.effects());
        effects.add(Desk.remove(child.outbound().id()));
        return Desk.first(
                desk.goodbye(
                        told.next(),
                        now,
                        agreed.negotiated(),
                        List.of(Delete.ikeSa()),
                        Ending.WANTED,
                        "the peer deleted the child",
                        Optional.of(desk.draining(child, now))),
                effects.toArray(Effect[]::new));
    }

    private Step<SaState, Effect> ended(
            SaState state, Instant now, Phase.Agreed agreed, Datagram datagram, Ending ending, String why) {
        var told = answer(state, agreed, datagram, ExchangeType.Known.INFORMATIONAL, List.of());
        var child = agreed.child();
        var inbound = Optional.of(desk.draining(child, now));
        return desk.linger(
                told, now, ending, why, inbound, Desk.remove(child.outbound().id()));
    }

    Step<SaState, Effect> deleting(
            SaState state, Instant now, Phase.Deleting deleting, Datagram datagram, Message message) {
        return switch (desk.open(deleting.negotiated(), datagram, message)) {
            case Desk.Opened.Forged(var why) -> Step.to(state, new Effect.Ignored(why));
            case Desk.Opened.Malformed _, Desk.Opened.Payloads _
            when message.header().response() -> answered(state, now, deleting);
            case Desk.Opened.Malformed _ -> reply(state, deleting, datagram, message);
            case Desk.Opened.Payloads(var payloads) -> {
                var told = reply(state, deleting, datagram, message);
                boolean both = Message.all(payloads, Delete.class).anyMatch(it -> it.protocolId() == Proposal.IKE);
                yield both ? crossed(told, now, deleting) : told;
            }
        };
    }

    private Step<SaState, Effect> reply(SaState state, Phase.Deleting deleting, Datagram datagram, Message message) {
        return desk.respond(state, deleting.negotiated(), message.header().exchange(), datagram, List.of());
    }

    /// Both delete at once. The peer has nothing left that our own deletion could tell it: its answer is not waited
    /// for.
    private Step<SaState, Effect> crossed(Step<SaState, Effect> told, Instant now, Phase.Deleting deleting) {
        var idle = told.next().with(told.next().window().answered());
        var until = now.plus(desk.settings().halfOpen().lifetime());
        return new Step<>(idle.in(new Phase.Lingering(deleting.why(), until, deleting.inbound())), told.effects());
    }

    private Step<SaState, Effect> answered(SaState state, Instant now, Phase.Deleting deleting) {
        if (deleting.unsaid().isEmpty()) return Desk.retire(state, deleting);
        var negotiated = deleting.negotiated();
        var saying = new Phase.Deleting(negotiated, deleting.why(), List.of(), deleting.inbound());
        return desk.request(
                state.with(state.window().answered()).in(saying),
                now,
                negotiated,
                ExchangeType.Known.INFORMATIONAL,
                deleting.unsaid());
    }
}
