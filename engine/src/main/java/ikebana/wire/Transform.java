package ikebana.wire;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// One transform, RFC 7296 3.3.2; types and IDs that we do not know are kept as they are.
///
/// ```text
/// | last or more (1) | reserved (1) | length (2) | type (1) | reserved (1) | ID (2) | attributes |
/// ```
public record Transform(int type, int id, List<TransformAttribute> attributes) {
    public static final int ENCRYPTION = 1;
    public static final int PRF = 2;
    public static final int INTEGRITY = 3;
    public static final int KEY_EXCHANGE = 4;
    public static final int EXTENDED_SEQUENCE_NUMBERS = 5;

    /// "Additional Key Exchange 1" of seven, RFC 9370 2.2.1; their numbers follow each other.
    public static final int ADDITIONAL_KEY_EXCHANGE_1 = 6;

    public static final int ADDITIONAL_KEY_EXCHANGE_7 = 12;

    static final int LAST = 0;
    static final int MORE = 3;

    /// RFC 7296 3.3.5: the only attribute.
    private static final int KEY_LENGTH = 14;

    public Transform {
        attributes = List.copyOf(attributes);
    }

    public static Transform of(int type, int id) {
        return new Transform(type, id, List.of());
    }

    public static Transform of(int type, int id, int keyBits) {
        var value = Bytes.of((byte) (keyBits >>> 8), (byte) keyBits);
        return new Transform(type, id, List.of(new TransformAttribute(KEY_LENGTH, true, value)));
    }

    /// The Key Length attribute, in bits.
    public Optional<Integer> keyBits() {
        return attributes.stream()
                .filter(attribute -> attribute.type() == KEY_LENGTH && attribute.fixed())
                .findFirst()
                .map(attribute ->
                        attribute.value().at(0) << 8 | attribute.value().at(1));
    }

    static Transform decode(Reader in) {
        int type = in.u8("transform: type");
        in.u8("transform: reserved"); // must be ignored on receipt
        int id = in.u16("transform: ID");
        var attributes = new ArrayList<TransformAttribute>();
        while (in.remaining() > 0) attributes.add(TransformAttribute.decode(in));
        return new Transform(type, id, attributes);
    }

    void encode(Writer out) {
        out.u8(type).u8(0).u16(id);
        attributes.forEach(attribute -> attribute.encode(out));
    }
}
