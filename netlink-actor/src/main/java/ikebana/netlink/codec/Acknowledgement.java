package ikebana.netlink.codec;

import ikebana.wire.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// The payload of an `NLMSG_ERROR`: `struct nlmsgerr`, and with NETLINK_EXT_ACK a sentence of the kernel's.
///
/// ```
/// struct nlmsgerr {
///     int error;              /* negative errno, or 0 for an acknowledgement */
///     struct nlmsghdr msg;    /* the header of what we sent; its payload too, unless CAPPED */
/// };
/// ```
///
/// @param errno 0 for "done", else a positive error number
/// @param says what the kernel adds for people
public record Acknowledgement(int errno, Optional<String> says) {
    private static final int MESSAGE = 1; // NLMSGERR_ATTR_MSG

    /// Never throws: an error whose details cannot be read is still that error. Empty if there is not even a number.
    public static Optional<Acknowledgement> decode(NetlinkMessage message) {
        var in = NativeReader.of(message.payload());
        if (in.remaining() < 4) return Optional.empty();
        int errno = -in.i32("error");
        try {
            if (!message.has(NetlinkMessage.ACK_ATTRIBUTES))
                return Optional.of(new Acknowledgement(errno, Optional.empty()));
            int length = in.i32("length of the message it is about");
            in.skip(12, "header of the message it is about");
            if (!message.has(NetlinkMessage.CAPPED)) {
                in.skip(length - NetlinkMessage.HEADER, "message it is about");
                in.align();
            }
            var says = Attribute.find(Attribute.decodeAll(in), MESSAGE).map(text -> sentence(text.value()));
            return Optional.of(new Acknowledgement(errno, says));
        } catch (MalformedNetlink malformed) {
            return Optional.of(new Acknowledgement(errno, Optional.empty()));
        }
    }

    private static String sentence(Bytes text) {
        return new String(text.toArray(), StandardCharsets.UTF_8).replace("\0", "");
    }
}
