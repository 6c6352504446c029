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
import java.util.stream.Stream;

/// What an established IKE SA hears, and INFORMATIONAL, RFC 7296 1.4: deletion and liveness, in both roles.
final class Informational {
    private final Desk desk;
    private final Establishment establishment;
    private final CreateChild createChild;
    private final ChildLifetimes lifetimes;
    private final Liveness liveness;
    private final IkeRekey ikeRekey;
    private final FollowUp followUp;

    Informational(
            Desk desk,
            Establishment establishment,
            CreateChild createChild,
            ChildLifetimes lifetimes,
            Liveness liveness,
            IkeRekey ikeRekey,
            FollowUp followUp) {
        this.desk = desk;
        this.establishment = establishment;
        this.createChild = createChild;
        this.lifetimes = lifetimes;
        this.liveness = liveness;
        this.ikeRekey = ikeRekey;
        this.followUp = followUp;
    }

    /// Is the peer there?
    Step<SaState, Effect> probe(SaState state, Instant now) {
        // the answer to what is under way says so, too
        return state.window().flight().isPresent() ? Step.to(state) : liveness.ask(state, now);
    }

    /// The owner wants it ended. The states go first: nobody is to send into an SA that the peer no longer has.
    Step<SaState, Effect> close(SaState state, Instant now, String why, boolean replaced) {
        return switch (state.phase()) {
            case Phase.Established established when replaced -> desk.leave(state, now, established, Ending.WANTED, why);
            case Phase.Established established ->
                Desk.first(
                        desk.goodbye(
                                state,
                                now,
                                established.agreed().negotiated(),
                                List.of(Delete.ikeSa()),
                                Ending.WANTED,
                                why,
                                List.of()),
                        Desk.removeAll(established));
            case Phase.AwaitAdmission(var agreed, var _) ->
                establishment.giveUp(state, now, agreed, Ending.WANTED, why);
            case Phase.AwaitInbound(var agreed, var _, var _) ->
                Desk.first(establishment.giveUp(state, now, agreed, Ending.WANTED, why), Desk.remove(agreed.first()));
            case Phase.AwaitOutbound(var agreed, var _) ->
                Desk.first(establishment.giveUp(state, now, agreed, Ending.WANTED, why), Desk.remove(agreed.first()));
            // our IKE_AUTH is on its way: the peer may have established it, and has to be told
            case Phase.AwaitAuthResponse(var _, var negotiated, var _) -> abandon(state, now, negotiated, why);
            case Phase.AwaitResponderProof(var _, var negotiated, var _, var _, var _) ->
                abandon(state, now, negotiated, why);
            case Phase.AwaitInitiatorPpk(var negotiated, var request, var _, var _) ->
                establishment.notNow(state, now, negotiated, request, Ending.WANTED, why);
            case Phase.AwaitInitiatorProof(var negotiated, var request, var _) ->
                establishment.notNow(state, now, negotiated, request, Ending.WANTED, why);
            case Phase.AwaitResponderAuth(var negotiated, var request, var _, var _, var _, var _) ->
                establishment.notNow(state, now, negotiated, request, Ending.WANTED, why);
            case Phase.AwaitInitResponse _,
                    Phase.AwaitIntermediateResponse _,
                    Phase.AwaitIntermediateRequest _,
                    Phase.AwaitClearance _,
                    Phase.AwaitOurPpk _,
                    Phase.AwaitOurAuth _,
                    Phase.AwaitAuthRequest _ -> Desk.finish(state, Ending.WANTED, why);
            case Phase.Deleting _, Phase.Lingering _, Phase.Closed _ -> Step.to(state);
        };
    }

    private Step<SaState, Effect> abandon(SaState state, Instant now, Negotiated negotiated, String why) {
        var deletion = List.<Payload>of(Delete.ikeSa());
        return desk.goodbye(state, now, negotiated, deletion, Ending.WANTED, why, List.of());
    }

