package ikebana.wire;

/// Extensible Authentication payload, RFC 7296 3.16. Read, so that a peer who wants EAP gets a clear no.
public record Eap(Bytes data) implements Payload {
    @Override
    public void encodeBody(Writer out) {
        out.bytes(data);
    }

    @Override
    public PayloadType type() {
        return PayloadType.Known.EAP;
    }
}
