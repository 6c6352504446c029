package ikebana.http;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Scheduler;
import ikebana.port.ControlPort;
import ikebana.settings.ControlSettings;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.LoopResources;

/// The control socket. Who starts it holds the lock of its folder: a socket that is there belongs to nobody any more,
/// and is replaced.
public final class ControlServer implements AutoCloseable {
    private static final Duration QUIET = Duration.ZERO;
    private static final Duration LONGEST_STOP = Duration.ofSeconds(3);

    private final Path socket;
    private final Conversation conversation;
    private final LoopResources loop;
    private final DisposableServer server;

    private ControlServer(Path socket, Conversation conversation, LoopResources loop, DisposableServer server) {
        this.socket = socket;
        this.conversation = conversation;
        this.loop = loop;
        this.server = server;
    }

    /// Serves until it is closed; gives orders to `engine`.
    ///
    /// @throws IOException with a sentence, when the socket cannot be made
    public static ControlServer start(ControlSettings settings, ActorRef<ControlPort.Give> engine, Scheduler scheduler)
            throws IOException {
        var socket = settings.socket();
        if (isServed(socket)) {
            throw new IOException("the control socket %s is another daemon's: stop that one, or name another socket"
                    .formatted(socket));
        }
        var conversation = new Conversation(settings, engine, scheduler);
        var loop = LoopResources.create("control", 1, true); // one thread: it waits for tunnels, it does not work
        DisposableServer server = null;
        try {
            // under another name first, so that nobody meets it before its mode is right, or misses the one before
            var unnamed = socket.resolveSibling(socket.getFileName() + ".new");
            Files.deleteIfExists(unnamed);
            server = HttpServer.create()
                    .runOn(loop)
                    .bindAddress(() -> new DomainSocketAddress(unnamed.toFile()))
                    .maxConnections(2 * settings.queuedOrders()) // so that one too many still hears "busy"
                    .idleTimeout(settings.requestTimeLimit())
                    .handle(conversation::with)
                    .bindNow();
            admit(unnamed, settings);
            Files.move(unnamed, socket, StandardCopyOption.ATOMIC_MOVE);
            return new ControlServer(socket, conversation, loop, server);
        } catch (IOException | RuntimeException failure) {
            if (server != null) server.disposeNow(LONGEST_STOP);
            loop.disposeLater(QUIET, LONGEST_STOP).block();
            throw new IOException(
                    "the control socket %s cannot be made: %s".formatted(socket, failure.getMessage()), failure);
        }
    }

    /// A socket that nobody listens to was left by a daemon that was killed, and may be replaced.
    private static boolean isServed(Path socket) {
        try (var channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            return channel.connect(UnixDomainSocketAddress.of(socket));
        } catch (IOException nobody) {
            return false;
        }
    }

    private static void admit(Path socket, ControlSettings settings) throws IOException {
        var group = settings.group();
        if (group.isPresent()) {
            var principal =
                    socket.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByGroupName(group.get());
            Files.getFileAttributeView(socket, PosixFileAttributeView.class).setGroup(principal);
        }
        Files.setPosixFilePermissions(
                socket, PosixFilePermissions.fromString(group.isPresent() ? "rw-rw----" : "rw-------"));
    }

    public Path socket() {
        return socket;
    }

    /// Takes no more orders, tells those who wait that it stops, and removes the socket.
    @Override
    public void close() throws IOException {
        Files.deleteIfExists(socket);
        conversation.stop();
        server.disposeNow(LONGEST_STOP);
        loop.disposeLater(QUIET, LONGEST_STOP).block();
    }
}
