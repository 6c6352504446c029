package ikebana.wire;

/// Encrypted Fragment payload, RFC 7383 2.5, sealed as it is on the wire. Nothing follows it.
///
/// ```text
/// | fragment number (2) | total fragments (2) | IV, ciphertext, ICV |
/// ```
///
/// @param firstInner the type of the first payload inside; 0 in all fragments but the first
/// @param number from 1
public record EncryptedFragment(int firstInner, int number, int total, Bytes body) implements Payload {
    /// Bytes of the generic header, the number and the total.
    public static final int OVERHEAD = 8;

    public EncryptedFragment {
        if (number < 1 || number > total) throw new MalformedMessage("SKF: %d of %d".formatted(number, total));
    }

    static EncryptedFragment decode(int firstInner, Reader in) {
        return new EncryptedFragment(firstInner, in.u16("SKF: number"), in.u16("SKF: total"), in.rest());
    }

    @Override
    public void encodeBody(Writer out) {
        out.u16(number).u16(total).bytes(body);
    }

    @Override
    public PayloadType type() {
        return PayloadType.Known.ENCRYPTED_FRAGMENT;
    }
}
