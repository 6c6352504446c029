package ikebana.wire;

import java.util.ArrayList;
import java.util.List;

/// Configuration payload, RFC 7296 3.15.
///
/// ```text
/// | CFG type (1) | reserved (3) | attributes |
/// ```
public record Configuration(int cfgType, List<Attribute> attributes) implements Payload {

    /// @param type 15 bits; the highest one is reserved
    public record Attribute(int type, Bytes value) {}

    public Configuration {
        attributes = List.copyOf(attributes);
    }

    static Configuration decode(Reader in) {
        int cfgType = in.u8("CP: type");
        in.u24("CP: reserved"); // must be ignored on receipt
        var attributes = new ArrayList<Attribute>();
        while (in.remaining() > 0) {
            int type = in.u16("CP: attribute type") & 0x7fff;
            attributes.add(new Attribute(type, in.bytes(in.u16("CP: attribute length"), "CP: attribute value")));
        }
        return new Configuration(cfgType, attributes);
    }

    @Override
    public void encodeBody(Writer out) {
        out.u8(cfgType).u24(0);
        for (var attribute : attributes) {
            out.u16(attribute.type()).u16(attribute.value().length()).bytes(attribute.value());
        }
    }

    @Override
    public PayloadType type() {
        return PayloadType.Known.CONFIGURATION;
    }
}
