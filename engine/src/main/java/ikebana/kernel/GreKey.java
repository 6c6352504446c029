package ikebana.kernel;

/// A GRE key: 32 bits, RFC 2890. The kernel's flows carry it in place of ports (include/net/xfrm.h,
/// `xfrm_flowi_sport`): the high half as source port, the low half as destination port. A GRE packet without a key
/// looks like key 0.
public record GreKey(int value) {

    /// Parses `1234` or the dotted form `0.0.4.210`.
    ///
    /// @throws IllegalArgumentException with a sentence, when `text` is neither
    public static GreKey of(String text) {
        var parts = text.split("\\.", -1);
        try {
            if (parts.length == 1) return new GreKey(Integer.parseUnsignedInt(text));
            if (parts.length == 4) {
                int value = 0;
                for (var part : parts) {
                    int octet = Integer.parseUnsignedInt(part);
                    if (octet < 0 || octet > 255) throw new NumberFormatException(part);
                    value = value << 8 | octet;
                }
                return new GreKey(value);
            }
        } catch (NumberFormatException notANumber) {
            // falls through to the one sentence below
        }
        throw new IllegalArgumentException(
                "'%s' is no GRE key: write a number up to 4294967295, or four numbers like 0.0.4.210".formatted(text));
    }

    public int high() {
        return value >>> 16;
    }

    public int low() {
        return value & 0xffff;
    }

    @Override
    public String toString() {
        return Integer.toUnsignedString(value);
    }
}
