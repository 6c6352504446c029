package ikebana.netlink.xfrm;

import ikebana.netlink.codec.NativeReader;
import ikebana.netlink.codec.NativeWriter;
import ikebana.wire.Spi;

/// What names a state, 24 bytes.
///
/// ```
/// struct xfrm_id {
///     xfrm_address_t daddr;    /*  0 */
///     __be32 spi;              /* 16 */
///     __u8   proto;            /* 20, then 3 of padding */
/// };
/// ```
public record Id(Address destination, Spi spi, int protocol) {
    /// The IP protocol number of ESP.
    public static final int ESP = 50;

    static Id decode(NativeReader in) {
        var destination = Address.decode(in, "id daddr");
        var spi = new Spi(in.be32("id spi"));
        int protocol = in.u8("id proto");
        in.skip(3, "id padding");
        return new Id(destination, spi, protocol);
    }

    void encode(NativeWriter out) {
        destination.encode(out);
        out.be32(spi.value()).u8(protocol).zeros(3);
    }
}
