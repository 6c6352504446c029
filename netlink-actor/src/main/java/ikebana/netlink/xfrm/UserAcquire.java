package ikebana.netlink.xfrm;

import ikebana.netlink.codec.NativeReader;
import ikebana.netlink.codec.NativeWriter;

/// A packet wants a state that is not there, 280 bytes. The reqid is in the templates that follow.
///
/// ```
/// struct xfrm_user_acquire {
///     struct xfrm_id              id;        /*   0, its SPI is 0 */
///     xfrm_address_t              saddr;     /*  24 */
///     struct xfrm_selector        sel;       /*  40, the packet's own flow */
///     struct xfrm_userpolicy_info policy;    /*  96, the policy that it met */
///     __u32 aalgos, ealgos, calgos;          /* 264 */
///     __u32 seq;                             /* 276, of the larval state */
/// };
/// ```
public record UserAcquire(
        Id id,
        Address source,
        PacketSelector selector,
        UserPolicyInfo policy,
        int authentications,
        int encryptions,
        int compressions,
        int sequence)
        implements XfrmBody {
    static UserAcquire decode(NativeReader in) {
        return new UserAcquire(
                Id.decode(in),
                Address.decode(in, "acquire saddr"),
                PacketSelector.decode(in),
                UserPolicyInfo.decode(in),
                in.i32("acquire aalgos"),
                in.i32("acquire ealgos"),
                in.i32("acquire calgos"),
                in.i32("acquire seq"));
    }

    @Override
    public void encode(NativeWriter out) {
        id.encode(out);
        source.encode(out);
        selector.encode(out);
        policy.encode(out);
        out.i32(authentications).i32(encryptions).i32(compressions).i32(sequence);
    }
}
