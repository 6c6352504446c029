package ikebana.netlink.xfrm;

import ikebana.kernel.Acquire;
import ikebana.kernel.Direction;
import ikebana.kernel.GreKey;
import ikebana.kernel.Notice;
import ikebana.kernel.Policy;
import ikebana.kernel.Prefix;
import ikebana.kernel.Reply;
import ikebana.kernel.Selector;
import ikebana.kernel.StateId;
import ikebana.netlink.codec.MalformedNetlink;
import ikebana.netlink.codec.NetlinkMessage;
import ikebana.wire.IpAddress;
import ikebana.wire.Spi;
import ikebana.wire.UdpAddress;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/// What the kernel says, in the engine's words. Pure functions that never throw: what is not about ESP, or is not
/// something that the engine can express, is empty.
public final class FromKernel {
    /// Attributes that make a policy about fewer packets than its selector says: security context, mark, interface ID.
    private static final Set<Integer> NARROWING = Set.of(8, 21, 31);

    private FromKernel() {}

    public static Optional<Notice> notice(NetlinkMessage message) {
        return translate(message, whole -> switch (whole.body()) {
            case UserAcquire acquire ->
                acquire(
                                acquire.sequence(),
                                // the reqid is nowhere else
                                reqid(whole),
                                acquire.id(),
                                acquire.source(),
                                acquire.selector())
                        .map(Notice.Acquired::new);
            case UserExpire expire -> expired(expire);
            case UserMapping mapping -> remapped(mapping);
            case UserPolicyId _, UserPolicyInfo _, UserSaId _, UserSaInfo _, UserSpiInfo _ -> Optional.empty();
            case XfrmBody.None _, XfrmBody.Raw _ -> Optional.empty();
        });
    }

    /// An ESP state, or a larval one.
    public static Optional<Reply.Seen> state(NetlinkMessage message) {
        return translate(
                message, whole -> whole.body() instanceof UserSaInfo info ? seen(info, whole) : Optional.empty());
    }

    /// The name of any state, larval or not.
    public static Optional<StateId> stateId(NetlinkMessage message) {
        return translate(
                message,
                whole -> whole.body() instanceof UserSaInfo info ? Optional.of(stateId(info)) : Optional.empty());
    }

    /// A policy, if it is one that we could have installed, in every detail that matters to a packet.
    public static Optional<Policy> policy(NetlinkMessage message) {
        return translate(
                message, whole -> whole.body() instanceof UserPolicyInfo info ? policy(info, whole) : Optional.empty());
    }

    /// Some words on any policy, for people.
    public static String describePolicy(NetlinkMessage message) {
        return translate(
                        message,
                        whole -> whole.body() instanceof UserPolicyInfo info
                                ? Optional.of("a policy with priority %s and %s"
                                        .formatted(
                                                Integer.toUnsignedString(info.priority()),
                                                info.action() == UserPolicyInfo.BLOCK
                                                        ? "action block"
                                                        : XfrmAttribute.find(
                                                                        whole.attributes(),
                                                                        XfrmAttribute.Templates.class)
                                                                .filter(them -> !them.templates()
                                                                        .isEmpty())
                                                                .map(FromKernel::describeTemplate)
                                                                .orElse("no template")))
                                : Optional.empty())
                .orElse("a policy");
    }

    private static String describeTemplate(XfrmAttribute.Templates templates) {
        var first = templates.templates().getFirst();
        return "reqid %s, %s mode%s"
                .formatted(
                        Integer.toUnsignedString(first.reqid()),
                        first.mode() == UserSaInfo.TRANSPORT ? "transport" : "another",
                        first.optional() == 0 ? "" : ", which lets packets pass in the clear");
    }

    private static <T> Optional<T> translate(NetlinkMessage message, Function<XfrmMessage, Optional<T>> meaning) {
        return switch (XfrmMessage.decode(message)) {
            case XfrmMessage.Decoded.Whole(var whole) -> {
                try {
                    yield meaning.apply(whole);
                } catch (MalformedNetlink notExpressible) {
                    yield Optional.empty(); // an address family or prefix length that cannot be
                }
            }
            case XfrmMessage.Decoded.Broken _ -> Optional.empty();
        };
    }

    private static int reqid(XfrmMessage whole) {
        return XfrmAttribute.find(whole.attributes(), XfrmAttribute.Templates.class).stream()
                .flatMap(templates -> templates.templates().stream())
                .filter(template -> template.id().protocol() == Id.ESP)
                .mapToInt(UserTemplate::reqid)
                .findFirst()
                .orElse(0);
    }

    private static Optional<Acquire> acquire(
            int sequence, int reqid, Id id, Address source, PacketSelector packetSelector) {
        if (id.protocol() != Id.ESP) return Optional.empty();
        int family = packetSelector.family();
        return Optional.of(
                new Acquire(sequence, reqid, source.as(family), id.destination().as(family), selector(packetSelector)));
    }

