package ikebana.ike;

/// Why an IKE SA is over, for programs; the sentence beside it is for people.
public enum Ending {
    /// The peer does not answer, or no longer.
    SILENCE,
    /// One of the two refused.
    REFUSAL,
    /// The peer may have checked our AUTH against another form of our first request than it covers: the next dial is
    /// likely to succeed.
    CONFUSION,
    /// Our own kernel did.
    KERNEL,
    /// Somebody wanted it: our owner, or the peer.
    WANTED
}
