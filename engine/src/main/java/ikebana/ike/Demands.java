package ikebana.ike;

import ikebana.kernel.Acquire;
import ikebana.kernel.Request;
import ikebana.negotiation.GreSelectors;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Packets that want a child over an IKE SA that stands (RFC 7296 1.3.1): a further one, where a profile gives each
/// of its GRE keys one, or the first, where it began without (RFC 6023). The kernel holds the packet's larval state
/// until the child stands, or until nothing comes of it.
final class Demands {
    private Demands() {}

    /// A packet has met a policy for which this SA has no child.
    static Step<SaState, Effect> wanted(SaState state, Acquire acquire) {
        if (!(state.phase() instanceof Phase.Established established)) return dropped(state, acquire);
        var flow = established.agreed().profile().flow(acquire.reqid());
        if (flow.isEmpty()) return dropped(state, acquire);
        var known = established.demand(flow.get().reqid());
        var demand = known.orElseGet(() -> new Demand(flow.get(), Optional.empty(), 0, Optional.empty()));
        // of one that the ledger had kept the kernel may know nothing any more
        var newest = demand.acquire()
                .filter(one -> one.sequence() > acquire.sequence())
                .orElse(acquire);
        return Step.to(state.in(established.demands(demand.of(newest))));
    }

    /// What is to be asked for next: what no child carries, nor one that is on its way.
    static Optional<Phase.Wish> next(Phase.Established established) {
        var endpoint = established.agreed().endpoint();
        return established.demands().stream()
                .filter(demand ->
                        demand.isOpen() && !established.serves(demand.flow().reqid()))
                .findFirst()
                .map(demand -> new Phase.Wish(
                        Optional.empty(),
                        GreSelectors.between(
                                endpoint.local(),
                                endpoint.remote(),
                                demand.flow().key()),
                        demand.flow().reqid(),
                        demand.acquire().orElseThrow().sequence()));
    }

    /// Without those whose child carries traffic: with its outbound state the kernel has forgotten the
    /// packet.
    static Phase.Established met(Phase.Established established) {
        var left = established.demands().stream()
                .filter(demand -> established.children().stream()
                        .noneMatch(child -> child.outbound() instanceof ChildSa.InUse
                                && child.isWanted()
                                && child.reqid() == demand.flow().reqid()))
                .toList();
        return left.size() == established.demands().size() ? established : established.demanding(left);
    }

    /// The peer, or our own kernel, has refused it: it rests, and after that the next packet asks anew.
    static Phase.Established refused(Phase.Established established, int reqid, Desk desk, Instant now) {
        return established
                .demand(reqid)
                .map(demand -> established.demands(demand.refusedUntil(now.plus(desk.pause(demand.failures())))))
                .orElse(established);
    }

    /// Those that have rested: the next packet asks anew. An order is nobody's to repeat.
    static Step<SaState, Effect> due(SaState state, Instant now, Phase.Established established) {
        var left = new ArrayList<Demand>();
        var effects = new ArrayList<Effect>();
        for (var demand : established.demands()) {
            boolean due = demand.restUntil().filter(at -> !at.isAfter(now)).isPresent();
            left.add(due ? demand.rested() : demand);
            if (due) demand.acquire().flatMap(Demands::dropped).ifPresent(effects::add);
        }
        return effects.isEmpty() && left.equals(established.demands())
                ? Step.to(state)
                : new Step<>(state.in(established.demanding(left)), effects);
    }

    static Optional<Instant> wakeAt(Phase.Established established) {
        return established.demands().stream()
                .flatMap(demand -> demand.restUntil().stream())
                .min(Instant::compareTo);
    }

    /// With the SA's end nobody minds its demands: the next packet dials.
    static Step<SaState, Effect> forsaken(SaState before, Step<SaState, Effect> step) {
        if (!(before.phase() instanceof Phase.Established former)
                || step.next().phase() instanceof Phase.Established
                || former.demands().isEmpty()) return step;
        List<Effect> drops = former.demands().stream()
                .flatMap(demand -> demand.acquire().flatMap(Demands::dropped).stream())
                .toList();
        return Desk.then(step, drops.toArray(Effect[]::new));
    }

    private static Step<SaState, Effect> dropped(SaState state, Acquire acquire) {
        return Step.to(state, dropped(acquire).stream().toArray(Effect[]::new));
    }

    /// Nothing where no packet waits: somebody has ordered the tunnel.
    private static Optional<Effect> dropped(Acquire acquire) {
        return acquire.sequence() == 0
                ? Optional.empty()
                : Optional.of(new Effect.AskKernel(Desk.NOBODY, new Request.DropLarval(acquire)));
    }
}
