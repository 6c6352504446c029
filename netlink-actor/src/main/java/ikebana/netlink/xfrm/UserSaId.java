package ikebana.netlink.xfrm;

import ikebana.netlink.codec.NativeReader;
import ikebana.netlink.codec.NativeWriter;
import ikebana.wire.Spi;

/// Names the state to find or to remove, 24 bytes.
///
/// ```
/// struct xfrm_usersa_id {
///     xfrm_address_t daddr;    /*  0 */
///     __be32 spi;              /* 16 */
///     __u16  family;           /* 20 */
///     __u8   proto;            /* 22, then 1 of padding */
/// };
/// ```
public record UserSaId(Address destination, Spi spi, int family, int protocol) implements XfrmBody {
    static UserSaId decode(NativeReader in) {
        var destination = Address.decode(in, "state id daddr");
        var spi = new Spi(in.be32("state id spi"));
        int family = in.u16("state id family");
        int protocol = in.u8("state id proto");
        in.skip(1, "state id padding");
        return new UserSaId(destination, spi, family, protocol);
    }

    @Override
    public void encode(NativeWriter out) {
        destination.encode(out);
        out.be32(spi.value()).u16(family).u8(protocol).zeros(1);
    }
}
