package ikebana.netlink.xfrm;

import ikebana.kernel.GreKey;
import ikebana.kernel.Lifetime;
import ikebana.kernel.Prefix;
import ikebana.kernel.Selector;
import ikebana.netlink.codec.NativeReader;
import ikebana.netlink.codec.NativeWriter;
import ikebana.wire.Bytes;
import ikebana.wire.IpAddress;
import ikebana.wire.Spi;
import java.time.Duration;
import java.util.Optional;

/// The structs of include/uapi/linux/xfrm.h that several messages share. Encode and decode stand side by side; sizes
/// are
/// those of 64-bit Linux.
final class Structs {
    static final int AF_INET = 2;
    static final int AF_INET6 = 10;
    static final int ESP = 50;

    static final int ADDRESS_LENGTH = 16;
    static final int SELECTOR_LENGTH = 56;
    static final int LIFETIME_CONFIG_LENGTH = 64;
    static final int LIFETIME_CURRENT_LENGTH = 32;

    private static final int ALL_PORT_BITS = 0xffff;
    /// XFRM_INF: "no limit", for bytes and packets; for seconds that is 0.
    private static final long UNLIMITED = -1L;

    private Structs() {}

    static int family(IpAddress address) {
        return address.isV4() ? AF_INET : AF_INET6;
    }

    /// `xfrm_address_t`: 16 bytes, of which IPv4 uses the first four.
    static void address(NativeWriter out, IpAddress address) {
        out.bytes(address.raw()).zeros(ADDRESS_LENGTH - address.raw().length());
    }

    static IpAddress address(Bytes sixteen, int family) {
        return new IpAddress(sixteen.slice(0, family == AF_INET ? 4 : ADDRESS_LENGTH));
    }

    /// ```text
    /// struct xfrm_selector {
    ///     xfrm_address_t daddr, saddr;
    ///     __be16 dport, dport_mask, sport, sport_mask;
    ///     __u16 family; __u8 prefixlen_d, prefixlen_s, proto;
    ///     int ifindex; __kernel_uid32_t user; };
    /// ```
    /// A GRE key stands in the ports: its high half is the source's, its low half the destination's.
    static void selector(NativeWriter out, Selector selector) {
        address(out, selector.destination().base());
        address(out, selector.source().base());
        int mask = selector.greKey().isPresent() ? ALL_PORT_BITS : 0;
        out.be16(selector.greKey().map(GreKey::low).orElse(0)).be16(mask);
        out.be16(selector.greKey().map(GreKey::high).orElse(0)).be16(mask);
        out.u16(family(selector.source().base()))
                .u8(selector.destination().length())
                .u8(selector.source().length())
                .u8(selector.protocol())
                .zeros(3)
                .u32(0)
                .u32(0);
    }

    static Selector selector(NativeReader in) {
        var destination = in.bytes(ADDRESS_LENGTH);
        var source = in.bytes(ADDRESS_LENGTH);
        int destinationPort = in.be16();
        int destinationMask = in.be16();
        int sourcePort = in.be16();
        int sourceMask = in.be16();
        int family = in.u16();
        int destinationLength = in.u8();
        int sourceLength = in.u8();
        int protocol = in.u8();
        in.skip(3 + 4 + 4); // padding, ifindex, user
        boolean keyed = protocol == Selector.GRE && (destinationMask | sourceMask) == ALL_PORT_BITS;
        return new Selector(
                new Prefix(address(source, family), sourceLength),
                new Prefix(address(destination, family), destinationLength),
                protocol,
                keyed ? Optional.of(new GreKey(sourcePort << 16 | destinationPort)) : Optional.empty());
    }

    /// `struct xfrm_id { xfrm_address_t daddr; __be32 spi; __u8 proto; };` 24 bytes.
    static void id(NativeWriter out, IpAddress destination, Spi spi) {
        address(out, destination);
        out.be32(spi.value()).u8(ESP).zeros(3);
    }

    /// ```text
    /// struct xfrm_lifetime_cfg {
    ///     __u64 soft_byte_limit, hard_byte_limit, soft_packet_limit, hard_packet_limit,
    ///           soft_add_expires_seconds, hard_add_expires_seconds,
    ///           soft_use_expires_seconds, hard_use_expires_seconds; };
    /// ```
    static void lifetime(NativeWriter out, Lifetime lifetime) {
        out.u64(lifetime.softBytes().orElse(UNLIMITED))
                .u64(lifetime.hardBytes().orElse(UNLIMITED))
                .u64(lifetime.softPackets().orElse(UNLIMITED))
                .u64(lifetime.hardPackets().orElse(UNLIMITED))
                .u64(lifetime.softTime().map(Duration::toSeconds).orElse(0L))
                .u64(lifetime.hardTime().map(Duration::toSeconds).orElse(0L))
                .u64(0)
                .u64(0);
    }
}
