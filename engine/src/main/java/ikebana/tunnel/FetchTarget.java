package ikebana.tunnel;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Objects;

/// Where a fetch really goes: a name is looked up once, and the address that was judged is the one that is connected
/// to. Whoever answers for the name could else give a harmless address first and our own loopback then.
///
/// @param direct the same with the address for a host
/// @param host for the header of that name
record FetchTarget(URI direct, String host) {

    /// Blocks, because names are looked up.
    ///
    /// @param allowLocal whether this host and its links may be asked
    /// @throws IOException with a sentence
    static FetchTarget of(URI address, boolean allowLocal) throws IOException {
        var host = address.getHost();
        if (host == null) throw new IOException("there is no host in it");
        InetAddress[] found;
        try {
            found = InetAddress.getAllByName(host);
        } catch (UnknownHostException unknown) {
            throw new IOException("nobody knows the name " + host);
        }
        var there = Arrays.stream(found)
                .filter(candidate -> allowLocal || !isLocal(candidate))
                .findFirst()
                .orElseThrow(() -> new IOException("%s is %s, which is not asked (certificates.inquiries.allow-local)"
                        .formatted(host, found[0].getHostAddress())));
        return new FetchTarget(direct(address, there), authority(host, address.getPort()));
    }

    private static URI direct(URI address, InetAddress there) throws IOException {
        var literal = there instanceof Inet6Address ? "[%s]".formatted(there.getHostAddress()) : there.getHostAddress();
        var path = Objects.requireNonNullElse(address.getRawPath(), "");
        var query = address.getRawQuery() == null ? "" : "?" + address.getRawQuery();
        try {
            return new URI("http://" + authority(literal, address.getPort()) + (path.isEmpty() ? "/" : path) + query);
        } catch (URISyntaxException odd) {
            throw new IOException("there is no way to ask " + literal);
        }
    }

    private static String authority(String host, int port) {
        return port < 0 ? host : host + ":" + port;
    }

    /// Services that trust whoever can reach them listen there, such as a cloud's metadata at 169.254.169.254.
    static boolean isLocal(InetAddress address) {
        return address.isLoopbackAddress()
                || address.isAnyLocalAddress()
                || address.isLinkLocalAddress()
                || address.isMulticastAddress()
                || isReserved(address)
                || isThisHosts(address);
    }

    /// 0.0.0.0/8 and 240.0.0.0/4, and IPv6 addresses that stand for an IPv4 address somewhere (RFC 6052, RFC 3056, RFC
    /// 4291 2.5.5.1): no list is there, and it could be one of those above.
    private static boolean isReserved(InetAddress address) {
        var raw = address.getAddress();
        if (address instanceof Inet4Address) return raw[0] == 0 || (raw[0] & 0xf0) == 0xf0;
        boolean translated = startsWith(raw, 0x00, 0x64, 0xff, 0x9b);
        boolean sixToFour = startsWith(raw, 0x20, 0x02);
        boolean compatible = startsWith(raw, new int[12]);
        return translated || sixToFour || compatible;
    }

    private static boolean startsWith(byte[] raw, int... octets) {
        for (int index = 0; index < octets.length; index++) if (raw[index] != (byte) octets[index]) return false;
        return true;
    }

    private static boolean isThisHosts(InetAddress address) {
        try {
            return NetworkInterface.getByInetAddress(address) != null;
        } catch (SocketException unreadable) {
            return true;
        }
    }
}
