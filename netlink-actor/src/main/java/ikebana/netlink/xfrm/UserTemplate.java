package ikebana.netlink.xfrm;

import ikebana.netlink.codec.NativeReader;
import ikebana.netlink.codec.NativeWriter;

/// The state that a policy requires, 64 bytes.
///
/// ```
/// struct xfrm_user_tmpl {
///     struct xfrm_id id;       /*  0 */
///     __u16 family;            /* 24, then 2 of padding */
///     xfrm_address_t saddr;    /* 28 */
///     __u32 reqid;             /* 44 */
///     __u8  mode;              /* 48 */
///     __u8  share;             /* 49 */
///     __u8  optional;          /* 50, then 1 of padding: not 0 lets packets pass in the clear */
///     __u32 aalgos;            /* 52, bits of the algorithms allowed; all ones is any */
///     __u32 ealgos;            /* 56 */
///     __u32 calgos;            /* 60 */
/// };
/// ```
public record UserTemplate(
        Id id,
        int family,
        Address source,
        int reqid,
        int mode,
        int share,
        int optional,
        int authentications,
        int encryptions,
        int compressions) {
    public static final int SIZE = 64;
    public static final int ANY_ALGORITHM = -1;

    static UserTemplate decode(NativeReader in) {
        var id = Id.decode(in);
        int family = in.u16("template family");
        in.skip(2, "template padding");
        var source = Address.decode(in, "template saddr");
        int reqid = in.i32("template reqid");
        int mode = in.u8("template mode");
        int share = in.u8("template share");
        int optional = in.u8("template optional");
        in.skip(1, "template padding");
        int authentications = in.i32("template aalgos");
        int encryptions = in.i32("template ealgos");
        int compressions = in.i32("template calgos");
        return new UserTemplate(
                id, family, source, reqid, mode, share, optional, authentications, encryptions, compressions);
    }

    void encode(NativeWriter out) {
        id.encode(out);
        out.u16(family).zeros(2);
        source.encode(out);
        out.i32(reqid)
                .u8(mode)
                .u8(share)
                .u8(optional)
                .zeros(1)
                .i32(authentications)
                .i32(encryptions)
                .i32(compressions);
    }
}
