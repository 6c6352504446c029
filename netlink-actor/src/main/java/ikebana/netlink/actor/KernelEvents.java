package ikebana.netlink.actor;

import ikebana.kernel.Notice;
import ikebana.netlink.codec.MalformedNetlink;
import ikebana.netlink.codec.NetlinkMessage;
import ikebana.netlink.socket.NetlinkSocket;
import ikebana.netlink.socket.NetlinkSocket.Received;
import ikebana.netlink.xfrm.Notices;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// What the kernel multicasts, on a socket of its own: an overrun here loses no answer, and a slow answer delays no
/// acquire.
public final class KernelEvents implements AutoCloseable {
    // bit = group - 1: XFRMNLGRP_ACQUIRE 1, XFRMNLGRP_EXPIRE 2, XFRMNLGRP_MAPPING 8
    private static final int XFRM_GROUPS = 0x1 | 0x2 | 0x80;
    // RTNLGRP_IPV4_IFADDR 5, RTNLGRP_IPV6_IFADDR 9
    private static final int ADDRESS_GROUPS = 0x10 | 0x100;

    private final NetlinkSocket socket;
    private final Function<NetlinkMessage, Optional<Notice>> decode;

    private KernelEvents(NetlinkSocket socket, Function<NetlinkMessage, Optional<Notice>> decode) {
        this.socket = socket;
        this.decode = decode;
    }

    /// What came in one go.
    ///
    /// @param overrun some notices are lost: ask for all there is
    public record Batch(List<Notice> notices, boolean overrun) {}

    /// Acquires, expires and mappings.
    ///
    /// @param bufferBytes room for what comes while nobody reads: an acquire takes 1,280 bytes of it
    public static KernelEvents ofXfrm(int bufferBytes) {
        var socket = new NetlinkSocket(NetlinkSocket.Family.XFRM, XFRM_GROUPS);
        socket.reserve(bufferBytes);
        // without it the kernel drops acquires of ours unheard when another listener's socket has room (tried on 6.1)
        socket.reportBroadcastErrors();
        return new KernelEvents(socket, Notices::decode);
    }

    /// Addresses of this host that come and go.
    public static KernelEvents ofAddresses() {
        return new KernelEvents(new NetlinkSocket(NetlinkSocket.Family.ROUTE, ADDRESS_GROUPS), Notices::decodeAddress);
    }

    /// Waits for notices; an empty batch when none came in time.
    public Batch next(Duration patience) {
        return switch (socket.receive(patience)) {
            case Received.Nothing() -> new Batch(List.of(), false);
            case Received.Overrun() -> new Batch(List.of(), true);
            case Received.Datagram(var bytes) -> {
                try {
                    yield new Batch(
                            NetlinkMessage.decodeAll(bytes).stream()
                                    .map(decode)
                                    .flatMap(Optional::stream)
                                    .toList(),
                            false);
                } catch (MalformedNetlink shorter) {
                    yield new Batch(List.of(), true); // something was said that we could not hear
                }
            }
        };
    }

    @Override
    public void close() {
        socket.close();
    }
}
