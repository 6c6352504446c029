package ikebana.wire;

import java.net.InetSocketAddress;

/// An IP address and a UDP port.
public record UdpAddress(IpAddress ip, int port) {
    public UdpAddress {
        if (port < 0 || port > 0xffff) throw new IllegalArgumentException("no UDP port: " + port);
    }

    public static UdpAddress of(InetSocketAddress address) {
        return new UdpAddress(IpAddress.of(address.getAddress()), address.getPort());
    }

    public InetSocketAddress toSocketAddress() {
        return new InetSocketAddress(ip.toInetAddress(), port);
    }

    @Override
    public String toString() {
        return ip.isV4() ? ip + ":" + port : "[" + ip + "]:" + port;
    }
}
