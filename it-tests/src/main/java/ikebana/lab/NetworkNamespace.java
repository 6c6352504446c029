package ikebana.lab;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.invoke.MethodHandle;

/// Brings the thread that calls into a network namespace with a name (ip-netns(8), setns(2)). Sockets stay in the one
/// they were made in, so that one process can have sockets in many.
final class NetworkNamespace {
    private static final int CLONE_NEWNET = 0x4000_0000;

    private static final MethodHandle OPEN = call("open", ADDRESS, JAVA_INT);
    private static final MethodHandle SETNS = call("setns", JAVA_INT, JAVA_INT);
    private static final MethodHandle CLOSE = call("close", JAVA_INT);

    private NetworkNamespace() {}

    @SuppressWarnings("restricted")
    static void enter(String name) throws Throwable {
        try (var arena = Arena.ofConfined()) {
            int descriptor = (int) OPEN.invokeExact(arena.allocateFrom("/run/netns/" + name), 0);
            int refused = (int) SETNS.invokeExact(descriptor, CLONE_NEWNET);
            int ignored = (int) CLOSE.invokeExact(descriptor);
            if (refused != 0)
                throw new IllegalStateException("there is no network namespace " + name + ", or it needs root");
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
