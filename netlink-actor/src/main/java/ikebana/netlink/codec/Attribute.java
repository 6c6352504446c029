package ikebana.netlink.codec;

import ikebana.wire.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// One attribute as it is: `struct nlattr`.
///
/// ```
///  <--------- length ---------->
/// +-----------+------+----------+---------+
/// | length 16 | type | value .. | padding |   padded to a multiple of 4, which length does not count
/// +-----------+------+----------+---------+
/// ```
///
/// @param type with the two flag bits that netlink keeps there, as they came
public record Attribute(int type, Bytes value) {
    /// `NLA_F_NESTED` and `NLA_F_NET_BYTEORDER` share the type's field.
    public static final int TYPE_MASK = 0x3fff;

    /// What makes something of one attribute; `value` is confined to it.
    public interface Decoder<A> {
        A decode(int type, NativeReader value);
    }

    /// All attributes up to the reader's end.
    public static <A> List<A> decodeAll(NativeReader in, Decoder<A> decoder) {
        var attributes = new ArrayList<A>();
        while (in.remaining() > 0) {
            int length = in.u16("attribute length");
            int type = in.u16("attribute type");
            attributes.add(decoder.decode(type, in.sub(length - 4, "attribute " + type)));
            in.align();
        }
        return List.copyOf(attributes);
    }

    public static List<Attribute> decodeAll(NativeReader in) {
        return decodeAll(in, (type, value) -> new Attribute(type, value.rest()));
    }

    public void encode(NativeWriter out) {
        out.attribute(type, () -> out.bytes(value));
    }

    /// The last of `attributes` with that type: the kernel, too, lets the last one win.
    public static Optional<Attribute> find(List<Attribute> attributes, int type) {
        return attributes.stream()
                .filter(attribute -> (attribute.type & TYPE_MASK) == type)
                .reduce((first, second) -> second);
    }
}