    private static Optional<Notice> expired(UserExpire expire) {
        var state = expire.state();
        // A larval's end is no state's end: an acquire was not answered in time, and the next packet makes a new one.
        if (state.id().protocol() != Id.ESP || state.id().spi().equals(Spi.NONE)) return Optional.empty();
        return Optional.of(new Notice.Expired(stateId(state), state.reqid(), expire.hard() != 0));
    }

    private static Optional<Notice> remapped(UserMapping mapping) {
        if (mapping.id().protocol() != Id.ESP) return Optional.empty();
        int family = mapping.id().family();
        return Optional.of(new Notice.Remapped(
                new StateId(mapping.id().spi(), mapping.id().destination().as(family)),
                mapping.reqid(),
                new UdpAddress(mapping.oldSource().as(family), mapping.oldSourcePort()),
                new UdpAddress(mapping.newSource().as(family), mapping.newSourcePort())));
    }

    private static Optional<Reply.Seen> seen(UserSaInfo info, XfrmMessage whole) {
        if (info.id().protocol() != Id.ESP) return Optional.empty();
        // A larval may have an SPI (somebody asked for one); what it never has is an algorithm.
        boolean larval = whole.attributes().stream()
                .noneMatch(attribute -> attribute instanceof AlgorithmAead || attribute instanceof Algorithm);
        if (larval) {
            return acquire(info.sequence(), info.reqid(), info.id(), info.source(), info.selector())
                    .map(Reply.Larval::new);
        }
        return Optional.of(new Reply.Mature(
                stateId(info),
                info.source().as(info.family()),
                info.reqid(),
                info.used().bytes(),
                info.used().packets()));
    }

    private static Optional<Policy> policy(UserPolicyInfo info, XfrmMessage whole) {
        var selector = info.selector();
        boolean wholePorts = selector.sourcePortMask() == selector.destinationPortMask()
                && (selector.sourcePortMask() == 0
                        || (selector.sourcePortMask() == 0xffff && selector.protocol() == Selector.GRE));
        if (!wholePorts || selector.interfaceIndex() != 0 || selector.user() != 0) return Optional.empty();
        // flags: LOCALOK lets a socket's own policy win; priority: ours are not negative; one with limits goes away
        if (info.flags() != 0 || info.priority() < 0) return Optional.empty();
        if (!info.limits().equals(LifetimeConfig.FOREVER)) return Optional.empty();
        if (whole.attributes().stream().anyMatch(attribute -> NARROWING.contains(attribute.type()))) {
            return Optional.empty();
        }
        var templates = XfrmAttribute.find(whole.attributes(), XfrmAttribute.Templates.class)
                .map(XfrmAttribute.Templates::templates)
                .orElseGet(List::of);
        return direction(info.direction())
                .flatMap(direction -> verdict(info, templates)
                        .map(verdict -> new Policy(selector(selector), direction, info.priority(), verdict)));
    }

    private static Optional<Policy.Verdict> verdict(UserPolicyInfo info, List<UserTemplate> templates) {
        if (info.action() == UserPolicyInfo.BLOCK && templates.isEmpty()) return Optional.of(new Policy.Block());
        if (info.action() != UserPolicyInfo.ALLOW || templates.size() != 1) return Optional.empty();
        var template = templates.getFirst();
        int reqid = template.reqid();
        return template.equals(ToKernel.template(reqid, info.selector().family()))
                ? Optional.of(new Policy.RequireEsp(reqid))
                : Optional.empty();
    }

    /// Sockets have policies of their own, in directions that do not exist here; so has forwarding.
    private static Optional<Direction> direction(int direction) {
        return switch (direction) {
            case UserPolicyInfo.IN -> Optional.of(Direction.IN);
            case UserPolicyInfo.OUT -> Optional.of(Direction.OUT);
            default -> Optional.empty();
        };
    }

    private static StateId stateId(UserSaInfo info) {
        return new StateId(info.id().spi(), info.id().destination().as(info.family()));
    }

    private static Selector selector(PacketSelector packet) {
        return new Selector(
                prefix(packet.source().as(packet.family()), packet.sourcePrefix()),
                prefix(packet.destination().as(packet.family()), packet.destinationPrefix()),
                packet.protocol(),
                greKey(packet));
    }

    private static Prefix prefix(IpAddress address, int length) {
        if (length > address.bits()) throw new MalformedNetlink("a prefix of %d bits".formatted(length));
        return new Prefix(address, length);
    }

    private static Optional<GreKey> greKey(PacketSelector packet) {
        boolean keyed = packet.protocol() == Selector.GRE
                && packet.sourcePortMask() == 0xffff
                && packet.destinationPortMask() == 0xffff;
        return keyed ? Optional.of(new GreKey(packet.sourcePort() << 16 | packet.destinationPort())) : Optional.empty();
    }
}
