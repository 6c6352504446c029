package ikebana.netlink.xfrm;

import ikebana.wire.IpAddress;

/// The address families of sockets (include/linux/socket.h).
public final class Family {
    public static final int UNSPECIFIED = 0;
    public static final int INET = 2;
    public static final int INET6 = 10;

    private Family() {}

    public static int of(IpAddress address) {
        return address.isV4() ? INET : INET6;
    }
}
