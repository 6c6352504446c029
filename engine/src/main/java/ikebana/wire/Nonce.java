package ikebana.wire;

/// Nonce payload, RFC 7296 3.9.
public record Nonce(Bytes data) implements Payload {
    public Nonce {
        if (data.length() < 16 || data.length() > 256) {
            throw new MalformedMessage("nonce: length %d is outside 16..256".formatted(data.length()));
        }
    }

    @Override
    public void encodeBody(Writer out) {
        out.bytes(data);
    }

    @Override
    public PayloadType type() {
        return PayloadType.Known.NONCE;
    }
}
