package ikebana.netlink.xfrm;

import ikebana.kernel.Acquire;
import ikebana.kernel.Notice;
import ikebana.kernel.Reply;
import ikebana.kernel.StateId;
import ikebana.netlink.codec.Attributes;
import ikebana.netlink.codec.MalformedNetlink;
import ikebana.netlink.codec.NativeReader;
import ikebana.netlink.codec.NetlinkMessage;
import ikebana.wire.Bytes;
import ikebana.wire.IpAddress;
import ikebana.wire.Spi;
import ikebana.wire.UdpAddress;
import java.util.Optional;

/// What the kernel says by itself, on the multicast groups of XFRM and of rtnetlink.
public final class Notices {
    private static final int NEW_ADDRESS = 20;
    private static final int DELETED_ADDRESS = 21;
    private static final int GET_ADDRESS = 22;
    /// IFA_LOCAL is this host's end; point-to-point links have another IFA_ADDRESS.
    private static final int ATTRIBUTE_ADDRESS = 1;

    private static final int ATTRIBUTE_LOCAL = 2;
    private static final int INTERFACE_ADDRESS_LENGTH = 8;

    private Notices() {}

    /// A notice of XFRM; empty for what we do not use, for other protocols than ESP, and for malformed messages.
    public static Optional<Notice> decode(NetlinkMessage message) {
        try {
            return switch (message.type()) {
                case XfrmType.ACQUIRE -> acquire(NativeReader.of(message.body()));
                case XfrmType.EXPIRE -> expire(NativeReader.of(message.body()));
                case XfrmType.MAPPING -> mapping(NativeReader.of(message.body()));
                default -> Optional.empty(); // the kernel's own number
            };
        } catch (MalformedNetlink shorter) {
            return Optional.empty();
        }
    }

    /// ```text
    /// struct xfrm_user_acquire {
    ///     struct xfrm_id id; xfrm_address_t saddr; struct xfrm_selector sel;
    ///     struct xfrm_userpolicy_info policy; __u32 aalgos, ealgos, calgos, seq; };
    /// ```
    /// The reqid is in the template attribute.
    private static Optional<Notice> acquire(NativeReader in) {
        in.skip(Structs.ADDRESS_LENGTH + 4);
        int protocol = in.u8();
        in.skip(3 + Structs.ADDRESS_LENGTH);
        var selector = Structs.selector(in);
        in.skip(Policies.INFO_LENGTH + 3 * 4);
        int sequence = in.u32();
        var template = Attributes.decode(in).get(XfrmType.ATTRIBUTE_TEMPLATE);
        if (protocol != Structs.ESP || template.isEmpty()) return Optional.empty();
        int reqid = Template.decode(NativeReader.of(template.get())).reqid();
        return Optional.of(new Notice.Acquired(new Acquire(
                sequence,
                reqid,
                selector.source().base(),
                selector.destination().base(),
                selector)));
    }

    /// `struct xfrm_user_expire { struct xfrm_usersa_info state; __u8 hard; };`
    private static Optional<Notice> expire(NativeReader in) {
        var seen = States.decodeInfo(NativeReader.of(in.bytes(States.INFO_LENGTH)));
        boolean hard = in.u8() != 0;
        return seen.flatMap(state -> switch (state) {
            case Reply.Mature mature -> Optional.of(new Notice.Expired(mature.id(), mature.reqid(), hard));
            case Reply.Larval _ -> Optional.empty(); // the next packet acquires anew
        });
    }

    /// ```text
    /// struct xfrm_user_mapping {
    ///     struct xfrm_usersa_id id; __u32 reqid; xfrm_address_t old_saddr, new_saddr;
    ///     __be16 old_sport, new_sport; };
    /// ```
    private static Optional<Notice> mapping(NativeReader in) {
        var destination = in.bytes(Structs.ADDRESS_LENGTH);
        var spi = new Spi(in.be32());
        int family = in.u16();
        in.skip(2);
        int reqid = in.u32();
        var before = in.bytes(Structs.ADDRESS_LENGTH);
        var now = in.bytes(Structs.ADDRESS_LENGTH);
        int portBefore = in.be16();
        int portNow = in.be16();
        return Optional.of(new Notice.Remapped(
                new StateId(spi, Structs.address(destination, family)),
                reqid,
                new UdpAddress(Structs.address(before, family), portBefore),
                new UdpAddress(Structs.address(now, family), portNow)));
    }

    /// A notice of rtnetlink about an address of this host.
    public static Optional<Notice> decodeAddress(NetlinkMessage message) {
        try {
            return address(message)
                    .map(address -> message.type() == NEW_ADDRESS
                            ? new Notice.AddressAdded(address)
                            : new Notice.AddressRemoved(address));
        } catch (MalformedNetlink shorter) {
            return Optional.empty();
        }
    }

    /// The address in an `RTM_NEWADDR` or `RTM_DELADDR`: `struct ifaddrmsg`, then attributes.
    public static Optional<IpAddress> address(NetlinkMessage message) {
        if (message.type() != NEW_ADDRESS && message.type() != DELETED_ADDRESS) return Optional.empty();
        var in = NativeReader.of(message.body());
        int family = in.u8();
        in.skip(INTERFACE_ADDRESS_LENGTH - 1);
        var attributes = Attributes.decode(in);
        int length = family == Structs.AF_INET ? 4 : Structs.ADDRESS_LENGTH;
        return attributes
                .get(ATTRIBUTE_LOCAL)
                .or(() -> attributes.get(ATTRIBUTE_ADDRESS))
                .filter(raw -> raw.length() == length)
                .map(IpAddress::new);
    }

    /// `RTM_GETADDR` for all addresses.
    public static NetlinkMessage dumpAddresses(int sequence) {
        return new NetlinkMessage(
                GET_ADDRESS,
                NetlinkMessage.REQUEST | NetlinkMessage.DUMP,
                sequence,
                0,
                Bytes.of(new byte[INTERFACE_ADDRESS_LENGTH]));
    }
}
