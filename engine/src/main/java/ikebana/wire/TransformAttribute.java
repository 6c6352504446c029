package ikebana.wire;

/// An attribute of a transform, RFC 7296 3.3.5.
///
/// @param fixed the value has two bytes and stands in the place of the length
public record TransformAttribute(int type, boolean fixed, Bytes value) {
    private static final int FIXED = 0x8000;

    public TransformAttribute {
        if (fixed && value.length() != 2) throw new MalformedMessage("attribute: a fixed value has two bytes");
    }

    static TransformAttribute decode(Reader in) {
        int word = in.u16("attribute: type");
        boolean fixed = (word & FIXED) != 0;
        var value = in.bytes(fixed ? 2 : in.u16("attribute: length"), "attribute: value");
        return new TransformAttribute(word & ~FIXED, fixed, value);
    }

    void encode(Writer out) {
        out.u16(type | (fixed ? FIXED : 0));
        if (!fixed) out.u16(value.length());
        out.bytes(value);
    }
}
