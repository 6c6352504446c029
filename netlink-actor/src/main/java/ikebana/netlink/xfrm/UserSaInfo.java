package ikebana.netlink.xfrm;

import ikebana.netlink.codec.NativeReader;
import ikebana.netlink.codec.NativeWriter;

/// A state without its algorithms, 224 bytes.
///
/// ```
/// struct xfrm_usersa_info {
///     struct xfrm_selector     sel;                              /*   0 */
///     struct xfrm_id           id;                               /*  56 */
///     xfrm_address_t           saddr;                            /*  80 */
///     struct xfrm_lifetime_cfg lft;                              /*  96 */
///     struct xfrm_lifetime_cur curlft;                           /* 160 */
///     struct { __u32 replay_window, replay, integrity_failed; }; /* 192 */
///     __u32 seq;                                                 /* 204, of the acquire */
///     __u32 reqid;                                               /* 208 */
///     __u16 family;                                              /* 212 */
///     __u8  mode;                                                /* 214 */
///     __u8  replay_window;                                       /* 215 */
///     __u8  flags;                                               /* 216, then 7 of padding */
/// };
/// ```
public record UserSaInfo(
        PacketSelector selector,
        Id id,
        Address source,
        LifetimeConfig limits,
        LifetimeCurrent used,
        int replayWindowErrors,
        int replayErrors,
        int integrityErrors,
        int sequence,
        int reqid,
        int family,
        int mode,
        int replayWindow,
        int flags)
        implements XfrmBody {
    public static final int SIZE = 224;
    public static final int TRANSPORT = 0;
    /// XFRM_STATE_ESN.
    public static final int EXTENDED_SEQUENCE_NUMBERS = 128;

    static UserSaInfo decode(NativeReader in) {
        var selector = PacketSelector.decode(in);
        var id = Id.decode(in);
        var source = Address.decode(in, "state saddr");
        var limits = LifetimeConfig.decode(in);
        var used = LifetimeCurrent.decode(in);
        int replayWindowErrors = in.i32("stats replay_window");
        int replayErrors = in.i32("stats replay");
        int integrityErrors = in.i32("stats integrity_failed");
        int sequence = in.i32("state seq");
        int reqid = in.i32("state reqid");
        int family = in.u16("state family");
        int mode = in.u8("state mode");
        int replayWindow = in.u8("state replay_window");
        int flags = in.u8("state flags");
        in.skip(7, "state padding");
        return new UserSaInfo(
                selector,
                id,
                source,
                limits,
                used,
                replayWindowErrors,
                replayErrors,
                integrityErrors,
                sequence,
                reqid,
                family,
                mode,
                replayWindow,
                flags);
    }

    @Override
    public void encode(NativeWriter out) {
        selector.encode(out);
        id.encode(out);
        source.encode(out);
        limits.encode(out);
        used.encode(out);
        out.i32(replayWindowErrors)
                .i32(replayErrors)
                .i32(integrityErrors)
                .i32(sequence)
                .i32(reqid)
                .u16(family)
                .u8(mode)
                .u8(replayWindow)
                .u8(flags)
                .zeros(7);
    }
}
