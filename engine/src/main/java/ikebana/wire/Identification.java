package ikebana.wire;

/// Identification payload of either side, RFC 7296 3.5.
///
/// ```text
/// | ID type (1) | reserved (3) | data |
/// ```
///
/// @param reserved kept, because AUTH is over the body as it was sent
public record Identification(boolean ofInitiator, int idType, int reserved, Bytes data) implements Payload {
    static Identification decode(boolean ofInitiator, Reader in) {
        return new Identification(ofInitiator, in.u8("ID: type"), in.u24("ID: reserved"), in.rest());
    }

    /// The octets that AUTH covers (RFC 7296 2.15, RestOfIDPayload).
    public Bytes body() {
        var out = new Writer();
        encodeBody(out);
        return out.toBytes();
    }

    @Override
    public void encodeBody(Writer out) {
        out.u8(idType).u24(reserved).bytes(data);
    }

    @Override
    public PayloadType type() {
        return ofInitiator ? PayloadType.Known.IDENTIFICATION_INITIATOR : PayloadType.Known.IDENTIFICATION_RESPONDER;
    }
}
