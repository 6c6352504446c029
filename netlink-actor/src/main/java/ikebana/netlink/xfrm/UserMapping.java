package ikebana.netlink.xfrm;

import ikebana.netlink.codec.NativeReader;
import ikebana.netlink.codec.NativeWriter;

/// The UDP source of an inbound state's packets has changed, 64 bytes.
///
/// ```
/// struct xfrm_user_mapping {
///     struct xfrm_usersa_id id;            /*  0 */
///     __u32 reqid;                         /* 24 */
///     xfrm_address_t old_saddr;            /* 28 */
///     xfrm_address_t new_saddr;            /* 44 */
///     __be16 old_sport, new_sport;         /* 60 */
/// };
/// ```
public record UserMapping(
        UserSaId id, int reqid, Address oldSource, Address newSource, int oldSourcePort, int newSourcePort)
        implements XfrmBody {
    static UserMapping decode(NativeReader in) {
        return new UserMapping(
                UserSaId.decode(in),
                in.i32("mapping reqid"),
                Address.decode(in, "mapping old_saddr"),
                Address.decode(in, "mapping new_saddr"),
                in.be16("mapping old_sport"),
                in.be16("mapping new_sport"));
    }

    @Override
    public void encode(NativeWriter out) {
        id.encode(out);
        out.i32(reqid);
        oldSource.encode(out);
        newSource.encode(out);
        out.be16(oldSourcePort).be16(newSourcePort);
    }
}
