package ikebana.kernel;

import ikebana.wire.IpAddress;

/// An address prefix; the bits behind `length` do not count.
///
/// @param length 0 to 32 or 128
public record Prefix(IpAddress base, int length) {
    public static final Prefix EVERYTHING_V4 = new Prefix(IpAddress.ANY_V4, 0);
    public static final Prefix EVERYTHING_V6 = new Prefix(IpAddress.ANY_V6, 0);

    public Prefix {
        if (length < 0 || length > base.bits()) {
            throw new IllegalArgumentException("no prefix length for %s: %d".formatted(base, length));
        }
    }

    /// The prefix that holds just this address.
    public static Prefix host(IpAddress address) {
        return new Prefix(address, address.bits());
    }

    /// `0.0.0.0/0` or `::/0`, whichever has the family of `like`.
    public static Prefix everythingLike(IpAddress like) {
        return like.isV4() ? EVERYTHING_V4 : EVERYTHING_V6;
    }

    public boolean contains(IpAddress address) {
        if (address.bits() != base.bits()) return false;
        for (int bit = 0; bit < length; bit++) {
            int mask = 0x80 >> (bit % 8);
            if ((address.raw().at(bit / 8) & mask) != (base.raw().at(bit / 8) & mask)) return false;
        }
        return true;
    }

    @Override
    public String toString() {
        return base + "/" + length;
    }
}
