package ikebana.netlink.xfrm;

import ikebana.netlink.codec.NativeReader;
import ikebana.netlink.codec.NativeWriter;

/// The UDP around ESP, 24 bytes: `XFRMA_ENCAP`.
///
/// ```
/// struct xfrm_encap_tmpl {
///     __u16  encap_type;          /* 0 */
///     __be16 encap_sport;         /* 2 */
///     __be16 encap_dport;         /* 4, then 2 of padding */
///     xfrm_address_t encap_oa;    /* 8, the kernel ignores it */
/// };
/// ```
public record EncapTemplate(int encapsulation, int sourcePort, int destinationPort, Address originalAddress)
        implements XfrmAttribute {
    /// UDP_ENCAP_ESPINUDP: RFC 3948.
    public static final int ESP_IN_UDP = 2;

    static EncapTemplate decode(NativeReader in) {
        int encapsulation = in.u16("encap_type");
        int sourcePort = in.be16("encap_sport");
        int destinationPort = in.be16("encap_dport");
        in.skip(2, "encap padding");
        return new EncapTemplate(encapsulation, sourcePort, destinationPort, Address.decode(in, "encap_oa"));
    }

    @Override
    public int type() {
        return ENCAPSULATION;
    }

    @Override
    public void encodeValue(NativeWriter out) {
        out.u16(encapsulation).be16(sourcePort).be16(destinationPort).zeros(2);
        originalAddress.encode(out);
    }
}
