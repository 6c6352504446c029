package ikebana.ike;

import ikebana.kernel.Reply;
import ikebana.kernel.Request;
import ikebana.kernel.StateId;
import ikebana.wire.Bytes;
import ikebana.wire.Delete;
import ikebana.wire.ExchangeType;
import ikebana.wire.Payload;
import ikebana.wire.Spi;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// From when a child of an established IKE SA grows old to its last packet: when a successor is asked for, which
/// of the two sends, and who deletes what. How the successor is made is [CreateChild].
final class ChildLifetimes {
    private final Desk desk;
    private final CreateChild createChild;
    private final Succession succession;
    private final IkeRekey ikeRekey;

    ChildLifetimes(Desk desk, CreateChild createChild, Succession succession, IkeRekey ikeRekey) {
        this.desk = desk;
        this.createChild = createChild;
        this.succession = succession;
        this.ikeRekey = ikeRekey;
    }

    /// A soft limit of what sends: what receives has one only for Linux (see [Children]). Several of one child are one.
    Step<SaState, Effect> grewOld(SaState state, Instant now, StateId id) {
        if (!(state.phase() instanceof Phase.Established established)) return Step.to(state);
        return established.children().stream()
                .filter(child -> child.pair().outbound().id().equals(id) && child.fate() instanceof ChildSa.Stays)
                .findFirst()
                .map(child -> grewOld(state, now, established, child))
                .orElseGet(() -> Step.to(state));
    }

    private static Step<SaState, Effect> grewOld(
            SaState state, Instant now, Phase.Established established, ChildSa child) {
        return Step.to(state.in(established.replace(child.with(new ChildSa.Aging(now, 0)))));
    }

    /// What we have to say next, as soon as the request before has been answered, and nothing of the peer's
    /// waits.
    Step<SaState, Effect> pursue(SaState before, Instant now) {
        if (!(before.phase() instanceof Phase.Established former)) return Step.to(before);
        var established = Demands.met(former);
        var state = established.equals(former) ? before : before.in(established);
        if (established.isWithoutChildren()) return leave(state, now, established);
        for (var child : established.children()) {
            // nothing carries its traffic yet, or what did has ended: there is nothing to wait for
            boolean waits = child.outbound() instanceof ChildSa.Waiting
                    && child.isWanted()
                    && child.replaces()
                            .flatMap(established::child)
                            .filter(old -> old.outbound() instanceof ChildSa.InUse)
                            .isEmpty();
            if (waits && !isBesideAnother(established, child) && isReceived(state, established, child)) {
                // another may have grown old while this one was made
                var coming = createChild.comes(state, now, established, child);
                return Desk.first(pursue(coming.next(), now), coming.effects().toArray(Effect[]::new));
            }
        }
        if (state.window().flight().isPresent()
                || established.answering().isPresent()
                || established.awaited().isPresent()
                || state.next().isPresent()) {
            return Step.to(state);
        }
        for (var child : established.children()) {
            boolean underWay = child.outbound() instanceof ChildSa.AfterInbound
                    || child.outbound() instanceof ChildSa.Coming
                    || child.outbound() instanceof ChildSa.BeingInstalled;
            if (child.fate() instanceof ChildSa.Condemned && !underWay) return delete(state, now, established, child);
        }
        for (var child : established.children()) {
            if (child.fate() instanceof ChildSa.Aging(var notBefore, var _) && !notBefore.isAfter(now)) {
                return createChild.ask(state, now, established, Phase.Wish.successorOf(child));
            }
        }
        var lost = established.bare().filter(it -> !it.notBefore().isAfter(now));
        if (lost.isPresent())
            return createChild.ask(state, now, established, lost.get().lost());
        var further = Demands.next(established);
        if (further.isPresent()) return createChild.ask(state, now, established, further.get());
        return established.age().renewAt().filter(at -> !at.isAfter(now)).isPresent()
                ? ikeRekey.ask(state, now, established)
                : Step.to(state);
    }

    /// Whether a packet that would take `child` has another way: the kernel goes by the reqid, and takes the newest.
    private static boolean isBesideAnother(Phase.Established established, ChildSa child) {
        return established.children().stream()
                .anyMatch(other -> other.outbound() instanceof ChildSa.InUse
                        && other.isWanted()
                        && other.reqid() == child.reqid());
    }

    /// Whether nothing has to be waited for that is not of this IKE SA: where it began without a child (RFC
    /// 6023), another one may carry the traffic, and the peer has to have our answer first. Else it is the
    /// ledger that lets it take over.
    private static boolean isReceived(SaState state, Phase.Established established, ChildSa child) {
        return established.agreed().child().isPresent()
                || (child.outbound() instanceof ChildSa.Waiting waiting
                        && state.window().hasAnswered(waiting.next()));
    }

