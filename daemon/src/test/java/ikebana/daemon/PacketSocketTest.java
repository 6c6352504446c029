package ikebana.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.typed.ActorRef;
import akka.actor.typed.javadsl.Behaviors;
import ikebana.kernel.GreKey;
import ikebana.kernel.embedded.DropReason;
import ikebana.kernel.embedded.Effect;
import ikebana.kernel.embedded.EspPacket;
import ikebana.kernel.embedded.IpPacket;
import ikebana.port.KernelPort;
import ikebana.tunnel.EmbeddedKernelActor;
import ikebana.wire.Bytes;
import ikebana.wire.IpAddress;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.handler.codec.http.HttpMethod;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Mono;
import reactor.netty.ByteBufMono;
import reactor.netty.http.client.HttpClient;

/// The socket, with a kernel behind it that says what the story needs.
class PacketSocketTest {
    private static final ActorTestKit KIT = ActorTestKit.create();
    private static final IpPacket PACKET =
            IpPacket.gre(IpAddress.of("192.0.2.1"), IpAddress.of("192.0.2.2"), GreKey.of("1234"), bytes("hello"));
    private static final String QUERY = "?source=192.0.2.1&destination=192.0.2.2&key=1234";

    @TempDir
    private Path folder;

    private final BlockingQueue<IpPacket> injected = new LinkedBlockingQueue<>();
    private volatile Effect fate = new Effect.SendPlain(PACKET);
    private PacketSocket socket;

    @BeforeEach
    void start() throws IOException {
        ActorRef<KernelPort.Command> kernel = KIT.spawn(Behaviors.receiveMessage(command -> {
            switch (command) {
                case EmbeddedKernelActor.Inject(var packet, var replyTo) -> {
                    injected.add(packet);
                    replyTo.tell(fate);
                }
                case EmbeddedKernelActor.Describe(var replyTo) ->
                    replyTo.tell(new EmbeddedKernelActor.Traffic(
                            List.of(new EmbeddedKernelActor.Delivery(
                                    Instant.EPOCH,
                                    IpPacket.gre(
                                            PACKET.source(),
                                            PACKET.destination(),
                                            GreKey.of("1234"),
                                            bytes("a\u001b[2J\nb")))),
                            Map.of(DropReason.IN_STATE_PROTO_ERROR, 3L)));
                default -> throw new AssertionError(command);
            }
            return Behaviors.same();
        }));
        socket = PacketSocket.start(folder, kernel, KIT.scheduler());
    }

    @AfterEach
    void stop() {
        socket.close();
    }

    @AfterAll
    static void stopActors() {
        KIT.shutdownTestKit();
    }

    private static Bytes bytes(String text) {
        return Bytes.of(text.getBytes(StandardCharsets.UTF_8));
    }

    private String ask(HttpMethod method, String path, String body) {
        var client = HttpClient.create()
                .remoteAddress(() ->
                        new DomainSocketAddress(folder.resolve("packets.sock").toFile()))
                .headers(headers -> headers.set("Content-Length", body.getBytes(StandardCharsets.UTF_8).length));
        return Objects.requireNonNull(client.request(method)
                .uri(path)
                .send(ByteBufMono.fromString(Mono.just(body)))
                .responseSingle((response, content) ->
                        content.asString().map(text -> response.status().code() + " " + text.strip()))
                .block());
    }

    private String inject() {
        return ask(HttpMethod.POST, "/packets" + QUERY, "hello");
    }

    @Test
    void aPacketIsGivenToTheKernel_andTheAnswerIsItsFate() {
        assertThat(inject()).isEqualTo("200 left in the clear: no policy is about it");
        assertThat(injected).containsExactly(PACKET);
        fate = new Effect.Dropped(DropReason.OUT_NO_STATES, PACKET);
        assertThat(inject()).isEqualTo("200 dropped: XfrmOutNoStates");
        fate = new Effect.SendEsp(
                new EspPacket(PACKET.source(), PACKET.destination(), Optional.empty(), bytes("sealed")));
        assertThat(inject()).isEqualTo("200 sent as ESP to 192.0.2.2");
    }

    @Test
    void whatArrivedIsListed_withoutTheBytesThatATerminalObeys() {
        assertThat(ask(HttpMethod.GET, "/packets", ""))
                .isEqualTo("200 1970-01-01T00:00:00Z arrived from 192.0.2.1 to 192.0.2.2, key 1234: a.[2J.b\n"
                        + "XfrmInStateProtoError 3");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    POST   | /packets                                            | 400 say 'source' once
                    POST   | /packets?source=1.2.3.4&source=1.2.3.4              | 400 say 'source' once
                    POST   | /packets?source=1.2.3.4&destination=5.6.7.8&key=1x  | 400 '1x' is no GRE key
                    POST   | /packets?source=1.2.3.4&destination=::1&key=1       | 400 a packet from 1.2.3.4 to ::1 has two
                    POST   | /packets?source=here.example&destination=::1&key=1  | 400 'here.example' is no IP address
                    DELETE | /packets                                            | 405 /packets takes GET and POST
                    GET    | /                                                   | 404 there is nothing at /
                    """)
    void whatIsNoPacketIsRefusedWithASentence(String method, String path, String sentence) {
        assertThat(ask(HttpMethod.valueOf(method), path, "hello")).startsWith(sentence);
        assertThat(injected).isEmpty();
    }

    @Test
    void aPayloadThatNoPacketCarriesIsRefused() {
        assertThat(ask(HttpMethod.POST, "/packets" + QUERY, "x".repeat(1401)))
                .isEqualTo("413 say the payload's length; at most 1400");
        assertThat(injected).isEmpty();
    }

    @Test
    void onlyItsOwnUserMayConnect_andTheSocketOfAFormerRunIsReplaced() throws IOException {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("packets.sock"))))
                .isEqualTo("rw-------");
        try (var second = PacketSocket.start(folder, KIT.spawn(Behaviors.ignore()), KIT.scheduler())) {
            assertThat(second).isNotNull();
        }
    }
}
