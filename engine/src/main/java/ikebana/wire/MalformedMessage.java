package ikebana.wire;

/// Bytes that cannot be what they claim to be. Thrown only inside `wire` and by the constructors of its records,
/// caught at the decoders' front doors, which answer with a value. It has no stack trace: strangers can cause it
/// at will.
public final class MalformedMessage extends RuntimeException {
    public MalformedMessage(String message) {
        super(message, null, false, false);
    }
}
