package ikebana.netlink.socket;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/// The system calls that a netlink socket needs, by way of libc. The only native code of Ikebana's own.
///
/// Every call returns what the system call returned, or `-errno`.
final class Libc {
    static final int AF_NETLINK = 16;
    static final int SOCK_RAW = 3;
    static final int SOCK_CLOEXEC = 0x80000;
    static final int SOL_SOCKET = 1;
    static final int SO_RCVBUF = 8;
    static final int SO_RCVBUFFORCE = 33;
    static final int SOL_NETLINK = 270;
    static final int MSG_TRUNC = 0x20;
    static final int MSG_DONTWAIT = 0x40;
    static final int EFD_CLOEXEC = 0x80000;
    static final short POLLIN = 1;

    /// ```
    /// struct sockaddr_nl {
    ///     unsigned short nl_family;    /* 0, then 2 of padding */
    ///     __u32 nl_pid;                /* 4, the port */
    ///     __u32 nl_groups;             /* 8 */
    /// };
    /// ```
    static final long SOCKADDR_NL = 12;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout CAPTURED = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = CAPTURED.varHandle(MemoryLayout.PathElement.groupElement("errno"));

    private static final MethodHandle SOCKET = call("socket", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle BIND = call("bind", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle SETSOCKOPT =
            call("setsockopt", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle GETSOCKOPT =
            call("getsockopt", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS);
    private static final MethodHandle SENDTO =
            call("sendto", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle RECVFROM =
            call("recvfrom", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS, ADDRESS);
    private static final MethodHandle POLL = call("poll", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
    private static final MethodHandle EVENTFD = call("eventfd", JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle WRITE = call("write", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
    private static final MethodHandle CLOSE = call("close", JAVA_INT, JAVA_INT);

    private Libc() {}

    static int socket(int protocol) {
        try (var arena = Arena.ofConfined()) {
            var captured = arena.allocate(CAPTURED);
            return result((int) SOCKET.invokeExact(captured, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol), captured);
        } catch (Throwable impossible) {
            throw notByDeclaration(impossible);
        }
    }

    /// Binds to a port of the kernel's choice and to the multicast groups whose bits are set.
    static int bind(int descriptor, int groups) {
        try (var arena = Arena.ofConfined()) {
            var captured = arena.allocate(CAPTURED);
            var address = kernelAddress(arena);
            address.set(JAVA_INT, 8, groups);
            return result((int) BIND.invokeExact(captured, descriptor, address, (int) SOCKADDR_NL), captured);
        } catch (Throwable impossible) {
            throw notByDeclaration(impossible);
        }
    }

    static int setOption(int descriptor, int level, int option, int value) {
        try (var arena = Arena.ofConfined()) {
            var captured = arena.allocate(CAPTURED);
            var pointer = arena.allocateFrom(JAVA_INT, value);
            return result((int) SETSOCKOPT.invokeExact(captured, descriptor, level, option, pointer, 4), captured);
        } catch (Throwable impossible) {
            throw notByDeclaration(impossible);
        }
    }

    static int getOption(int descriptor, int level, int option) {
        try (var arena = Arena.ofConfined()) {
            var captured = arena.allocate(CAPTURED);
            var pointer = arena.allocate(JAVA_INT);
            var length = arena.allocateFrom(JAVA_INT, 4);
            int result = result(
                    (int) GETSOCKOPT.invokeExact(captured, descriptor, level, option, pointer, length), captured);
            return result < 0 ? result : pointer.get(JAVA_INT, 0);
        } catch (Throwable impossible) {
            throw notByDeclaration(impossible);
        }
    }

    /// Sends to the kernel.
    static long send(int descriptor, byte[] message) {
        try (var arena = Arena.ofConfined()) {
            var captured = arena.allocate(CAPTURED);
            var copy = arena.allocate(Math.max(1, message.length));
            MemorySegment.copy(message, 0, copy, JAVA_BYTE, 0, message.length);
            long sent = (long) SENDTO.invokeExact(
                    captured, descriptor, copy, (long) message.length, 0, kernelAddress(arena), (int) SOCKADDR_NL);
            copy.fill((byte) 0); // there may be keys in it, and free() does not wipe
            return result(sent, captured);
        } catch (Throwable impossible) {
            throw notByDeclaration(impossible);
        }
    }

    /// Receives one datagram without waiting; returns its whole length, even if `buffer` holds only a part of it.
    ///
    /// @param sender room for a `sockaddr_nl`
    static long receive(int descriptor, MemorySegment buffer, MemorySegment sender) {
        try (var arena = Arena.ofConfined()) {
            var captured = arena.allocate(CAPTURED);
            var length = arena.allocateFrom(JAVA_INT, (int) SOCKADDR_NL);
            long received = (long) RECVFROM.invokeExact(
                    captured, descriptor, buffer, buffer.byteSize(), MSG_TRUNC | MSG_DONTWAIT, sender, length);
            return result(received, captured);
        } catch (Throwable impossible) {
            throw notByDeclaration(impossible);
        }
    }

    /// Waits until one of them can be read.
    ///
    /// ```
    /// struct pollfd { int fd; short events, revents; };
    /// ```
    ///
    /// @param milliseconds negative waits without end
    static int poll(int milliseconds, int... descriptors) {
        try (var arena = Arena.ofConfined()) {
            var captured = arena.allocate(CAPTURED);
            var wanted = arena.allocate(8L * descriptors.length, 4);
            for (int i = 0; i < descriptors.length; i++) {
                wanted.set(JAVA_INT, 8L * i, descriptors[i]);
                wanted.set(JAVA_SHORT, 8L * i + 4, POLLIN);
            }
            return result((int) POLL.invokeExact(captured, wanted, (long) descriptors.length, milliseconds), captured);
        } catch (Throwable impossible) {
            throw notByDeclaration(impossible);
        }
    }

    /// A descriptor that becomes readable by [#wake].
    static int waker() {
        try (var arena = Arena.ofConfined()) {
            var captured = arena.allocate(CAPTURED);
            return result((int) EVENTFD.invokeExact(captured, 0, EFD_CLOEXEC), captured);
        } catch (Throwable impossible) {
            throw notByDeclaration(impossible);
        }
    }

    static long wake(int waker) {
        try (var arena = Arena.ofConfined()) {
            var captured = arena.allocate(CAPTURED);
            return result((long) WRITE.invokeExact(captured, waker, arena.allocateFrom(JAVA_LONG, 1), 8L), captured);
        } catch (Throwable impossible) {
            throw notByDeclaration(impossible);
        }
    }

    static int close(int descriptor) {
        try (var arena = Arena.ofConfined()) {
            var captured = arena.allocate(CAPTURED);
            return result((int) CLOSE.invokeExact(captured, descriptor), captured);
        } catch (Throwable impossible) {
            throw notByDeclaration(impossible);
        }
    }

    /// Port 0, no groups: the kernel.
    private static MemorySegment kernelAddress(Arena arena) {
        var address = arena.allocate(SOCKADDR_NL, 4);
        address.set(JAVA_SHORT, 0, (short) AF_NETLINK);
        return address;
    }

    private static int result(int returned, MemorySegment captured) {
        return returned < 0 ? -(int) ERRNO.get(captured, 0L) : returned;
    }

    private static long result(long returned, MemorySegment captured) {
        return returned < 0 ? -(int) ERRNO.get(captured, 0L) : returned;
    }

    @SuppressWarnings("restricted") // this class is where we accept what native calls can do
    private static MethodHandle call(String name, MemoryLayout result, MemoryLayout... parameters) {
        return LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow(name),
                FunctionDescriptor.of(result, parameters),
                Linker.Option.captureCallState("errno"));
    }

    /// `invokeExact` declares `Throwable`; a native call throws nothing.
    private static RuntimeException notByDeclaration(Throwable thrown) {
        return thrown instanceof RuntimeException runtime ? runtime : new IllegalStateException(thrown);
    }
}
