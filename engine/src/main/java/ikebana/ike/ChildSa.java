package ikebana.ike;

import ikebana.kernel.StateId;
import ikebana.negotiation.GreSelectors;
import ikebana.wire.MessageId;
import ikebana.wire.Spi;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A pair of ESP SAs of an established IKE SA, from its birth to the last packet that it receives. An IKE SA
/// has one for each of the profile's flows that is in use, and for moments their predecessors and successors.
///
/// @param selectors what was agreed, as if we had begun: `initiators` is us. A successor is asked for with
///     the same
/// @param replaces the inbound SPI of its predecessor
record ChildSa(Child pair, GreSelectors selectors, Optional<Spi> replaces, Outbound outbound, Fate fate) {

    /// Where its outbound state is.
    sealed interface Outbound {}

    /// The traffic still goes over another IKE SA. The peer was asked for a sign of life: whoever has
    /// established this one receives on it. It is used then, or when the other IKE SA ends. With a peer that says
    /// nothing, this one ends.
    record HeldBack() implements Outbound {}

    /// @param confirmed see [InUse]
    record BeingInstalled(Ticket ticket, boolean confirmed) implements Outbound {}

    /// The traffic still goes over the predecessor: the peer, which has asked for this pair, receives on it for
    /// certain when it deletes the predecessor (RFC 7296 2.8).
    ///
    /// @param until it is used then, if the peer has its answer
    /// @param next the peer's next request: whoever sends it has the answer to the one before, by which it receives
    record Waiting(Instant until, MessageId next) implements Outbound {
        /// Over the IKE SA that follows: whoever speaks there is past what it has asked over the one before.
        Waiting inherited() {
            return new Waiting(until, MessageId.ZERO);
        }

        Waiting longer(Instant later) {
            return new Waiting(later, next);
        }
    }

    /// The inbound state of a successor that we have asked for is being installed; the outbound one comes
    /// after it.
    ///
    /// @param until the kernel has so long
    record AfterInbound(Ticket ticket, Instant until) implements Outbound {}

    /// A successor's outbound state is being installed.
    ///
    /// @param until the kernel has so long
    record Coming(Ticket ticket, Instant until) implements Outbound {}

    /// @param confirmed whether the peer is known to have established this pair, too
    record InUse(boolean confirmed) implements Outbound {}

    /// Never, or no longer.
    record None() implements Outbound {}

    /// What is to become of it.
    sealed interface Fate {}

    /// @param until the kernel is to tell by then that it has reached its soft limit of time. Linux goes by the time of
    ///     day, and where that is set back, tells as much later (`xfrm_timer_handler` of net/xfrm/xfrm_state.c)
    record Stays(Optional<Instant> until) implements Fate {
        /// The kernel is first, unless its clock was set back: it counts whole seconds, and from a little later on.
        private static final Duration KERNEL_IS_FIRST = Duration.ofSeconds(5);

        /// From now on.
        static Stays of(Child pair, Instant now) {
            return new Stays(pair.outbound()
                    .lifetime()
                    .softTime()
                    .map(limit -> now.plus(limit).plus(KERNEL_IS_FIRST)));
        }
    }

    /// It has reached a soft limit: a successor is asked for.
    ///
    /// @param notBefore the peer could not, the last time
    /// @param failures in a row
    record Aging(Instant notBefore, int failures) implements Fate {}

    /// It has a successor, and the peer is to delete it.
    ///
    /// @param until then we do
    record Replaced(Instant until) implements Fate {}

    /// We are to delete it, as soon as the request before has been answered.
    record Condemned() implements Fate {}

    /// Our DELETE is under way.
    record Deleting() implements Fate {}

    /// Only its inbound state is left, for packets that are under way.
    record Draining(Instant until) implements Fate {}

    /// What IKE_AUTH has made.
    static ChildSa first(Phase.Agreed agreed, Instant now, Outbound outbound) {
        var first = agreed.child().orElseThrow();
        return new ChildSa(first.pair(), first.selectors(), Optional.empty(), outbound, Stays.of(first.pair(), now));
    }

    ChildSa with(Outbound changed) {
        return new ChildSa(pair, selectors, replaces, changed, fate);
    }

    ChildSa with(Fate changed) {
        return new ChildSa(pair, selectors, replaces, outbound, changed);
    }

    ChildSa on(Path path) {
        return new ChildSa(pair.on(path), selectors, replaces, outbound, fate);
    }

    /// Our own name for it.
    Spi inbound() {
        return pair.inbound().id().spi();
    }

    /// The peer's name for it.
    Spi theirs() {
        return pair.outbound().id().spi();
    }

    /// What ties it to the policies whose packets it carries.
    int reqid() {
        return pair.inbound().reqid();
    }

    boolean has(StateId id) {
        return pair.inbound().id().equals(id) || pair.outbound().id().equals(id);
    }

    /// Whether it carries traffic, or is to.
    boolean isWanted() {
        return fate instanceof Stays || fate instanceof Aging;
    }

    /// Whether the kernel has this state of ours, for all that we know.
    boolean isInstalled(StateId id) {
        return pair.inbound().id().equals(id)
                ? !(outbound instanceof AfterInbound)
                : outbound instanceof InUse && pair.outbound().id().equals(id);
    }

    /// Whether it has reached its soft limit of time, and the kernel has not told so.
    boolean isOverdue(Instant now) {
        return fate instanceof Stays(var until)
                && until.filter(at -> !at.isAfter(now)).isPresent();
    }

    /// Over the IKE SA that follows.
    ChildSa inherited() {
        return outbound instanceof Waiting waiting ? with(waiting.inherited()) : this;
    }

    /// Whether its outbound state is neither in use nor out of the question.
    boolean isOnItsWay() {
        return !(outbound instanceof InUse || outbound instanceof None);
    }

    /// Whether the kernel has a state, or has been asked for it.
    boolean isAskedFor(StateId id) {
        return pair.inbound().id().equals(id)
                || (pair.outbound().id().equals(id)
                        && (outbound instanceof InUse
                                || outbound instanceof BeingInstalled
                                || outbound instanceof Coming));
    }

    /// What of it is, or soon will be, in the kernel.
    List<StateId> states() {
        var states = new ArrayList<StateId>();
        if (!(outbound instanceof None)) states.add(pair.outbound().id());
        states.add(pair.inbound().id());
        return states;
    }

    /// When something is to be done about it, if nothing else happens first.
    ///
    /// @param idle whether a request of ours could be sent
    Optional<Instant> dueAt(boolean idle) {
        var ofOutbound = switch (outbound) {
            case Waiting(var until, var _) -> Optional.of(until);
            case AfterInbound(var _, var until) -> Optional.of(until);
            case Coming(var _, var until) -> Optional.of(until);
            case HeldBack _, BeingInstalled _, InUse _, None _ -> Optional.<Instant>empty();
        };
        var ofFate = switch (fate) {
            case Aging(var notBefore, var _) -> idle ? Optional.of(notBefore) : Optional.<Instant>empty();
            case Replaced(var until) -> Optional.of(until);
            case Draining(var until) -> Optional.of(until);
            case Stays(var until) -> until;
            case Condemned _, Deleting _ -> Optional.<Instant>empty();
        };
        return SaState.earliest(ofOutbound, ofFate);
    }
}