    /// The kernel has ended a child at its hard limit, or lost it. The only one takes its IKE SA along, and
    /// the next packet dials anew: a successor had its time.
    Step<SaState, Effect> childEnded(SaState state, Instant now, StateId id) {
        if (!(state.phase() instanceof Phase.Established established)) return Step.to(state);
        var ended = established.children().stream()
                .filter(child -> child.isInstalled(id))
                .findFirst();
        if (ended.isEmpty()) return Step.to(state);
        var child = ended.get();
        if (child.fate() instanceof ChildSa.Draining) return Step.to(state.in(established.minus(child)));
        var kept = lifetimes.withoutSuccessor(established, now, child);
        if (!kept.minus(child).carriesTraffic()) return close(state, now, "the child's lifetime is over", false);
        var condemned = child.with(new ChildSa.Condemned()).with(new ChildSa.None());
        return Step.to(state.in(kept.replace(condemned)), Desk.remove(child));
    }

    Step<SaState, Effect> established(
            SaState state,
            Instant now,
            Phase.Established established,
            Datagram datagram,
            Message message,
            Desk.Opened opened) {
        return switch (opened) {
            case Desk.Opened.Forged(var why) -> Step.to(state, new Effect.Ignored(why));
            case Desk.Opened.Malformed(var why) ->
                message.header().response()
                        ? Step.to(state, new Effect.Ignored(why))
                        : desk.breakOff(
                                state,
                                now,
                                established,
                                message.header().exchange(),
                                datagram,
                                "the peer's request cannot be read: " + why);
            // the peer sends it again until the kernel has answered us, and we answer it; whoever else does moves
            // nothing
            case Desk.Opened.Payloads _
            when !message.header().response() && established.answering().isPresent() -> Step.to(state);
            case Desk.Opened.Payloads(var payloads, var _) -> {
                // the window has passed it: it is authentic, and the newest. What it leads to goes back that way
                var moved = followed(
                        state.in(established.heard(now)), now, datagram.path().remote());
                var step = moved.next().phase() instanceof Phase.Established heard
                        ? workedOff(moved.next(), now, heard, datagram, message, payloads)
                        : left(moved.next(), now, datagram, message, opened);
                var further = establishment.heard(step.next());
                var all = Desk.first(further, step.effects().toArray(Effect[]::new));
                var urged = urged(state, all, now, message.header().response());
                yield Desk.first(urged, moved.effects().toArray(Effect[]::new));
            }
        };
    }

    private Step<SaState, Effect> workedOff(
            SaState state,
            Instant now,
            Phase.Established heard,
            Datagram datagram,
            Message message,
            List<Payload> payloads) {
        return message.header().response()
                ? response(state.with(state.window().answered()), now, heard, payloads)
                : request(state, now, heard, datagram, message.header().exchange(), payloads);
    }

    /// Where the message comes from has ended the SA.
    private Step<SaState, Effect> left(
            SaState state, Instant now, Datagram datagram, Message message, Desk.Opened opened) {
        return state.phase() instanceof Phase.Deleting deleting
                ? deleting(state, now, deleting, datagram, message, opened)
                : Step.to(state);
    }

    /// The peer is there, or behind another port: what it has not answered is not left to a timer that has grown slow.
    private Step<SaState, Effect> urged(SaState before, Step<SaState, Effect> step, Instant now, boolean response) {
        var state = step.next();
        boolean elsewhere = !state.path().equals(before.path());
        return state.window()
                .flight()
                .filter(it -> it.equals(before.window().flight().orElse(null)))
                .filter(it -> elsewhere || (!response && isSlow(it, now)))
                .map(it -> Desk.then(
                        new Step<>(state.with(state.window().urged(now)), step.effects()),
                        Desk.sends(state.path(), it.datagrams())))
                .orElse(step);
    }

    private boolean isSlow(Window.InFlight request, Instant now) {
        var firstWait = desk.settings().retransmission().firstWait();
        return request.tries() > 1 && !request.lastAt().plus(firstWait).isAfter(now);
    }

