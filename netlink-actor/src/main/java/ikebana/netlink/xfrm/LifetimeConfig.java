package ikebana.netlink.xfrm;

import ikebana.netlink.codec.NativeReader;
import ikebana.netlink.codec.NativeWriter;

/// The limits of a state or a policy, 64 bytes. Bytes and packets without a limit are [#UNLIMITED], all ones; seconds
/// without one are 0.
///
/// ```
/// struct xfrm_lifetime_cfg {
///     __u64 soft_byte_limit, hard_byte_limit;
///     __u64 soft_packet_limit, hard_packet_limit;
///     __u64 soft_add_expires_seconds, hard_add_expires_seconds;    /* since it was added */
///     __u64 soft_use_expires_seconds, hard_use_expires_seconds;    /* since it was first used */
/// };
/// ```
public record LifetimeConfig(
        long softBytes,
        long hardBytes,
        long softPackets,
        long hardPackets,
        long softAddSeconds,
        long hardAddSeconds,
        long softUseSeconds,
        long hardUseSeconds) {
    /// XFRM_INF.
    public static final long UNLIMITED = -1;

    public static final LifetimeConfig FOREVER =
            new LifetimeConfig(UNLIMITED, UNLIMITED, UNLIMITED, UNLIMITED, 0, 0, 0, 0);

    static LifetimeConfig decode(NativeReader in) {
        return new LifetimeConfig(
                in.i64("soft_byte_limit"),
                in.i64("hard_byte_limit"),
                in.i64("soft_packet_limit"),
                in.i64("hard_packet_limit"),
                in.i64("soft_add_expires_seconds"),
                in.i64("hard_add_expires_seconds"),
                in.i64("soft_use_expires_seconds"),
                in.i64("hard_use_expires_seconds"));
    }

    void encode(NativeWriter out) {
        out.i64(softBytes)
                .i64(hardBytes)
                .i64(softPackets)
                .i64(hardPackets)
                .i64(softAddSeconds)
                .i64(hardAddSeconds)
                .i64(softUseSeconds)
                .i64(hardUseSeconds);
    }
}
