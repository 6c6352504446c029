package ikebana.wire;

/// Certificate Request payload, RFC 7296 3.7.
public record CertificateRequest(int encoding, Bytes data) implements Payload {
    static CertificateRequest decode(Reader in) {
        return new CertificateRequest(in.u8("CERTREQ: encoding"), in.rest());
    }

    @Override
    public void encodeBody(Writer out) {
        out.u8(encoding).bytes(data);
    }

    @Override
    public PayloadType type() {
        return PayloadType.Known.CERTIFICATE_REQUEST;
    }
}
