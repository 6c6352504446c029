package ikebana.netlink.xfrm;

import ikebana.netlink.codec.MalformedNetlink;
import ikebana.netlink.codec.NativeReader;
import ikebana.netlink.codec.NativeWriter;
import ikebana.wire.Bytes;
import ikebana.wire.IpAddress;

/// An address whose family stands elsewhere, 16 bytes; an IPv4 address has the first four.
///
/// ```
/// typedef union { __be32 a4; __be32 a6[4]; } xfrm_address_t;
/// ```
public record Address(Bytes raw) {
    public static final int SIZE = 16;
    public static final Address NONE = new Address(Bytes.of(new byte[SIZE]));

    public Address {
        if (raw.length() != SIZE)
            throw new IllegalArgumentException("an xfrm_address_t of %d bytes".formatted(raw.length()));
    }

    public static Address of(IpAddress address) {
        return new Address(Bytes.concat(
                address.raw(), Bytes.of(new byte[SIZE - address.raw().length()])));
    }

    static Address decode(NativeReader in, String field) {
        return new Address(in.bytes(SIZE, field));
    }

    void encode(NativeWriter out) {
        out.bytes(raw);
    }

    /// @throws MalformedNetlink for a family that is neither IPv4 nor IPv6
    IpAddress as(int family) {
        return switch (family) {
            case Family.INET -> new IpAddress(raw.slice(0, 4));
            case Family.INET6 -> new IpAddress(raw);
            default -> throw new MalformedNetlink("address family %d".formatted(family));
        };
    }
}
