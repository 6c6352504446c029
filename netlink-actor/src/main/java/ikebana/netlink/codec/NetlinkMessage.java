package ikebana.netlink.codec;

import ikebana.wire.Secret;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// One netlink message: `struct nlmsghdr` and what follows it (include/uapi/linux/netlink.h).
///
/// ```
///  0               4       6       8               12              16
/// +---------------+-------+-------+---------------+---------------+-----------+---------+
/// | length        | type  | flags | sequence      | port          | payload.. | padding |
/// +---------------+-------+-------+---------------+---------------+-----------+---------+
/// ```
///
/// @param portId the socket that asked; 0 in what we send, and in what the kernel tells everybody
/// @param payload a [Secret], because ESP states have their keys in it, both ways
public record NetlinkMessage(int type, int flags, int sequence, int portId, Secret payload) {
    public static final int HEADER = 16;

    public static final int NOOP = 1;
    public static final int ERROR = 2;
    public static final int DONE = 3;
    public static final int OVERRUN = 4;

    public static final int REQUEST = 0x01;
    public static final int ACK = 0x04;
    /// The dump met a table that changed meanwhile.
    public static final int DUMP_INTERRUPTED = 0x10;
    public static final int DUMP = 0x300;
    public static final int EXCLUSIVE = 0x200;
    public static final int CREATE = 0x400;
    /// In an acknowledgement: our message is not repeated in it, only its header.
    public static final int CAPPED = 0x100;
    /// In an acknowledgement: attributes follow.
    public static final int ACK_ATTRIBUTES = 0x200;

    /// What a datagram held.
    ///
    /// @param broken why the rest of the datagram was left, if it was
    public record Decoded(List<NetlinkMessage> messages, Optional<String> broken) {}

    /// All messages of one datagram. Never throws.
    public static Decoded decode(Secret datagram) {
        var messages = new ArrayList<NetlinkMessage>();
        var in = NativeReader.of(datagram);
        try {
            while (in.remaining() > 0) {
                int length = in.i32("message length");
                int type = in.u16("message type");
                int flags = in.u16("message flags");
                int sequence = in.i32("message sequence");
                int portId = in.i32("message port");
                messages.add(new NetlinkMessage(
                        type, flags, sequence, portId, in.secret(length - HEADER, "message " + type)));
                in.align();
            }
            return new Decoded(List.copyOf(messages), Optional.empty());
        } catch (MalformedNetlink malformed) {
            return new Decoded(List.copyOf(messages), Optional.of(String.valueOf(malformed.getMessage())));
        }
    }

    public boolean has(int flag) {
        return (flags & flag) != 0;
    }

    public NetlinkMessage withSequence(int number) {
        return new NetlinkMessage(type, flags, number, portId, payload);
    }

    public Secret encode() {
        return new NativeWriter()
                .i32(HEADER + payload.length())
                .u16(type)
                .u16(flags)
                .i32(sequence)
                .i32(portId)
                .secret(payload)
                .align()
                .toSecret();
    }
}
