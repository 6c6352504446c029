package ikebana.kernel;

/// One entry of the kernel's policy database (SPD).
///
/// @param priority as the kernel sorts them: the smaller number wins
public record Policy(Selector selector, Direction direction, int priority, Verdict verdict) {

    /// What happens to a packet that the selector matches.
    public sealed interface Verdict {}

    /// Only through an ESP state in transport mode with this reqid. The template's addresses are zero, so that one
    /// policy serves every peer.
    public record RequireEsp(int reqid) implements Verdict {}

    /// Never.
    public record Block() implements Verdict {}

    public Policy {
        // XFRM_POLICY_FWD packets are not ours: the tunnel's own GRE starts and ends on this host
        if (priority < 0) throw new IllegalArgumentException("no priority: " + priority);
    }
}
