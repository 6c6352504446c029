package ikebana.netlink.codec;

import ikebana.wire.Bytes;
import java.util.ArrayList;
import java.util.List;

/// One netlink message, `struct nlmsghdr` and what follows (include/uapi/linux/netlink.h).
///
/// ```text
/// __u32 nlmsg_len; __u16 nlmsg_type; __u16 nlmsg_flags; __u32 nlmsg_seq; __u32 nlmsg_pid;
/// ```
public record NetlinkMessage(int type, int flags, int sequence, int port, Bytes body) {
    public static final int ERROR = 2;
    public static final int DONE = 3;
    public static final int OVERRUN = 4;

    public static final int REQUEST = 0x1;
    public static final int MULTI = 0x2;
    public static final int ACK = 0x4;
    public static final int DUMP = 0x300;
    public static final int EXCLUSIVE = 0x200;
    public static final int CREATE = 0x400;

    private static final int HEADER_LENGTH = 16;
    private static final int ALIGNMENT = 4;

    public Bytes encode() {
        var out = new NativeWriter();
        out.u32(HEADER_LENGTH + body.length())
                .u16(type)
                .u16(flags)
                .u32(sequence)
                .u32(port);
        return out.bytes(body).align(ALIGNMENT).toBytes();
    }

    /// The messages of one datagram from the kernel.
    ///
    /// @throws MalformedNetlink when a length points outside
    public static List<NetlinkMessage> decodeAll(Bytes datagram) {
        var messages = new ArrayList<NetlinkMessage>();
        var in = NativeReader.of(datagram);
        while (in.remaining() >= HEADER_LENGTH) {
            int length = in.u32();
            int type = in.u16();
            int flags = in.u16();
            int sequence = in.u32();
            int port = in.u32();
            messages.add(new NetlinkMessage(type, flags, sequence, port, in.bytes(length - HEADER_LENGTH)));
            in.align(ALIGNMENT);
        }
        return messages;
    }
}