    /// RFC 7296 2.23: a NAT in front of the peer may forget it, and give it another port the next time it speaks.
    /// We do so also where there is a NAT in front of us: a hub that has one keeps its address.
    private Step<SaState, Effect> followed(SaState state, Instant now, UdpAddress from) {
        if (!(state.phase() instanceof Phase.Established established)
                || !established.agreed().negotiated().nat().there()
                || from.equals(state.path().remote())) {
            return Step.to(state);
        }
        var path = new Path(state.path().local(), from);
        if (!from.ip().equals(established.agreed().endpoint().remote())) {
            // a tunnel's name and its states have the address in them: the peer has to dial anew, and is told so
            var why = "a NAT has given the peer another address: %s".formatted(from.ip());
            return close(state.on(path), now, why, false);
        }
        var next = established.on(path);
        var effects = new ArrayList<Effect>();
        // what the kernel is only about to install was asked for with the ports of before
        var children = Stream.concat(next.children().stream(), next.answering().map(Phase.Answering::child).stream());
        for (var child : children.toList()) {
            for (var one : List.of(child.pair().inbound(), child.pair().outbound())) {
                if (child.isAskedFor(one.id())) {
                    effects.add(new Effect.AskKernel(Desk.PORTS, new Request.ChangePorts(one)));
                }
            }
        }
        effects.add(new Effect.Moved(from));
        return new Step<>(state.on(path).in(next), effects);
    }

    /// A kernel that refuses would send on to a port that the NAT has forgotten: the peer has to dial anew.
    Step<SaState, Effect> portsSaid(SaState state, Instant now, Reply reply) {
        return reply instanceof Reply.Refused refused ? close(state, now, refused.sentence(), false) : Step.to(state);
    }

    /// ESP is as authentic as IKE, but whoever can hold a packet back can also send it from elsewhere: another port is
    /// believed, another address only when the peer answers there.
    Step<SaState, Effect> remapped(SaState state, Instant now, UdpAddress from) {
        if (!(state.phase() instanceof Phase.Established established)
                || !established.agreed().negotiated().nat().there()) return Step.to(state);
        if (from.ip().equals(established.agreed().endpoint().remote())) return followed(state, now, from);
        if (state.window().flight().isPresent()) return Step.to(state);
        // the first copy goes there, its repetitions to where the peer was
        var asked = liveness.ask(state.on(new Path(state.path().local(), from)), now);
        return new Step<>(asked.next().on(state.path()), asked.effects());
    }

    private Step<SaState, Effect> response(
            SaState state, Instant now, Phase.Established heard, List<Payload> payloads) {
        var answered = heard.answered();
        if (Message.has(payloads, NotifyType.INVALID_SYNTAX)) {
            // RFC 7296 2.21.3: the peer has it no longer; one that does not keep to that is told
            var why = "the peer could not read our request (INVALID_SYNTAX)";
            return desk.leave(state.in(answered), now, answered, Ending.REFUSAL, why);
        }
        return switch (heard.asked().orElse(new Phase.Liveness())) {
            case Phase.Liveness _ -> Step.to(state.in(answered));
            case Phase.Deletion(var inbound) -> Step.to(state.in(lifetimes.deleted(answered, now, inbound)));
            case Phase.Renewal renewal
            when renewal.half().isPresent() ->
                followUp.response(
                        state.in(answered),
                        now,
                        answered,
                        renewal,
                        renewal.half().get(),
                        payloads);
            case Phase.Creation creation
            when creation.half().isPresent() ->
                followUp.response(
                        state.in(answered),
                        now,
                        answered,
                        creation,
                        creation.half().get(),
                        payloads);
            case Phase.Renewal renewal -> ikeRekey.response(state.in(answered), now, answered, renewal, payloads);
            case Phase.Creation creation -> createChild.response(state.in(answered), now, answered, creation, payloads);
        };
    }

