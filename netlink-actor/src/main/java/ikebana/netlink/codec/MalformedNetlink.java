package ikebana.netlink.codec;

/// Bytes that cannot be the structure that their type promises. Thrown by [NativeReader], caught at the decoders' front
/// doors, which answer with a value.
public final class MalformedNetlink extends RuntimeException {
    public MalformedNetlink(String message) {
        super(message, null, false, false);
    }
}
