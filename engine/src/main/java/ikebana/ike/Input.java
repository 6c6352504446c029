package ikebana.ike;

import ikebana.auth.Verdict;
import ikebana.kernel.Acquire;
import ikebana.kernel.Reply;
import ikebana.kernel.StateId;
import ikebana.wire.UdpAddress;

/// Everything that can happen to an IKE SA.
public sealed interface Input {

    /// A datagram with this SA's SPI. Nothing in it is authentic yet.
    record Arrived(Datagram datagram) implements Input {}

    record CredentialsSaid(Ticket ticket, Verdict verdict) implements Input {}

    record KernelSaid(Ticket ticket, Reply reply) implements Input {}

    /// The [Effect.MayAuthenticate] is granted: no `gone` of this endpoint is still to be heard.
    ///
    /// @param initialContact no other IKE SA with this endpoint stands, nor another of ours that has the same names
    ///     (RFC 7296 2.4)
    record Cleared(Ticket ticket, boolean initialContact) implements Input {}

    /// The [Effect.AskAdmission] is granted.
    ///
    /// @param confirm another SA carries this endpoint's traffic: a responder sends into the new one only when
    ///     it knows that its peer receives there
    record Admitted(Ticket ticket, boolean confirm) implements Input {}

    /// The [Effect.AskAdmission] is refused.
    record NotAdmitted(Ticket ticket, String why) implements Input {}

    /// The kernel has this ESP state no longer: its hard limit was reached, or it was lost.
    record ChildEnded(StateId id) implements Input {}

    /// One of this SA's ESP states has reached a soft limit.
    record GrewOld(StateId id) implements Input {}

    /// A packet, or an order (sequence 0), wants a child that this SA does not have: its profile gives each key
    /// one, or it began without any.
    record Wanted(Acquire acquire) implements Input {}

    /// Is the peer there? The answer, as any message, is [Effect.Confirmed].
    record Probe() implements Input {}

    /// Authentic ESP of this SA has come from there (the kernel's word, `XFRM_MSG_MAPPING`).
    record Remapped(UdpAddress remote) implements Input {}

    /// The SA that carried this endpoint's traffic is gone, or there was none: whatever is held back for
    /// its sake is to carry it now.
    record TakeOver() implements Input {}

    /// What [Effect.LeftBehind] has named is no longer needed.
    record Released() implements Input {}

    /// Whoever owns this SA wants it ended.
    ///
    /// @param replaced another SA carries the traffic: what is still under way to this one is received for a moment
    record Close(String why, boolean replaced) implements Input {}

    /// The moment that the state was waiting for has come, or has passed.
    record Woke() implements Input {}
}
