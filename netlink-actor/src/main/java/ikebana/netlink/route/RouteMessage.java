package ikebana.netlink.route;

import ikebana.netlink.codec.Attribute;
import ikebana.netlink.codec.MalformedNetlink;
import ikebana.netlink.codec.NativeReader;
import ikebana.netlink.codec.NativeWriter;
import ikebana.netlink.codec.NetlinkMessage;
import java.util.List;
import java.util.Optional;

/// A message of NETLINK_ROUTE about a link or an address.
public sealed interface RouteMessage {
    int NEWLINK = 16;
    int DELLINK = 17;
    int GETLINK = 18;
    int NEWADDR = 20;
    int DELADDR = 21;
    int GETADDR = 22;

    /// 16 bytes and attributes.
    ///
    /// ```
    /// struct ifinfomsg {
    ///     unsigned char  ifi_family;    /*  0, then 1 of padding */
    ///     unsigned short ifi_type;      /*  2 */
    ///     int            ifi_index;     /*  4 */
    ///     unsigned       ifi_flags;     /*  8 */
    ///     unsigned       ifi_change;    /* 12 */
    /// };
    /// ```
    record Link(int type, int family, int hardware, int index, int flags, int change, List<Attribute> attributes)
            implements RouteMessage {
        private static final int UP = 1; // IFF_UP: the administrator's wish, not the carrier

        public Link {
            attributes = List.copyOf(attributes);
        }

        static Link decode(int type, NativeReader in) {
            int family = in.u8("ifi_family");
            in.skip(1, "ifinfomsg padding");
            return new Link(
                    type,
                    family,
                    in.u16("ifi_type"),
                    in.i32("ifi_index"),
                    in.i32("ifi_flags"),
                    in.i32("ifi_change"),
                    Attribute.decodeAll(in));
        }

        @Override
        public void encodeBody(NativeWriter out) {
            out.u8(family).zeros(1).u16(hardware).i32(index).i32(flags).i32(change);
            for (var attribute : attributes) attribute.encode(out);
        }

        boolean isUp() {
            return (flags & UP) != 0;
        }
    }

    /// 8 bytes and attributes.
    ///
    /// ```
    /// struct ifaddrmsg {
    ///     __u8  ifa_family;       /* 0 */
    ///     __u8  ifa_prefixlen;    /* 1 */
    ///     __u8  ifa_flags;        /* 2, the low 8 bits of IFA_FLAGS */
    ///     __u8  ifa_scope;        /* 3 */
    ///     __u32 ifa_index;        /* 4, of the link */
    /// };
    /// ```
    record Address(int type, int family, int prefixLength, int flags, int scope, int index, List<Attribute> attributes)
            implements RouteMessage {
        static final int IFA_ADDRESS = 1;
        static final int IFA_LOCAL = 2;
        static final int IFA_FLAGS = 8;

        public Address {
            attributes = List.copyOf(attributes);
        }

        static Address decode(int type, NativeReader in) {
            return new Address(
                    type,
                    in.u8("ifa_family"),
                    in.u8("ifa_prefixlen"),
                    in.u8("ifa_flags"),
                    in.u8("ifa_scope"),
                    in.i32("ifa_index"),
                    Attribute.decodeAll(in));
        }

        @Override
        public void encodeBody(NativeWriter out) {
            out.u8(family).u8(prefixLength).u8(flags).u8(scope).i32(index);
            for (var attribute : attributes) attribute.encode(out);
        }

        /// All 32 bits of them, where the kernel gives them.
        int allFlags() {
            return Attribute.find(attributes, IFA_FLAGS)
                    .filter(attribute -> attribute.value().length() == 4)
                    .map(attribute -> NativeReader.of(attribute.value()).i32("IFA_FLAGS"))
                    .orElse(flags);
        }
    }

    int type();

    void encodeBody(NativeWriter out);

    /// Empty for other types, and for what cannot be read. Never throws.
    static Optional<RouteMessage> decode(NetlinkMessage message) {
        try {
            return switch (message.type()) {
                case NEWLINK, DELLINK -> Optional.of(Link.decode(message.type(), NativeReader.of(message.payload())));
                case NEWADDR, DELADDR ->
                    Optional.of(Address.decode(message.type(), NativeReader.of(message.payload())));
                default -> Optional.empty();
            };
        } catch (MalformedNetlink malformed) {
            return Optional.empty();
        }
    }

    static NetlinkMessage dumpLinks() {
        return dump(new Link(GETLINK, 0, 0, 0, 0, 0, List.of()));
    }

    static NetlinkMessage dumpAddresses() {
        return dump(new Address(GETADDR, 0, 0, 0, 0, 0, List.of()));
    }

    private static NetlinkMessage dump(RouteMessage question) {
        var out = new NativeWriter();
        question.encodeBody(out);
        return new NetlinkMessage(question.type(), NetlinkMessage.REQUEST | NetlinkMessage.DUMP, 0, 0, out.toSecret());
    }
}
