package ikebana.netlink.xfrm;

import ikebana.netlink.codec.NativeReader;
import ikebana.netlink.codec.NativeWriter;

/// Names the policy to find or to remove, 64 bytes.
///
/// ```
/// struct xfrm_userpolicy_id {
///     struct xfrm_selector sel;    /*  0 */
///     __u32 index;                 /* 56, 0: find it by its selector */
///     __u8  dir;                   /* 60, then 3 of padding */
/// };
/// ```
public record UserPolicyId(PacketSelector selector, int index, int direction) implements XfrmBody {
    static UserPolicyId decode(NativeReader in) {
        var selector = PacketSelector.decode(in);
        int index = in.i32("policy id index");
        int direction = in.u8("policy id dir");
        in.skip(3, "policy id padding");
        return new UserPolicyId(selector, index, direction);
    }

    @Override
    public void encode(NativeWriter out) {
        selector.encode(out);
        out.i32(index).u8(direction).zeros(3);
    }
}
