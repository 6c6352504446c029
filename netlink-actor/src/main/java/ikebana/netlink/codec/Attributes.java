package ikebana.netlink.codec;

import ikebana.wire.Bytes;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// Netlink attributes (`struct nlattr`): length, type, payload, padding to four bytes. Types that nobody asks for stay.
public record Attributes(Map<Integer, Bytes> values) {
    private static final int HEADER_LENGTH = 4;
    private static final int ALIGNMENT = 4;
    /// NLA_F_NESTED and NLA_F_NET_BYTEORDER are not part of the type.
    private static final int TYPE_MASK = 0x3fff;

    public Attributes {
        values = Map.copyOf(values);
    }

    /// Reads up to the end. The last of several attributes of a type is kept, as in the kernel.
    public static Attributes decode(NativeReader in) {
        var values = new LinkedHashMap<Integer, Bytes>();
        while (in.remaining() >= HEADER_LENGTH) {
            int length = in.u16();
            int type = in.u16() & TYPE_MASK;
            values.put(type, in.bytes(length - HEADER_LENGTH));
            in.align(ALIGNMENT);
        }
        return new Attributes(values);
    }

    public static void encode(NativeWriter out, int type, Bytes payload) {
        out.align(ALIGNMENT)
                .u16(HEADER_LENGTH + payload.length())
                .u16(type)
                .bytes(payload)
                .align(ALIGNMENT);
    }

    public Optional<Bytes> get(int type) {
        return Optional.ofNullable(values.get(type));
    }
}
