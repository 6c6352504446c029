package ikebana.netlink.socket;

import ikebana.netlink.codec.Errno;
import ikebana.wire.Secret;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/// One netlink socket. Not for two threads at once.
final class NetlinkSocket implements AutoCloseable {
    static final int ROUTE = 0;
    static final int XFRM = 6;

    /// More than the kernel puts into one datagram of a dump (net/netlink/af_netlink.c, `netlink_dump`: 32 KiB).
    private static final int LARGEST_DATAGRAM = 65536;

    /// `SOL_NETLINK` options.
    enum Option {
        /// A broadcast that did not fit into our buffer counts as not delivered. Then, if nobody else got it, the
        /// kernel takes back the larval state of an acquire, and the next packet raises another.
        BROADCAST_ERROR(4),
        /// Acknowledgements repeat only the header of what we sent, not its keys.
        CAP_ACK(10),
        /// Acknowledgements have sentences.
        EXT_ACK(11);

        private final int number;

        Option(int number) {
            this.number = number;
        }
    }

    /// What a read brought.
    sealed interface Received {
        /// From the kernel, never from another process.
        record Datagram(Secret bytes) implements Received {}

        /// Some were lost, for want of room in the socket's buffer or in ours.
        record Lost() implements Received {}

        record Nothing() implements Received {}
    }

    private final int descriptor;
    private final String name;
    private final MemorySegment buffer = Arena.ofAuto().allocate(LARGEST_DATAGRAM);
    private final MemorySegment sender = Arena.ofAuto().allocate(Libc.SOCKADDR_NL, 4);
    private boolean closed;

    private NetlinkSocket(int descriptor, String name) {
        this.descriptor = descriptor;
        this.name = name;
    }

    /// @param groups the multicast groups to hear, group 1 being bit 0
    static NetlinkSocket open(int protocol, int groups) throws SystemCallFailed {
        var name = protocol == XFRM ? "NETLINK_XFRM" : "NETLINK_ROUTE";
        int descriptor = Libc.socket(protocol);
        if (descriptor < 0) throw new SystemCallFailed("opening a %s socket".formatted(name), -descriptor);
        var socket = new NetlinkSocket(descriptor, name);
        int bound = Libc.bind(descriptor, groups);
        if (bound < 0) {
            socket.close();
            throw new SystemCallFailed(
                    groups == 0 ? "binding a %s socket".formatted(name) : "listening to %s".formatted(name), -bound);
        }
        return socket;
    }

    void set(Option option) throws SystemCallFailed {
        int result = Libc.setOption(descriptor, Libc.SOL_NETLINK, option.number, 1);
        if (result < 0) throw new SystemCallFailed("setting %s on %s".formatted(option, name), -result);
    }

    /// Makes room for `bytes` of what we have not read yet, by privilege if we have it.
    ///
    /// @return the room there is now
    int reserve(int bytes) {
        if (Libc.setOption(descriptor, Libc.SOL_SOCKET, Libc.SO_RCVBUFFORCE, bytes) < 0) {
            // bounded by net.core.rmem_max, so its success says little
            Libc.setOption(descriptor, Libc.SOL_SOCKET, Libc.SO_RCVBUF, bytes);
        }
        // the kernel doubles what it is told, for its own bookkeeping
        return Math.max(0, Libc.getOption(descriptor, Libc.SOL_SOCKET, Libc.SO_RCVBUF)) / 2;
    }

    void send(Secret message) throws SystemCallFailed {
        var bytes = message.expose();
        long sent;
        do sent = Libc.send(descriptor, bytes);
        while (sent == -Errno.EINTR);
        Arrays.fill(bytes, (byte) 0);
        if (sent < 0) throw new SystemCallFailed("sending to " + name, (int) -sent);
    }

    /// Whether it became readable in time.
    boolean await(int milliseconds) {
        return Libc.poll(milliseconds, descriptor) > 0;
    }

    int descriptor() {
        return descriptor;
    }

    /// Reads without waiting.
    Received receive() throws SystemCallFailed {
        while (true) {
            long length = Libc.receive(descriptor, buffer, sender);
            if (length == -Errno.EAGAIN) return new Received.Nothing();
            if (length == -Errno.EINTR) continue;
            if (length == -Errno.ENOBUFS || length > LARGEST_DATAGRAM) return new Received.Lost();
            if (length < 0) throw new SystemCallFailed("reading from " + name, (int) -length);
            // A process with CAP_NET_ADMIN can send to our port; only port 0 is the kernel.
            if (sender.get(ValueLayout.JAVA_INT, 4) != 0) continue;
            var bytes = buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
            buffer.asSlice(0, length).fill((byte) 0);
            return new Received.Datagram(Secret.owning(bytes));
        }
    }

    @Override
    public void close() {
        if (closed) return; // a number may be somebody else's by now
        closed = true;
        Libc.close(descriptor);
    }
}
