package ikebana.netlink.xfrm;

import ikebana.netlink.codec.Attribute;
import ikebana.netlink.codec.MalformedNetlink;
import ikebana.netlink.codec.NativeReader;
import ikebana.netlink.codec.NativeWriter;
import ikebana.netlink.codec.NetlinkMessage;
import java.util.List;

/// A message of NETLINK_XFRM: what it is for, a fixed structure, then attributes in any order.
public record XfrmMessage(int type, XfrmBody body, List<XfrmAttribute> attributes) {
    /// Adds a state; also how the kernel lists one.
    public static final int NEWSA = 16;

    public static final int DELSA = 17;
    public static final int GETSA = 18;
    /// Adds a policy; also how the kernel lists one.
    public static final int NEWPOLICY = 19;

    public static final int DELPOLICY = 20;
    public static final int GETPOLICY = 21;
    /// Gives a larval state an SPI; the kernel answers with the state.
    public static final int ALLOCSPI = 22;

    public static final int ACQUIRE = 23;
    public static final int EXPIRE = 24;
    /// Changes a state that is there: its ports and limits, never its keys and counters.
    public static final int UPDSA = 26;

    public static final int MAPPING = 38;

    public XfrmMessage {
        attributes = List.copyOf(attributes);
    }

    XfrmMessage(int type, XfrmBody body, XfrmAttribute... attributes) {
        this(type, body, List.of(attributes));
    }

    /// What a message turned out to be.
    public sealed interface Decoded {
        record Whole(XfrmMessage message) implements Decoded {}

        record Broken(int type, String why) implements Decoded {}
    }

    /// Never throws.
    public static Decoded decode(NetlinkMessage message) {
        var in = NativeReader.of(message.payload());
        try {
            var body = body(message, in);
            return new Decoded.Whole(
                    new XfrmMessage(message.type(), body, Attribute.decodeAll(in, XfrmAttribute::decode)));
        } catch (MalformedNetlink malformed) {
            return new Decoded.Broken(message.type(), String.valueOf(malformed.getMessage()));
        }
    }

    private static XfrmBody body(NetlinkMessage message, NativeReader in) {
        // Both bits make a question for everything; in answers, one of them can stand alone (NLM_F_DUMP_FILTERED).
        boolean everything = (message.flags() & NetlinkMessage.DUMP) == NetlinkMessage.DUMP;
        return switch (message.type()) {
            case NEWSA, UPDSA -> UserSaInfo.decode(in);
            case DELSA -> UserSaId.decode(in);
            case GETSA -> everything ? new XfrmBody.None() : UserSaId.decode(in);
            case NEWPOLICY -> UserPolicyInfo.decode(in);
            case DELPOLICY -> UserPolicyId.decode(in);
            case GETPOLICY -> everything ? new XfrmBody.None() : UserPolicyId.decode(in);
            case ALLOCSPI -> UserSpiInfo.decode(in);
            case ACQUIRE -> UserAcquire.decode(in);
            case EXPIRE -> UserExpire.decode(in);
            case MAPPING -> UserMapping.decode(in);
            default -> new XfrmBody.Raw(in.secret(in.remaining(), "payload"));
        };
    }

    /// What the kernel reads of it; the socket numbers it.
    public NetlinkMessage asRequest(int flags) {
        var out = new NativeWriter();
        body.encode(out);
        for (var attribute : attributes) attribute.encode(out);
        return new NetlinkMessage(type, NetlinkMessage.REQUEST | flags, 0, 0, out.toSecret());
    }
}
