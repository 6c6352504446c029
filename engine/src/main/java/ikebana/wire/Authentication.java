package ikebana.wire;

/// Authentication payload, RFC 7296 3.8.
///
/// ```text
/// | method (1) | reserved (3) | data |
/// ```
public record Authentication(int method, Bytes data) implements Payload {
    static Authentication decode(Reader in) {
        int method = in.u8("AUTH: method");
        in.u24("AUTH: reserved"); // must be ignored on receipt
        return new Authentication(method, in.rest());
    }

    @Override
    public void encodeBody(Writer out) {
        out.u8(method).u24(0).bytes(data);
    }

    @Override
    public PayloadType type() {
        return PayloadType.Known.AUTHENTICATION;
    }
}
