package ikebana.wire;

/// Key Exchange payload, RFC 7296 3.4.
///
/// ```text
/// | method (2) | reserved (2) | key exchange data |
/// ```
public record KeyExchange(int group, Bytes data) implements Payload {
    static KeyExchange decode(Reader in) {
        int group = in.u16("KE: method");
        in.u16("KE: reserved"); // must be ignored on receipt
        return new KeyExchange(group, in.rest());
    }

    @Override
    public void encodeBody(Writer out) {
        out.u16(group).u16(0).bytes(data);
    }

    @Override
    public PayloadType type() {
        return PayloadType.Known.KEY_EXCHANGE;
    }
}
