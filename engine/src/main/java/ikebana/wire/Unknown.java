package ikebana.wire;

/// A payload that we do not know, kept byte for byte.
///
/// @param critical the sender wants its message refused by whoever does not know this payload (RFC 7296 2.5)
public record Unknown(int code, boolean critical, Bytes data) implements Payload {
    @Override
    public PayloadType type() {
        return PayloadType.of(code);
    }

    @Override
    public void encodeBody(Writer out) {
        out.bytes(data);
    }
}