    private Step<SaState, Effect> request(
            SaState state,
            Instant now,
            Phase.Established established,
            Datagram datagram,
            ExchangeType exchange,
            List<Payload> payloads) {
        var agreed = established.agreed();
        var critical = Message.unsupportedCritical(payloads);
        if (critical.isPresent()) {
            var code = Bytes.of((byte) (int) critical.get());
            var no = Notify.of(NotifyType.UNSUPPORTED_CRITICAL_PAYLOAD, code);
            return answer(state, agreed, datagram, exchange, List.of(no));
        }
        if (exchange.equals(ExchangeType.Known.CREATE_CHILD_SA)) {
            return createChild.request(state, now, established, datagram, payloads);
        }
        if (exchange.equals(ExchangeType.Known.IKE_FOLLOWUP_KE)) {
            return followUp.request(state, now, established, datagram, payloads);
        }
        if (!exchange.equals(ExchangeType.Known.INFORMATIONAL)) {
            return desk.breakOff(
                    state,
                    now,
                    established,
                    exchange,
                    datagram,
                    "the peer has asked for what nobody knows: " + exchange);
        }
        var deletes = Message.all(payloads, Delete.class).toList();
        if (deletes.stream().anyMatch(delete -> delete.protocolId() == Proposal.IKE)) {
            var next = state.next();
            if (next.isPresent()) { // what follows it stands
                var told = answer(state, agreed, datagram, exchange, List.of());
                return new Step<>(ikeRekey.use(told.next(), now, next.get()), told.effects());
            }
            // RFC 7296 1.4.1: the children go with it, and the answer is empty
            return ended(state, now, established, datagram, Ending.WANTED, "the peer deleted the IKE SA");
        }
        var spis = deletes.stream()
                .filter(delete -> delete.protocolId() == Proposal.ESP)
                .flatMap(delete -> delete.spis().stream())
                .toList();
        if (!spis.isEmpty()) return childrenDeleted(state, now, established, datagram, spis);
        if (Message.has(payloads, NotifyType.AUTHENTICATION_FAILED)) { // RFC 7296 2.21.2
            var why = "the peer does not believe our identity";
            return ended(state, now, established, datagram, Ending.REFUSAL, why);
        }
        var told = answer(state, agreed, datagram, exchange, List.of());
        return AuthLifetime.in(payloads)
                .map(within -> Desk.then(told, new Effect.AuthenticateWithin(within)))
                .orElse(told);
    }

    private Step<SaState, Effect> answer(
            SaState state, Phase.Agreed agreed, Datagram datagram, ExchangeType exchange, List<Payload> payloads) {
        return desk.respond(state, agreed.negotiated(), exchange, datagram, payloads);
    }

    private Step<SaState, Effect> childrenDeleted(
            SaState state, Instant now, Phase.Established established, Datagram datagram, List<Bytes> spis) {
        var gone = lifetimes.deletedByPeer(state, now, established, spis);
        var told =
                answer(gone.state(), established.agreed(), datagram, ExchangeType.Known.INFORMATIONAL, gone.payloads());
        var effects = new ArrayList<>(told.effects());
        effects.addAll(gone.effects());
        return new Step<>(told.next(), effects);
    }

    private Step<SaState, Effect> ended(
            SaState state, Instant now, Phase.Established established, Datagram datagram, Ending ending, String why) {
        var told = answer(state, established.agreed(), datagram, ExchangeType.Known.INFORMATIONAL, List.of());
        var answer = new ArrayList<Datagram>();
        for (var effect : told.effects()) {
            if (effect instanceof Effect.Send(var sent)) answer.add(sent);
        }
        var inbound = desk.draining(established, now);
        var over = desk.linger(Step.to(told.next()), now, ending, why, inbound, Desk.leaveOutbound(established));
        return over.next().phase() instanceof Phase.Lingering lingering
                ? new Step<>(over.next().in(lingering.withholding(answer)), over.effects())
                : over;
    }

    /// Nothing of ours goes to the peer over this SA any more: it may hear so.
    static Step<SaState, Effect> released(SaState state) {
        if (!(state.phase() instanceof Phase.Lingering lingering)) return Step.to(state);
        var sends = lingering.withheld().stream().map(Effect.Send::new).toArray(Effect[]::new);
        return Step.to(state.in(lingering.withholding(List.of())), sends);
    }

