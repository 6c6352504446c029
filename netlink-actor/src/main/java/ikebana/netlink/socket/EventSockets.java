package ikebana.netlink.socket;

import ikebana.netlink.codec.Errno;
import ikebana.netlink.codec.NetlinkMessage;

/// Listens to what the kernel says by itself: about XFRM, and about links and addresses. Sockets of their own, so that
/// no answer stands in an event's way.
public final class EventSockets implements AutoCloseable {
    /// Bit n - 1 is group n (include/uapi/linux/xfrm.h, include/uapi/linux/rtnetlink.h).
    private static final int ACQUIRE = 1 << (1 - 1);

    private static final int EXPIRE = 1 << (2 - 1);
    private static final int MAPPING = 1 << (8 - 1);
    private static final int LINK = 1 << (1 - 1);
    private static final int IPV4_ADDRESS = 1 << (5 - 1);
    private static final int IPV6_ADDRESS = 1 << (9 - 1);

    /// Who hears them; called on the listening thread.
    public interface Listener {
        void xfrm(NetlinkMessage message);

        void route(NetlinkMessage message);

        /// Some were lost.
        void overrun();

        /// No more will come.
        void failed(SystemCallFailed why);
    }

    private final NetlinkSocket xfrm;
    private final NetlinkSocket route;
    private final int waker;
    private final int room;
    private volatile boolean closing;

    private EventSockets(NetlinkSocket xfrm, NetlinkSocket route, int waker, int room) {
        this.xfrm = xfrm;
        this.route = route;
        this.waker = waker;
        this.room = room;
    }

    /// From here on the kernel counts us as a key manager; nothing is lost until [#listen], within the buffer's size.
    public static EventSockets open(int bufferBytes) throws SystemCallFailed {
        var xfrm = NetlinkSocket.open(NetlinkSocket.XFRM, ACQUIRE | EXPIRE | MAPPING);
        try {
            int room = xfrm.reserve(bufferBytes);
            xfrm.set(NetlinkSocket.Option.BROADCAST_ERROR);
            var route = NetlinkSocket.open(NetlinkSocket.ROUTE, LINK | IPV4_ADDRESS | IPV6_ADDRESS);
            try {
                route.reserve(bufferBytes);
                int waker = Libc.waker();
                if (waker < 0) throw new SystemCallFailed("opening an eventfd", -waker);
                return new EventSockets(xfrm, route, waker, room);
            } catch (SystemCallFailed failed) {
                route.close();
                throw failed;
            }
        } catch (SystemCallFailed failed) {
            xfrm.close();
            throw failed;
        }
    }

    /// How many bytes of XFRM events the kernel keeps for us.
    public int room() {
        return room;
    }

    /// Hears events until [#close] or a failure, on the calling thread, and then closes the sockets.
    public void listen(Listener listener) {
        try {
            while (!closing) {
                int ready = Libc.poll(-1, xfrm.descriptor(), route.descriptor(), waker);
                if (ready < 0 && ready != -Errno.EINTR) {
                    throw new SystemCallFailed("waiting for netlink", -ready);
                }
                read(xfrm, listener, true);
                read(route, listener, false);
            }
        } catch (SystemCallFailed failed) {
            listener.failed(failed);
        } finally {
            closing = true;
            synchronized (this) {
                xfrm.close();
                route.close();
                Libc.close(waker);
            }
        }
    }

    private void read(NetlinkSocket socket, Listener listener, boolean aboutXfrm) throws SystemCallFailed {
        while (!closing) {
            switch (socket.receive()) {
                case NetlinkSocket.Received.Datagram(var bytes) -> {
                    var decoded = NetlinkMessage.decode(bytes);
                    for (var message : decoded.messages()) {
                        if (aboutXfrm) listener.xfrm(message);
                        else listener.route(message);
                    }
                }
                case NetlinkSocket.Received.Lost() -> listener.overrun();
                case NetlinkSocket.Received.Nothing() -> {
                    return;
                }
            }
        }
    }

    /// Asks [#listen] to end. Does not wait for it.
    @Override
    public synchronized void close() {
        if (closing) return;
        closing = true;
        Libc.wake(waker);
    }
}
