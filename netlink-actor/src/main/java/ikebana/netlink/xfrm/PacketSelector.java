package ikebana.netlink.xfrm;

import ikebana.netlink.codec.NativeReader;
import ikebana.netlink.codec.NativeWriter;

/// Which packets something is about, 56 bytes. For GRE, the ports are the halves of the key.
///
/// ```
/// struct xfrm_selector {
///     xfrm_address_t daddr;          /*  0 */
///     xfrm_address_t saddr;          /* 16 */
///     __be16 dport, dport_mask;      /* 32 */
///     __be16 sport, sport_mask;      /* 36 */
///     __u16  family;                 /* 40 */
///     __u8   prefixlen_d;            /* 42 */
///     __u8   prefixlen_s;            /* 43 */
///     __u8   proto;                  /* 44, then 3 of padding */
///     int    ifindex;                /* 48 */
///     __kernel_uid32_t user;         /* 52 */
/// };
/// ```
public record PacketSelector(
        Address destination,
        Address source,
        int destinationPort,
        int destinationPortMask,
        int sourcePort,
        int sourcePortMask,
        int family,
        int destinationPrefix,
        int sourcePrefix,
        int protocol,
        int interfaceIndex,
        int user) {
    public static final int SIZE = 56;
    public static final PacketSelector NONE =
            new PacketSelector(Address.NONE, Address.NONE, 0, 0, 0, 0, Family.UNSPECIFIED, 0, 0, 0, 0, 0);

    static PacketSelector decode(NativeReader in) {
        var destination = Address.decode(in, "selector daddr");
        var source = Address.decode(in, "selector saddr");
        int destinationPort = in.be16("selector dport");
        int destinationPortMask = in.be16("selector dport_mask");
        int sourcePort = in.be16("selector sport");
        int sourcePortMask = in.be16("selector sport_mask");
        int family = in.u16("selector family");
        int destinationPrefix = in.u8("selector prefixlen_d");
        int sourcePrefix = in.u8("selector prefixlen_s");
        int protocol = in.u8("selector proto");
        in.skip(3, "selector padding");
        int interfaceIndex = in.i32("selector ifindex");
        int user = in.i32("selector user");
        return new PacketSelector(
                destination,
                source,
                destinationPort,
                destinationPortMask,
                sourcePort,
                sourcePortMask,
                family,
                destinationPrefix,
                sourcePrefix,
                protocol,
                interfaceIndex,
                user);
    }

    void encode(NativeWriter out) {
        destination.encode(out);
        source.encode(out);
        out.be16(destinationPort)
                .be16(destinationPortMask)
                .be16(sourcePort)
                .be16(sourcePortMask)
                .u16(family)
                .u8(destinationPrefix)
                .u8(sourcePrefix)
                .u8(protocol)
                .zeros(3)
                .i32(interfaceIndex)
                .i32(user);
    }
}
