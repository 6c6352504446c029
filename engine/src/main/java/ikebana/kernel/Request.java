package ikebana.kernel;

/// What we ask of a kernel. Each has one [Reply].
public sealed interface Request {

    /// Adds a policy. A policy that is there already with the same verdict and priority is [Reply.Done]; with another
    /// reqid it is somebody else's, and [Reply.Refused] with `EXISTS`.
    record InstallPolicy(Policy policy) implements Request {}

    record RemovePolicy(Policy policy) implements Request {}

    /// All policies with `reqid` in their template, and all block policies: [Reply.Policies].
    record DumpPolicies() implements Request {}

    /// Adds an ESP state. `EXISTS` when its SPI is taken.
    record InstallState(State state) implements Request {}

    /// Gives the state of this name the UDP ports of `state`. Its keys, its counters and its replay window stay as they
    /// are in the kernel, so that no sequence number comes twice. [Reply.Refused] when it is not there.
    record ChangePorts(State state) implements Request {}

    /// Removes an ESP state; one that is not there is [Reply.Done].
    record RemoveState(StateId id) implements Request {}

    /// Whether the kernel has a state of this name: [Reply.States] with one or none.
    record FindState(StateId id) implements Request {}

    /// All ESP states and larvals: [Reply.States].
    record DumpStates() implements Request {}

    /// Removes the larval state that an acquire left, so that the next packet acquires anew.
    record DropLarval(Acquire acquire) implements Request {}
}
