package ikebana.lab;

import ikebana.daemon.Main;

/// Many daemons in this process, each in a network namespace of its own: the lab's guest has one CPU, on which twenty
/// processes would spend minutes on translating the same code twenty times.
///
/// A thread begins in the namespace of the thread that starts it, and a socket stays in that of the thread that opens
/// it. Each daemon is started by a thread that is in its namespace, and has pools of its own for all that opens
/// sockets. Whatever a process has once (virtual threads, which call hooks and write files; the JDK's own pools) opens
/// none. If that ever changes, the daemon's address is not there where it binds, and the scenario sees it.
public final class Daemons {
    private Daemons() {}

    /// @param arguments NAMESPACE=SETTINGS for each
    public static void main(String[] arguments) {
        for (var argument : arguments) {
            var namespaceAndSettings = argument.split("=", 2);
            Thread.ofPlatform()
                    .name(namespaceAndSettings[0])
                    .start(() -> run(namespaceAndSettings[0], namespaceAndSettings[1]));
        }
    }

    private static void run(String namespace, String settings) {
        try {
            NetworkNamespace.enter(namespace);
        } catch (Throwable refused) {
            throw new IllegalStateException(refused);
        }
        Main.main(new String[] {"--config", settings});
    }
}
