package ikebana.ike;

/// Where something on the way changes addresses, as both ends find out in IKE_SA_INIT (RFC 7296 2.23). AUTH covers that
/// message, so that only whoever carries the packets can make us believe in one.
///
/// @param here in front of us: what it remembers of us has to be kept fresh
/// @param there in front of the peer: its port, and even its address, may change at any time
record Nat(boolean here, boolean there) {
    static final Nat NONE = new Nat(false, false);

    /// Whether ESP is to be wrapped in UDP (RFC 3948).
    boolean isBetween() {
        return here || there;
    }
}
