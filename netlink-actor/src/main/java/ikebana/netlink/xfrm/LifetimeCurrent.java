package ikebana.netlink.xfrm;

import ikebana.netlink.codec.NativeReader;
import ikebana.netlink.codec.NativeWriter;

/// What a state or a policy has lived through so far, 32 bytes.
///
/// ```
/// struct xfrm_lifetime_cur { __u64 bytes, packets, add_time, use_time; };
/// ```
public record LifetimeCurrent(long bytes, long packets, long addTime, long useTime) {
    public static final LifetimeCurrent NEW = new LifetimeCurrent(0, 0, 0, 0);

    static LifetimeCurrent decode(NativeReader in) {
        return new LifetimeCurrent(in.i64("bytes"), in.i64("packets"), in.i64("add_time"), in.i64("use_time"));
    }

    void encode(NativeWriter out) {
        out.i64(bytes).i64(packets).i64(addTime).i64(useTime);
    }
}
