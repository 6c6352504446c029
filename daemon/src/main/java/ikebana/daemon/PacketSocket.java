package ikebana.daemon;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Scheduler;
import akka.actor.typed.javadsl.AskPattern;
import ikebana.kernel.GreKey;
import ikebana.kernel.embedded.Effect;
import ikebana.kernel.embedded.IpPacket;
import ikebana.port.KernelPort;
import ikebana.tunnel.EmbeddedKernelActor;
import ikebana.tunnel.EmbeddedKernelActor.Traffic;
import ikebana.wire.Bytes;
import ikebana.wire.IpAddress;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.resources.LoopResources;

/// What stands for the GRE interface of an embedded kernel: a Unix socket where a packet is given to it, and where
/// those that arrived are read. It is there with `kernel = embedded` only, and speaks HTTP and plain text,
/// for curl:
///
///     POST /packets?source=A&destination=B&key=K    the body is the packet's payload; the answer is its fate
///     GET  /packets                                 a line for each packet that arrived, and for each drop counter
final class PacketSocket implements AutoCloseable {
    /// In run-dir.
    private static final String NAME = "packets.sock";

    private static final int LARGEST_PAYLOAD = 1400;
    private static final Duration TIME_LIMIT = Duration.ofSeconds(5);
    private static final int CONNECTIONS = 64;

    private final ActorRef<KernelPort.Command> kernel;
    private final Scheduler scheduler;
    private final LoopResources loop = LoopResources.create("packets", 1, true);
    private final DisposableServer server;

    private PacketSocket(Path socket, ActorRef<KernelPort.Command> kernel, Scheduler scheduler) {
        this.kernel = kernel;
        this.scheduler = scheduler;
        this.server = HttpServer.create()
                .runOn(loop)
                .bindAddress(() -> new DomainSocketAddress(socket.toFile()))
                .maxConnections(CONNECTIONS)
                .idleTimeout(TIME_LIMIT)
                .handle(this::serve)
                .bindNow();
    }

    /// Who starts it holds the lock of `folder`: a socket that is there belongs to nobody any more, and is replaced.
    static PacketSocket start(Path folder, ActorRef<KernelPort.Command> kernel, Scheduler scheduler)
            throws IOException {
        // under another name first, so that nobody meets it before its mode is right
        var unnamed = folder.resolve(NAME + ".new");
        Files.deleteIfExists(unnamed);
        var started = new PacketSocket(unnamed, kernel, scheduler);
        Files.setPosixFilePermissions(unnamed, PosixFilePermissions.fromString("rw-------"));
        Files.move(unnamed, folder.resolve(NAME), StandardCopyOption.ATOMIC_MOVE);
        return started;
    }

    @Override
    public void close() {
        server.disposeNow();
        loop.disposeLater(Duration.ZERO, TIME_LIMIT).block();
    }

    private record Text(int status, String text) {}

    private Publisher<Void> serve(HttpServerRequest request, HttpServerResponse response) {
        return reply(request)
                .onErrorResume(failure -> Mono.just(new Text(500, String.valueOf(failure.getMessage()))))
                .flatMap(reply -> response.status(reply.status())
                        .header("Content-Type", "text/plain; charset=utf-8")
                        .keepAlive(false)
                        .sendByteArray(Mono.just((reply.text() + "\n").getBytes(StandardCharsets.UTF_8)))
                        .then());
    }

    private Mono<Text> reply(HttpServerRequest request) {
        var uri = new QueryStringDecoder(request.uri());
        if (!uri.path().equals("/packets")) return Mono.just(new Text(404, "there is nothing at " + uri.path()));
        return switch (request.method().name()) {
            case "GET" -> this.<Traffic>ask(EmbeddedKernelActor.Describe::new).map(it -> new Text(200, lines(it)));
            case "POST" ->
                isSmall(request)
                        ? request.receive()
                                .aggregate()
                                .asByteArray()
                                .defaultIfEmpty(new byte[0])
                                .flatMap(payload -> inject(uri.parameters(), payload))
                        : Mono.just(new Text(413, "say the payload's length; at most %d".formatted(LARGEST_PAYLOAD)));
            default -> Mono.just(new Text(405, "/packets takes GET and POST"));
        };
    }

    private static boolean isSmall(HttpServerRequest request) {
        return request.requestHeaders().getInt(HttpHeaderNames.CONTENT_LENGTH, Integer.MAX_VALUE) <= LARGEST_PAYLOAD;
    }

    private Mono<Text> inject(Map<String, List<String>> parameters, byte[] payload) {
        IpPacket packet;
        try {
            packet = packet(parameters, Bytes.of(payload));
        } catch (IllegalArgumentException mistake) {
            return Mono.just(new Text(400, String.valueOf(mistake.getMessage())));
        }
        return this.<Effect>ask(replyTo -> new EmbeddedKernelActor.Inject(packet, replyTo))
                .map(fate -> new Text(200, sentence(fate)));
    }

    private static IpPacket packet(Map<String, List<String>> parameters, Bytes payload) {
        var source = address(parameters, "source");
        var destination = address(parameters, "destination");
        if (source.isV4() != destination.isV4()) {
            throw new IllegalArgumentException(
                    "a packet from %s to %s has two families".formatted(source, destination));
        }
        return IpPacket.gre(source, destination, GreKey.of(parameter(parameters, "key")), payload);
    }

    private static IpAddress address(Map<String, List<String>> parameters, String name) {
        var text = parameter(parameters, name);
        try {
            return IpAddress.of(text);
        } catch (IllegalArgumentException _) {
            throw new IllegalArgumentException("'%s' is no IP address".formatted(text));
        }
    }

    private static String parameter(Map<String, List<String>> parameters, String name) {
        var values = parameters.getOrDefault(name, List.of());
        if (values.size() != 1) throw new IllegalArgumentException("say '%s' once".formatted(name));
        return values.getFirst();
    }

    private <T> Mono<T> ask(Function<ActorRef<T>, KernelPort.Command> question) {
        return Mono.fromCompletionStage(() -> AskPattern.ask(kernel, question::apply, TIME_LIMIT, scheduler));
    }

    private static String sentence(Effect fate) {
        return switch (fate) {
            case Effect.SendEsp(var esp) -> "sent as ESP to " + esp.destination();
            case Effect.SendPlain _ -> "left in the clear: no policy is about it";
            case Effect.Dropped(var reason, var _) -> "dropped: " + reason.counter();
            case Effect.Answered _, Effect.Noticed _, Effect.Delivered _ ->
                throw new IllegalStateException("no fate of a packet that leaves: " + fate);
        };
    }

    private static String lines(Traffic traffic) {
        var lines = new StringBuilder();
        for (var delivery : traffic.delivered()) {
            var packet = delivery.packet();
            lines.append("%s arrived from %s to %s%s: %s\n"
                    .formatted(
                            delivery.at(),
                            packet.source(),
                            packet.destination(),
                            packet.greKey().map(key -> ", key " + key).orElse(""),
                            printable(packet.payload())));
        }
        traffic.dropped().forEach((reason, count) -> lines.append("%s %d\n".formatted(reason.counter(), count)));
        return lines.toString().stripTrailing();
    }

    /// A peer chose these bytes, and a terminal obeys some.
    private static String printable(Bytes payload) {
        return new String(payload.toArray(), StandardCharsets.UTF_8).replaceAll("\\p{C}", ".");
    }
}
