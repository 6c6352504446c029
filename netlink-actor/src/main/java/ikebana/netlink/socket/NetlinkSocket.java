package ikebana.netlink.socket;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import ikebana.wire.Bytes;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.Arrays;

/// One netlink socket. Not for several threads at once.
///
/// The only native code of the project: `socket`, `bind`, `setsockopt`, `send`, `poll`, `recv` and `close` of libc.
@SuppressWarnings("restricted")
public final class NetlinkSocket implements AutoCloseable {

    /// Which part of the kernel (include/uapi/linux/netlink.h).
    public enum Family {
        ROUTE(0),
        XFRM(6);

        private final int number;

        Family(int number) {
            this.number = number;
        }
    }

    /// What [#receive] found.
    public sealed interface Received {
        record Datagram(Bytes bytes) implements Received {}

        /// Nothing came in time.
        record Nothing() implements Received {}

        /// The socket's buffer was full, and messages are lost.
        record Overrun() implements Received {}
    }

    private static final int AF_NETLINK = 16;
    private static final int SOCK_RAW_CLOEXEC = 3 | 02000000;
    private static final int SOL_SOCKET = 1;
    private static final int SO_RCVBUF = 8;
    private static final int SO_RCVBUFFORCE = 33;
    private static final int SOL_NETLINK = 270;
    /// Tells a multicast listener, with ENOBUFS, also about messages that were lost on the way to others.
    private static final int NETLINK_BROADCAST_ERROR = 4;

    private static final short POLLIN = 1;
    private static final int ENOBUFS = 105;
    private static final int EINTR = 4;
    /// The kernel's own dumps fill at most 32 KiB.
    private static final int RECEIVE_BYTES = 64 * 1024;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout ERRNO_LAYOUT = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = ERRNO_LAYOUT.varHandle(MemoryLayout.PathElement.groupElement("errno"));

    private static final MethodHandle SOCKET =
            function("socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle BIND =
            function("bind", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle SETSOCKOPT =
            function("setsockopt", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle SEND =
            function("send", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
    private static final MethodHandle RECV =
            function("recv", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
    private static final MethodHandle POLL =
            function("poll", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
    private static final MethodHandle CLOSE = function("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

    private final Arena arena = Arena.ofShared();
    private final MemorySegment errno = arena.allocate(ERRNO_LAYOUT);
    private final MemorySegment buffer = arena.allocate(RECEIVE_BYTES);
    private final MemorySegment pollDescriptor = arena.allocate(8, 4);
    private final int descriptor;

    /// @param groups a mask of the old multicast groups; 0 for a socket that asks
    public NetlinkSocket(Family family, int groups) {
        descriptor = call(() -> (int) SOCKET.invokeExact(errno, AF_NETLINK, SOCK_RAW_CLOEXEC, family.number), "socket");
        // struct sockaddr_nl { u16 family; u16 pad; u32 pid; u32 groups; }
        var address = arena.allocate(12, 4);
        address.set(JAVA_SHORT, 0, (short) AF_NETLINK);
        address.set(JAVA_INT, 8, groups);
        try {
            call(() -> (int) BIND.invokeExact(errno, descriptor, address, 12), "bind");
        } catch (NetlinkFailure failure) {
            close();
            throw failure;
        }
    }

    /// Makes room for messages that wait to be read.
    ///
    /// @return whether the kernel gave all of it; without CAP_NET_ADMIN it gives no more than net.core.rmem_max
    public boolean reserve(int bytes) {
        if (option(SOL_SOCKET, SO_RCVBUFFORCE, bytes)) return true;
        option(SOL_SOCKET, SO_RCVBUF, bytes);
        return false;
    }

    /// From now on an overrun is told even when only the broadcast to others failed.
    public void reportBroadcastErrors() {
        option(SOL_NETLINK, NETLINK_BROADCAST_ERROR, 1);
    }

    public void send(Bytes message) {
        try (var scratch = Arena.ofConfined()) {
            var bytes = message.toArray();
            var copy = scratch.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
            call(() -> (long) SEND.invokeExact(errno, descriptor, copy, (long) bytes.length, 0), "send");
            copy.fill((byte) 0); // it may have held keys
            Arrays.fill(bytes, (byte) 0);
        }
    }

    /// Waits for one datagram.
    public Received receive(Duration patience) {
        pollDescriptor.set(JAVA_INT, 0, descriptor);
        pollDescriptor.set(JAVA_SHORT, 4, POLLIN);
        pollDescriptor.set(JAVA_SHORT, 6, (short) 0);
        int millis = (int) Math.min(patience.toMillis(), Integer.MAX_VALUE);
        try {
            int ready = call(() -> (int) POLL.invokeExact(errno, pollDescriptor, 1L, millis), "poll");
            if (ready == 0) return new Received.Nothing();
            long length =
                    call(() -> (long) RECV.invokeExact(errno, descriptor, buffer, (long) RECEIVE_BYTES, 0), "recv");
            return new Received.Datagram(Bytes.of(buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE)));
        } catch (NetlinkFailure failure) {
            if (failure.errno() == ENOBUFS) return new Received.Overrun();
            if (failure.errno() == EINTR) return new Received.Nothing();
            throw failure;
        }
    }

    @Override
    public void close() {
        call(() -> (int) CLOSE.invokeExact(errno, descriptor), "close");
        arena.close();
    }

    private boolean option(int level, int name, int value) {
        try (var scratch = Arena.ofConfined()) {
            var holder = scratch.allocateFrom(JAVA_INT, value);
            call(() -> (int) SETSOCKOPT.invokeExact(errno, descriptor, level, name, holder, 4), "setsockopt");
            return true;
        } catch (NetlinkFailure refused) {
            return false;
        }
    }

    private interface Call<N extends Number> {
        N make() throws Throwable;
    }

    private <N extends Number> N call(Call<N> call, String name) {
        N result;
        try {
            result = call.make();
        } catch (Throwable impossible) {
            throw new IllegalStateException(name, impossible); // the handles' types are fixed above
        }
        if (result.longValue() < 0) throw new NetlinkFailure(name, (int) ERRNO.get(errno, 0L));
        return result;
    }

    private static MethodHandle function(String name, FunctionDescriptor type) {
        return LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow(name), type, Linker.Option.captureCallState("errno"));
    }
}
