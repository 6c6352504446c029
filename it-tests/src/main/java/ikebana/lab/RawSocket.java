package ikebana.lab;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import ikebana.wire.IpAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;

/// Sends IPv4 packets with headers of our own (raw(7)), many in one system call: in the lab's guest such a call
/// costs more than all else. The kernel fills in the header's checksum, its length and its identification.
final class RawSocket {
    private static final int AF_INET = 2;
    private static final int SOCK_RAW = 3;
    private static final int IPPROTO_RAW = 255;

    /// `struct sockaddr_in`, `struct iovec`, and `struct mmsghdr` with its name at 0, its length at 8,
    /// the vectors at 16, their number at 24.
    private static final long SOCKADDR_IN = 16;

    private static final long IOVEC = 16;
    private static final long MMSGHDR = 64;

    private static final MethodHandle SENDMMSG = call("sendmmsg", JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT);

    private final int descriptor;
    private final int length;
    private final MemorySegment packets;
    private final MemorySegment messages;

    /// @param copies of `packet` that there are
    RawSocket(Arena arena, IpAddress destination, byte[] packet, int copies) throws Throwable {
        descriptor = (int) call("socket", JAVA_INT, JAVA_INT, JAVA_INT).invokeExact(AF_INET, SOCK_RAW, IPPROTO_RAW);
        if (descriptor < 0) throw new IllegalStateException("there is no raw socket: it needs root");
        length = packet.length;
        packets = arena.allocate((long) copies * length, 8);
        messages = arena.allocate(copies * MMSGHDR, 8);
        var address = arena.allocate(SOCKADDR_IN, 8);
        address.set(JAVA_SHORT, 0, (short) AF_INET);
        MemorySegment.copy(destination.raw().toArray(), 0, address, JAVA_BYTE, 4, 4);
        var vectors = arena.allocate(copies * IOVEC, 8);
        for (int i = 0; i < copies; i++) {
            var copy = packets.asSlice((long) i * length, length);
            MemorySegment.copy(packet, 0, copy, JAVA_BYTE, 0, length);
            vectors.set(ADDRESS, i * IOVEC, copy);
            vectors.set(JAVA_LONG, i * IOVEC + 8, length);
            messages.set(ADDRESS, i * MMSGHDR, address);
            messages.set(JAVA_INT, i * MMSGHDR + 8, (int) SOCKADDR_IN);
            messages.set(ADDRESS, i * MMSGHDR + 16, vectors.asSlice(i * IOVEC, IOVEC));
            messages.set(JAVA_LONG, i * MMSGHDR + 24, 1);
        }
    }

    /// One of the packets, to be changed.
    ByteBuffer packet(int number) {
        return packets.asSlice((long) number * length, length).asByteBuffer();
    }

    /// Sends the first `count` of them.
    ///
    /// @return how many have gone
    int send(int count) throws Throwable {
        return (int) SENDMMSG.invokeExact(descriptor, messages, count, 0);
    }

    @SuppressWarnings("restricted")
    private static MethodHandle call(String name, MemoryLayout... parameters) {
        return Linker.nativeLinker()
                .downcallHandle(
                        Linker.nativeLinker().defaultLookup().findOrThrow(name),
                        FunctionDescriptor.of(JAVA_INT, parameters));
    }
}
