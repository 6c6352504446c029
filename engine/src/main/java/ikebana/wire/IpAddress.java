package ikebana.wire;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;

/// An IPv4 or IPv6 address, never a name: nothing here asks a resolver.
///
/// @param raw four or sixteen bytes in network order
public record IpAddress(Bytes raw) implements Comparable<IpAddress> {
    public static final IpAddress ANY_V4 = new IpAddress(Bytes.of(new byte[4]));
    public static final IpAddress ANY_V6 = new IpAddress(Bytes.of(new byte[16]));

    public IpAddress {
        if (raw.length() != 4 && raw.length() != 16) {
            throw new IllegalArgumentException("an IP address has 4 or 16 bytes, not " + raw.length());
        }
    }

    /// The address that a literal such as `192.0.2.1` or `2001:db8::1` stands for.
    ///
    /// @throws IllegalArgumentException when `literal` is anything else, a host name for example
    public static IpAddress of(String literal) {
        return of(InetAddress.ofLiteral(literal));
    }

    public static IpAddress of(InetAddress address) {
        return new IpAddress(Bytes.of(address.getAddress()));
    }

    public InetAddress toInetAddress() {
        try {
            return InetAddress.getByAddress(raw.toArray());
        } catch (UnknownHostException impossible) {
            throw new IllegalStateException(impossible); // only for a wrong length, which the constructor refuses
        }
    }

    public boolean isV4() {
        return raw.length() == 4;
    }

    /// 32 or 128.
    public int bits() {
        return raw.length() * 8;
    }

    /// `0.0.0.0` or `::`.
    public boolean isUnspecified() {
        return equals(ANY_V4) || equals(ANY_V6);
    }

    /// `fe80::/10`, which each link has again (RFC 4007 5): without an interface nobody can be reached there.
    public boolean needsScope() {
        return !isV4() && raw.at(0) == 0xfe && (raw.at(1) & 0xc0) == 0x80;
    }

    @Override
    public int compareTo(IpAddress other) {
        return raw.compareTo(other.raw);
    }

    @Override
    public String toString() {
        var address = toInetAddress();
        return address instanceof Inet4Address ? address.getHostAddress() : compressed();
    }

    /// RFC 5952: the longest run of zero groups, two or more, becomes `::`.
    private String compressed() {
        int best = -1;
        int bestLength = 1;
        for (int start = 0; start < 8; start++) {
            int end = start;
            while (end < 8 && group(end) == 0) end++;
            if (end - start > bestLength) {
                best = start;
                bestLength = end - start;
            }
        }
        var text = new StringBuilder();
        for (int i = 0; i < 8; i++) {
            if (i == best) {
                text.append("::");
                i += bestLength - 1;
                continue;
            }
            if (!text.isEmpty() && text.charAt(text.length() - 1) != ':') text.append(':');
            text.append(Integer.toHexString(group(i)));
        }
        return text.toString();
    }

    private int group(int index) {
        return raw.at(index * 2) << 8 | raw.at(index * 2 + 1);
    }
}
