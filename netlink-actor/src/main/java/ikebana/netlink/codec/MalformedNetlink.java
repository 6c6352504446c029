package ikebana.netlink.codec;

/// A struct that is shorter than the kernel's headers say. Caught where a message is translated.
public final class MalformedNetlink extends RuntimeException {
    MalformedNetlink(int wanted, int there) {
        super("netlink: need %d bytes, have %d".formatted(wanted, there), null, false, false);
    }
}
