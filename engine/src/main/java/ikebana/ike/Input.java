package ikebana.ike;

import ikebana.auth.Verdict;
import ikebana.kernel.Reply;
import ikebana.kernel.StateId;

/// Everything that can happen to an IKE SA.
public sealed interface Input {

    /// A datagram with this SA's SPI. Nothing in it is authentic yet.
    record Arrived(Datagram datagram) implements Input {}

    record CredentialsSaid(Ticket ticket, Verdict verdict) implements Input {}

    record KernelSaid(Ticket ticket, Reply reply) implements Input {}

    /// The [Effect.MayAuthenticate] is granted: nothing of an earlier life of this endpoint is left.
    ///
    /// @param initialContact no other IKE SA with this endpoint is known (RFC 7296 2.4)
    record Cleared(Ticket ticket, boolean initialContact) implements Input {}

    /// The [Effect.AskAdmission] is granted.
    record Admitted(Ticket ticket) implements Input {}

    /// The [Effect.AskAdmission] is refused.
    record NotAdmitted(Ticket ticket, String why) implements Input {}

    /// The kernel has removed one of this SA's ESP states because its hard limit was reached.
    record ChildEnded(StateId id) implements Input {}

    /// Whoever owns this SA wants it ended.
    record Close(String why) implements Input {}

    /// The moment that the state was waiting for has come, or has passed.
    record Woke() implements Input {}
}