    /// No other IKE SA carries the traffic: the first child does, as soon as it can.
    Step<SaState, Effect> takeOver(SaState state, Instant now) {
        if (!(state.phase() instanceof Phase.Established established)
                || established.agreed().child().isPresent()) return Step.to(state);
        return established.children().stream()
                .filter(child -> child.outbound() instanceof ChildSa.Waiting && child.isWanted())
                .findFirst()
                .map(child -> createChild.comes(state, now, established, child))
                .orElseGet(() -> Step.to(state));
    }

    /// An IKE SA without a child is of no use to us, and the peer must not believe in it.
    private Step<SaState, Effect> leave(SaState state, Instant now, Phase.Established established) {
        var why = "its child was deleted, and there is no other";
        return desk.leave(state, now, established, Ending.REFUSAL, why);
    }

    private Step<SaState, Effect> delete(SaState state, Instant now, Phase.Established established, ChildSa condemned) {
        var child = condemned.with(new ChildSa.Deleting()).with(new ChildSa.None());
        var told = desk.request(
                state.in(established.replace(child).asks(new Phase.Deletion(child.inbound()))),
                now,
                established.agreed().negotiated(),
                ExchangeType.Known.INFORMATIONAL,
                List.of(Delete.esp(child.inbound())));
        // first: nobody is to send what the peer no longer receives
        return Desk.first(told, Desk.removeOutbound(condemned));
    }

    /// Our DELETE has been answered.
    Phase.Established deleted(Phase.Established established, Instant now, Spi inbound) {
        return established
                .child(inbound)
                .filter(child -> child.fate() instanceof ChildSa.Deleting)
                .map(child -> established.replace(drained(child, now)))
                .orElse(established);
    }

    private ChildSa drained(ChildSa child, Instant now) {
        return child.with(new ChildSa.None())
                .with(new ChildSa.Draining(now.plus(desk.settings().keepInbound())));
    }

    /// What has ended had not taken over yet: then its predecessor goes on, and gets another.
    Phase.Established withoutSuccessor(Phase.Established established, Instant now, ChildSa ended) {
        return ended.outbound() instanceof ChildSa.InUse || !ended.isWanted()
                ? established
                : succession.postponed(established, now, ended.replaces());
    }

    // ---- the peer deletes

    /// @param payloads what is answered
    record Gone(SaState state, List<Payload> payloads, List<Effect> effects) {}

    /// RFC 7296 1.4.1: the peer names what it receives on, and we what we do. Whoever waited for the end of a
    /// predecessor sends from now on.
    Gone deletedByPeer(SaState state, Instant now, Phase.Established established, List<Bytes> spis) {
        var next = state;
        var after = established;
        var named = new ArrayList<Spi>();
        var effects = new ArrayList<Effect>();
        for (var child : established.children()) {
            if (!spis.contains(child.theirs().toBytes()) || child.fate() instanceof ChildSa.Draining) continue;
            // 2.25.1: of what we are deleting ourselves nothing is said
            if (!(child.fate() instanceof ChildSa.Deleting)) named.add(child.inbound());
            for (var successor : after.children()) {
                if (!(successor.outbound() instanceof ChildSa.Waiting)
                        || spis.contains(successor.theirs().toBytes())
                        || !successor.replaces().equals(Optional.of(child.inbound()))) continue;
                var ticket = next.ticket();
                next = next.drawn();
                after = after.replace(successor.with(new ChildSa.Coming(ticket, desk.patience(now))));
                effects.add(new Effect.AskKernel(
                        ticket, new Request.InstallState(successor.pair().outbound())));
            }
            effects.addAll(List.of(Desk.removeOutbound(child)));
            after = after.replace(drained(child, now));
            // a peer that could not use its successor goes on with the predecessor, and may ask again: so may we
            if (child.isWanted()) after = succession.postponed(after, now, child.replaces());
        }
        var unknown = spis.stream()
                .filter(spi -> established.children().stream()
                        .noneMatch(child -> child.theirs().toBytes().equals(spi)))
                .toList();
        if (!unknown.isEmpty() && after.asked().orElse(null) instanceof Phase.Creation ours) {
            after = after.asks(ours.without(unknown));
        }
        var payloads = named.isEmpty() ? List.<Payload>of() : List.<Payload>of(Delete.esp(named.toArray(Spi[]::new)));
        return new Gone(next.in(after), payloads, effects);
    }

    // ---- the kernel, and time

