package ikebana.netlink.xfrm;

import ikebana.netlink.codec.NativeReader;
import ikebana.netlink.codec.NativeWriter;
import ikebana.wire.Bytes;

/// ```text
/// struct xfrm_user_tmpl {
///     struct xfrm_id id; __u16 family; xfrm_address_t saddr; __u32 reqid;
///     __u8 mode, share, optional; __u32 aalgos, ealgos, calgos; };
/// ```
///
/// @param family of the zero addresses
/// @param mode 0 is transport
record Template(int family, int protocol, int reqid, int mode) {
    static final int LENGTH = 64;
    static final int TRANSPORT = 0;

    private static final int ANY_ALGORITHM = -1;

    Bytes encode() {
        var out = new NativeWriter();
        out.zeros(16).be32(0).u8(protocol).zeros(3); // struct xfrm_id: the packet's own destination, any SPI
        out.u16(family).zeros(2);
        out.zeros(16); // the packet's own source
        out.u32(reqid).u8(mode).u8(0).u8(0).zeros(1);
        return out.u32(ANY_ALGORITHM).u32(ANY_ALGORITHM).u32(ANY_ALGORITHM).toBytes();
    }

    static Template decode(NativeReader in) {
        in.skip(16 + 4);
        int protocol = in.u8();
        in.skip(3);
        int family = in.u16();
        in.skip(2 + 16);
        int reqid = in.u32();
        int mode = in.u8();
        in.skip(3 + 12);
        return new Template(family, protocol, reqid, mode);
    }
}