    Step<SaState, Effect> deleting(
            SaState state,
            Instant now,
            Phase.Deleting deleting,
            Datagram datagram,
            Message message,
            Desk.Opened opened) {
        return switch (opened) {
            case Desk.Opened.Forged(var why) -> Step.to(state, new Effect.Ignored(why));
            case Desk.Opened.Malformed _ when message.header().response() -> answered(state, now, deleting);
            case Desk.Opened.Payloads(var payloads, var _)
            when message.header().response() -> unfinished(towards(state, deleting, datagram), now, deleting, payloads);
            case Desk.Opened.Malformed _ -> reply(state, deleting, datagram, message);
            case Desk.Opened.Payloads(var payloads, var _) -> {
                var told = reply(towards(state, deleting, datagram), deleting, datagram, message);
                boolean both = Message.all(payloads, Delete.class).anyMatch(it -> it.protocolId() == Proposal.IKE);
                yield both ? crossed(told, now, deleting) : told;
            }
        };
    }

    /// A peer behind a NAT is where it has last spoken from: what is still to be said goes there.
    private static SaState towards(SaState state, Phase.Deleting deleting, Datagram datagram) {
        return deleting.negotiated().nat().there()
                ? state.on(new Path(state.path().local(), datagram.path().remote()))
                : state;
    }

    private Step<SaState, Effect> reply(SaState state, Phase.Deleting deleting, Datagram datagram, Message message) {
        var exchange = message.header().exchange();
        // RFC 7296 2.25.2
        var payloads = exchange.equals(ExchangeType.Known.CREATE_CHILD_SA)
                ? List.<Payload>of(Notify.of(NotifyType.TEMPORARY_FAILURE))
                : exchange.equals(ExchangeType.Known.IKE_FOLLOWUP_KE)
                        ? List.<Payload>of(FollowUp.NOTHING_AWAITED)
                        : List.<Payload>of();
        return desk.respond(state, deleting.negotiated(), exchange, datagram, payloads);
    }

    /// Both delete at once. The peer has nothing left that our own deletion could tell it: its answer is not waited
    /// for.
    private Step<SaState, Effect> crossed(Step<SaState, Effect> told, Instant now, Phase.Deleting deleting) {
        var idle = told.next().with(told.next().window().answered());
        // it may believe in what an unfinished rekeying has made
        if (idle.others().stream().anyMatch(Generation::isLeaving)) {
            return new Step<>(idle.in(deleting.said()), told.effects());
        }
        var until = now.plus(desk.settings().halfOpen().lifetime());
        var inbound = heard(deleting, now).inbound();
        var lingering = new Phase.Lingering(deleting.why(), idle.spiInUse(), until, inbound);
        return new Step<>(idle.in(lingering), told.effects());
    }

    private Step<SaState, Effect> unfinished(
            SaState state, Instant now, Phase.Deleting deleting, List<Payload> payloads) {
        if (deleting.unfinished().isEmpty()) return answered(state, now, deleting);
        // the old one first: it makes the peer use the new one, over which all ends
        var said = answered(state, now, deleting);
        var left = ikeRekey.tooLate(said.next(), now, deleting.unfinished().get(), payloads);
        return Desk.first(left, said.effects().toArray(Effect[]::new));
    }

    private Step<SaState, Effect> answered(SaState state, Instant now, Phase.Deleting deleting) {
        if (deleting.unsaid().isEmpty()) return Desk.retire(state, now, heard(deleting, now));
        var negotiated = deleting.negotiated();
        return desk.request(
                state.with(state.window().answered()).in(deleting.said()),
                now,
                negotiated,
                ExchangeType.Known.INFORMATIONAL,
                deleting.unsaid());
    }

    private Phase.Deleting heard(Phase.Deleting deleting, Instant now) {
        return deleting.heard(now.plus(desk.settings().keepInbound()));
    }
}