    Step<SaState, Effect> kernelSaid(
            SaState state, Instant now, Phase.Established established, Ticket ticket, Reply reply) {
        var answering = established.answering().filter(it -> it.ticket().equals(ticket));
        if (answering.isPresent()) return createChild.answered(state, now, established, answering.get(), reply);
        for (var child : established.children()) {
            switch (child.outbound()) {
                case ChildSa.AfterInbound(var awaited, var _) -> {
                    if (awaited.equals(ticket)) return inboundSaid(state, now, established, child, reply);
                }
                case ChildSa.Coming(var awaited, var _) -> {
                    if (awaited.equals(ticket)) return outboundSaid(state, now, established, child, reply);
                }
                case ChildSa.HeldBack _,
                        ChildSa.BeingInstalled _,
                        ChildSa.Waiting _,
                        ChildSa.InUse _,
                        ChildSa.None _ -> {
                    // it waits for no answer of the kernel's to CREATE_CHILD_SA
                }
            }
        }
        return Step.to(state);
    }

    private Step<SaState, Effect> inboundSaid(
            SaState state, Instant now, Phase.Established established, ChildSa child, Reply reply) {
        if (reply instanceof Reply.Refused refused) {
            return Step.to(
                    state.in(succession
                            .postponed(established, now, child)
                            .replace(child.with(new ChildSa.None()).with(new ChildSa.Condemned()))),
                    Establishment.refusedState(refused, child.pair().inbound()));
        }
        if (child.fate() instanceof ChildSa.Condemned) {
            return Step.to(state.in(established.replace(child.with(new ChildSa.None()))));
        }
        return createChild.comes(state, now, established, child);
    }

    private Step<SaState, Effect> outboundSaid(
            SaState state, Instant now, Phase.Established established, ChildSa child, Reply reply) {
        if (reply instanceof Reply.Refused refused) {
            var condemned = child.with(new ChildSa.None()).with(new ChildSa.Condemned());
            return Step.to(
                    state.in(succession.postponed(established, now, child).replace(condemned)),
                    Establishment.refusedState(refused, child.pair().outbound()));
        }
        var next = established.replace(child.with(new ChildSa.InUse(true)));
        // it sends over the successor: nobody needs the predecessor any more
        var old = child.replaces().flatMap(next::child).filter(it -> it.isWanted() || Succession.isReplaced(it));
        return Step.to(state.in(old.map(it -> it.with(new ChildSa.Condemned()))
                .map(next::replace)
                .orElse(next)));
    }

    /// The answer may have been lost, and so may whatever else was said since: the predecessor goes on. Whether the
    /// peer is alive is found out elsewhere.
    private Phase.Established patient(
            Phase.Established established, Instant now, ChildSa child, ChildSa.Waiting waiting) {
        var later = succession.grace(now);
        var next = established.replace(child.with(waiting.longer(later)));
        return child.replaces()
                .flatMap(next::child)
                .filter(Succession::isReplaced)
                .map(old -> next.replace(old.with(new ChildSa.Replaced(succession.grace(later)))))
                .orElse(next);
    }

    /// What a child has waited for in vain, or long enough.
    Step<SaState, Effect> due(SaState state, Instant now, Phase.Established established) {
        var late = new Reply.Refused(Reply.Why.SILENT, "the kernel has not answered");
        var answering = established.answering().filter(it -> !it.until().isAfter(now));
        if (answering.isPresent()) return createChild.answered(state, now, established, answering.get(), late);
        for (var child : established.children()) {
            if (child.dueAt(false).filter(at -> !at.isAfter(now)).isEmpty()) continue;
            if (child.isOverdue(now)) return grewOld(state, now, established, child);
            if (child.fate() instanceof ChildSa.Draining) {
                return Step.to(
                        state.in(established.minus(child)),
                        Desk.remove(child.pair().inbound().id()));
            }
            return switch (child.outbound()) {
                case ChildSa.AfterInbound _ -> inboundSaid(state, now, established, child, late);
                case ChildSa.Coming _ -> outboundSaid(state, now, established, child, late);
                case ChildSa.Waiting waiting ->
                    state.window().hasAnswered(waiting.next())
                            ? createChild.comes(state, now, established, child)
                            : Step.to(state.in(patient(established, now, child, waiting)));
                // its end was the peer's to tell
                case ChildSa.InUse _, ChildSa.None _, ChildSa.HeldBack _, ChildSa.BeingInstalled _ ->
                    Step.to(state.in(established.replace(child.with(new ChildSa.Condemned()))));
            };
        }
        return Step.to(state);
    }
}
