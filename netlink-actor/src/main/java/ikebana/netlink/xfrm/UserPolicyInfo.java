package ikebana.netlink.xfrm;

import ikebana.netlink.codec.NativeReader;
import ikebana.netlink.codec.NativeWriter;

/// A policy without its templates, 168 bytes.
///
/// ```
/// struct xfrm_userpolicy_info {
///     struct xfrm_selector     sel;       /*   0 */
///     struct xfrm_lifetime_cfg lft;       /*  56 */
///     struct xfrm_lifetime_cur curlft;    /* 120 */
///     __u32 priority;                     /* 152 */
///     __u32 index;                        /* 156, the kernel's own number for it */
///     __u8  dir;                          /* 160 */
///     __u8  action;                       /* 161 */
///     __u8  flags;                        /* 162 */
///     __u8  share;                        /* 163, then 4 of padding */
/// };
/// ```
public record UserPolicyInfo(
        PacketSelector selector,
        LifetimeConfig limits,
        LifetimeCurrent used,
        int priority,
        int index,
        int direction,
        int action,
        int flags,
        int share)
        implements XfrmBody {
    public static final int IN = 0;
    public static final int OUT = 1;
    public static final int ALLOW = 0;
    public static final int BLOCK = 1;

    static UserPolicyInfo decode(NativeReader in) {
        var selector = PacketSelector.decode(in);
        var limits = LifetimeConfig.decode(in);
        var used = LifetimeCurrent.decode(in);
        int priority = in.i32("policy priority");
        int index = in.i32("policy index");
        int direction = in.u8("policy dir");
        int action = in.u8("policy action");
        int flags = in.u8("policy flags");
        int share = in.u8("policy share");
        in.skip(4, "policy padding");
        return new UserPolicyInfo(selector, limits, used, priority, index, direction, action, flags, share);
    }

    @Override
    public void encode(NativeWriter out) {
        selector.encode(out);
        limits.encode(out);
        used.encode(out);
        out.i32(priority)
                .i32(index)
                .u8(direction)
                .u8(action)
                .u8(flags)
                .u8(share)
                .zeros(4);
    }
}
