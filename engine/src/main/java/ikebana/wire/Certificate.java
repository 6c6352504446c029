package ikebana.wire;

/// Certificate payload, RFC 7296 3.6.
public record Certificate(int encoding, Bytes data) implements Payload {
    /// "X.509 Certificate - Signature".
    public static final int X509_SIGNATURE = 4;

    /// RFC 7670 2: a SubjectPublicKeyInfo in DER.
    public static final int RAW_PUBLIC_KEY = 15;

    static Certificate decode(Reader in) {
        return new Certificate(in.u8("CERT: encoding"), in.rest());
    }

    @Override
    public void encodeBody(Writer out) {
        out.u8(encoding).bytes(data);
    }

    @Override
    public PayloadType type() {
        return PayloadType.Known.CERTIFICATE;
    }
}
