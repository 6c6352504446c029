package ikebana.kernel.embedded;

/// Why a packet went nowhere, under the names that Linux counts it (Documentation/networking/xfrm_proc.rst). What only
/// tunnel mode, IPComp or a default of `block` can cause is not here: `XfrmInNoPols` for one.
public enum DropReason {
    /// Too short to be ESP, or its inside cannot be read.
    IN_HEADER_ERROR("XfrmInHdrError"),
    /// No ESP state has this SPI and destination.
    IN_NO_STATES("XfrmInNoStates"),
    /// Not authentic: in practice, unequal keys.
    IN_STATE_PROTO_ERROR("XfrmInStateProtoError"),
    /// Seen before, or too old for the replay window.
    IN_STATE_SEQUENCE_ERROR("XfrmInStateSeqError"),
    IN_STATE_EXPIRED("XfrmInStateExpired"),
    /// The state's selector is about other packets, or it wants the other wire form (UDP around it, or not).
    IN_STATE_MISMATCH("XfrmInStateMismatch"),
    /// The state is for what we send (Linux 6.10).
    IN_STATE_DIRECTION_ERROR("XfrmInStateDirError"),
    /// A policy requires ESP of another reqid, or ESP at all.
    IN_TEMPLATE_MISMATCH("XfrmInTmplMismatch"),
    IN_POLICY_BLOCK("XfrmInPolBlock"),
    /// A policy requires ESP, and there is no state yet.
    OUT_NO_STATES("XfrmOutNoStates"),
    OUT_POLICY_BLOCK("XfrmOutPolBlock"),
    /// No room for another larval state.
    OUT_POLICY_ERROR("XfrmOutPolError"),
    OUT_STATE_EXPIRED("XfrmOutStateExpired"),
    /// The sequence numbers are used up (RFC 4303 3.3.3).
    OUT_STATE_SEQUENCE_ERROR("XfrmOutStateSeqError"),
    /// It was for an address that is not, or no longer, ours. This one is of `/proc/net/snmp`.
    IN_ADDRESS_ERROR("IpInAddrErrors");

    private final String counter;

    DropReason(String counter) {
        this.counter = counter;
    }

    /// Its name in `/proc/net/xfrm_stat`.
    public String counter() {
        return counter;
    }
}
