package ikebana.auth;

/// IKE SAs that begin without an ESP SA (RFC 6023).
public enum Childless {
    /// Peers are not told that they may, and none is begun.
    NEVER,
    /// Peers may.
    ALLOW,
    /// We do so, too, where the peer lets us: the first ESP SA is made when both ends are proven.
    PREFER
}
