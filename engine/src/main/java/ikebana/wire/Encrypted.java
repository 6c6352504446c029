package ikebana.wire;

/// Encrypted payload, RFC 7296 3.14, sealed as it is on the wire. Nothing follows it.
///
/// @param firstInner the type of the first payload inside
/// @param body IV, ciphertext, ICV
public record Encrypted(int firstInner, Bytes body) implements Payload {
    @Override
    public void encodeBody(Writer out) {
        out.bytes(body);
    }

    @Override
    public PayloadType type() {
        return PayloadType.Known.ENCRYPTED;
    }
}
