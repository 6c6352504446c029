package ikebana.netlink.xfrm;

import ikebana.kernel.Direction;
import ikebana.kernel.Lifetime;
import ikebana.kernel.Policy;
import ikebana.netlink.codec.Attributes;
import ikebana.netlink.codec.NativeReader;
import ikebana.netlink.codec.NativeWriter;
import ikebana.netlink.codec.NetlinkMessage;
import ikebana.wire.Bytes;
import java.util.Optional;

/// Policies to and from the kernel.
///
/// ```text
/// struct xfrm_userpolicy_info {
///     struct xfrm_selector sel; struct xfrm_lifetime_cfg lft; struct xfrm_lifetime_cur curlft;
///     __u32 priority, index; __u8 dir, action, flags, share; };
/// struct xfrm_userpolicy_id { struct xfrm_selector sel; __u32 index; __u8 dir; };
/// ```
public final class Policies {
    static final int INFO_LENGTH = 168;

    private static final int IN = 0;
    private static final int OUT = 1;
    private static final int ALLOW = 0;
    private static final int BLOCK = 1;

    private Policies() {}

    /// `XFRM_MSG_NEWPOLICY`, which fails with EEXIST where the selector has a policy already.
    public static NetlinkMessage install(Policy policy, int sequence) {
        var out = new NativeWriter();
        Structs.selector(out, policy.selector());
        Structs.lifetime(out, Lifetime.UNLIMITED);
        out.zeros(Structs.LIFETIME_CURRENT_LENGTH);
        out.u32(policy.priority()).u32(0);
        out.u8(direction(policy.direction()));
        switch (policy.verdict()) {
            case Policy.RequireEsp(int reqid) -> {
                out.u8(ALLOW).u8(0).u8(0).align(8);
                var template = new Template(
                        Structs.family(policy.selector().source().base()), Structs.ESP, reqid, Template.TRANSPORT);
                Attributes.encode(out, XfrmType.ATTRIBUTE_TEMPLATE, template.encode());
            }
            case Policy.Block() -> out.u8(BLOCK).u8(0).u8(0).align(8);
        }
        return request(XfrmType.NEWPOLICY, NetlinkMessage.CREATE | NetlinkMessage.EXCLUSIVE, sequence, out);
    }

    /// `XFRM_MSG_DELPOLICY`
    public static NetlinkMessage remove(Policy policy, int sequence) {
        return request(XfrmType.DELPOLICY, 0, sequence, id(policy));
    }

    /// `XFRM_MSG_GETPOLICY` for the policy with this selector and direction.
    public static NetlinkMessage find(Policy policy, int sequence) {
        return request(XfrmType.GETPOLICY, 0, sequence, id(policy));
    }

    /// `XFRM_MSG_GETPOLICY` for all of them.
    public static NetlinkMessage dump(int sequence) {
        return new NetlinkMessage(
                XfrmType.GETPOLICY,
                NetlinkMessage.REQUEST | NetlinkMessage.DUMP,
                sequence,
                0,
                Bytes.of(new byte[Structs.SELECTOR_LENGTH + 8]));
    }

    /// The policy that a message describes; empty for those of a shape that we never install.
    public static Optional<Policy> decode(NetlinkMessage message) {
        if (message.type() != XfrmType.NEWPOLICY) return Optional.empty();
        var in = NativeReader.of(message.body());
        var selector = Structs.selector(in);
        in.skip(Structs.LIFETIME_CONFIG_LENGTH + Structs.LIFETIME_CURRENT_LENGTH);
        int priority = in.u32();
        in.skip(4); // index
        int direction = in.u8();
        int action = in.u8();
        in.skip(2); // flags, share
        in.align(8);
        if ((direction != IN && direction != OUT) || priority < 0) return Optional.empty();
        return verdict(action, Attributes.decode(in))
                .map(verdict ->
                        new Policy(selector, direction == IN ? Direction.IN : Direction.OUT, priority, verdict));
    }

    private static Optional<Policy.Verdict> verdict(int action, Attributes attributes) {
        if (action == BLOCK) return Optional.of(new Policy.Block());
        var templates = attributes.get(XfrmType.ATTRIBUTE_TEMPLATE);
        if (action != ALLOW || templates.isEmpty() || templates.get().length() != Template.LENGTH) {
            return Optional.empty();
        }
        var template = Template.decode(NativeReader.of(templates.get()));
        if (template.protocol() != Structs.ESP || template.mode() != Template.TRANSPORT) return Optional.empty();
        return Optional.of(new Policy.RequireEsp(template.reqid()));
    }

    private static NativeWriter id(Policy policy) {
        var out = new NativeWriter();
        Structs.selector(out, policy.selector());
        return out.u32(0).u8(direction(policy.direction())).zeros(3);
    }

    private static int direction(Direction direction) {
        return switch (direction) {
            case IN -> IN;
            case OUT -> OUT;
        };
    }

    static NetlinkMessage request(int type, int flags, int sequence, NativeWriter body) {
        return new NetlinkMessage(
                type, NetlinkMessage.REQUEST | NetlinkMessage.ACK | flags, sequence, 0, body.toBytes());
    }
}
