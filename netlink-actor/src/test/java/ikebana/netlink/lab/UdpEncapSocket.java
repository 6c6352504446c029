package ikebana.netlink.lab;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.invoke.MethodHandle;

/// A UDP socket that gives ESP to the kernel (RFC 3948), which the JDK's own cannot.
final class UdpEncapSocket {
    private UdpEncapSocket() {}

    /// Opens one on `port` of every IPv4 address, for as long as this process lives.
    static void open(int port) throws Throwable {
        var socket = (int) call("socket", JAVA_INT, JAVA_INT, JAVA_INT).invokeExact(2, 2, 0);
        try (var arena = Arena.ofConfined()) {
            var address = arena.allocate(16, 4);
            address.set(JAVA_SHORT, 0, (short) 2);
            address.set(JAVA_SHORT, 2, Short.reverseBytes((short) port));
            int bound = (int) call("bind", JAVA_INT, ADDRESS, JAVA_INT).invokeExact(socket, address, 16);
            // IPPROTO_UDP, UDP_ENCAP, UDP_ENCAP_ESPINUDP
            int set = (int) call("setsockopt", JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT)
                    .invokeExact(socket, 17, 100, arena.allocateFrom(JAVA_INT, 2), 4);
            if (bound != 0 || set != 0) throw new IllegalStateException("no UDP_ENCAP socket on port " + port);
        }
    }

    @SuppressWarnings("restricted")
    private static MethodHandle call(String name, MemoryLayout... parameters) {
        return Linker.nativeLinker()
                .downcallHandle(
                        Linker.nativeLinker().defaultLookup().findOrThrow(name),
                        FunctionDescriptor.of(JAVA_INT, parameters));
    }
}
