package ikebana.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import ikebana.auth.Endpoint;
import ikebana.auth.Identity;
import ikebana.control.Answer;
import ikebana.control.Order;
import ikebana.control.Tunnel;
import ikebana.port.ControlPort;
import ikebana.settings.ControlSettings;
import ikebana.wire.Bytes;
import ikebana.wire.IkeSpi;
import ikebana.wire.IpAddress;
import ikebana.wire.Spi;
import ikebana.wire.UdpAddress;
import io.netty.buffer.Unpooled;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;

/// The control socket as a client meets it; the engine is a probe that answers as each story needs.
class ControlServerTest {
    private static final ActorTestKit KIT = ActorTestKit.create();
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Endpoint ENDPOINT =
            new Endpoint("dmvpn", IpAddress.of("192.0.2.1"), IpAddress.of("192.0.2.2"));
    private static final String BODY = """
            {"profile": "dmvpn", "local": "192.0.2.1", "remote": "192.0.2.2"}""";

    @TempDir
    private Path folder;

    private final TestProbe<ControlPort.Give> engine = KIT.createTestProbe();
    private ControlServer server;

    private record Heard(int status, String type, JsonNode body) {
        String detail() {
            return body.path("detail").asText();
        }
    }

    /// A request that is under way.
    private record Pending(CompletableFuture<@Nullable Heard> heard) {
        Heard get() {
            return Objects.requireNonNull(heard.join());
        }
    }

    @BeforeEach
    void start() throws IOException {
        server = start(settings(2, Duration.ofSeconds(5)));
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    @AfterAll
    static void stopActors() {
        KIT.shutdownTestKit();
    }

    @Test
    void upIsAnOrderThatIsAnsweredWithTheTunnel() throws Exception {
        var heard = post("/v1/up", BODY);

        var given = engine.receiveMessage();
        assertThat(given.order()).isEqualTo(new Order.Up(ENDPOINT, Duration.ofSeconds(30)));
        given.replyTo().tell(new Answer.Done(tunnel()));

        assertThat(heard.get().status()).isEqualTo(200);
        assertThat(heard.get().type()).isEqualTo("application/json");
        assertThat(heard.get().body()).isEqualTo(JSON.readTree("""
                {"tunnel": {
                  "profile": "dmvpn", "local": "192.0.2.1", "remote": "192.0.2.2",
                  "phase": "up", "since": "2026-11-24T10:00:00Z",
                  "ikeSas": [{
                    "initiatorSpi": "0000000000000001", "responderSpi": "0000000000000002", "initiator": true,
                    "local": "192.0.2.1:500", "remote": "192.0.2.2:500",
                    "localIdentity": "192.0.2.1", "remoteIdentity": "hub.example",
                    "suite": "aes256gcm16-prfsha256-x25519",
                    "children": [{
                      "inboundSpi": "c0000001", "outboundSpi": "c0000002", "reqid": 7, "suite": "aes256gcm16-esn"
                    }]
                  }]
                }}
                """));
    }

    @Test
    void aClientMayBringItsOwnPatience() {
        post("/v1/up", BODY.replace("}", ", \"patienceSeconds\": 1.5}"));

        assertThat(engine.receiveMessage().order()).isEqualTo(new Order.Up(ENDPOINT, Duration.ofMillis(1500)));
    }

    @Test
    void downOfATunnelThatIsNotThereIsDone() throws Exception {
        var heard = post("/v1/down", BODY);

        var given = engine.receiveMessage();
        assertThat(given.order()).isEqualTo(new Order.Down(ENDPOINT));
        given.replyTo().tell(new Answer.NoTunnel("there is no tunnel"));

        assertThat(heard.get().status()).isEqualTo(200);
        assertThat(heard.get().body()).isEqualTo(JSON.readTree("""
                {"note": "there is no tunnel"}"""));
    }

    @Test
    void theListHasEveryTunnel() throws Exception {
        var heard = get("/v1/tunnels");

        var given = engine.receiveMessage();
        assertThat(given.order()).isEqualTo(new Order.ListTunnels());
        given.replyTo().tell(new Answer.Tunnels(List.of(tunnel(), tunnel())));

        assertThat(heard.get().body().path("tunnels")).hasSize(2);
    }

    @Test
    void whoAsksForTextGetsATable() throws Exception {
        var heard = text("/v1/tunnels", "text/plain");
        engine.receiveMessage().replyTo().tell(new Answer.Tunnels(List.of(tunnel())));

        assertThat(heard.join()).isEqualTo("""
                PROFILE  LOCAL      REMOTE     PHASE  SINCE                 PEER         NOTE
                dmvpn    192.0.2.1  192.0.2.2  up     2026-11-24T10:00:00Z  hub.example
                """);
    }

    @Test
    void whoAsksForTextAboutOneTunnelGetsAFewLines() throws Exception {
        var heard = text("/v1/tunnels/dmvpn/192.0.2.1/192.0.2.2", "text/plain, */*;q=0.1");
        engine.receiveMessage().replyTo().tell(new Answer.Done(tunnel()));

        assertThat(heard.join()).isEqualTo("""
                dmvpn 192.0.2.1 -> 192.0.2.2
                  phase     up since 2026-11-24T10:00:00Z
                  IKE SA    0000000000000001 0000000000000002
                    began   here
                    we      192.0.2.1 at 192.0.2.1:500
                    peer    hub.example at 192.0.2.2:500
                    suite   aes256gcm16-prfsha256-x25519
                    ESP     in c0000001, out c0000002, reqid 7, aes256gcm16-esn
                """);
    }

    @Test
    void aFailureAsTextIsItsSentence() throws Exception {
        var heard = text("/v1/tunnels/dmvpn/192.0.2.1/192.0.2.2", "text/plain");
        engine.receiveMessage().replyTo().tell(new Answer.NoTunnel("there is no such tunnel"));

        assertThat(heard.join()).isEqualTo("there is no such tunnel\n");
    }

    @Test
    void oneTunnelIsAskedForByItsName() throws Exception {
        var heard = get("/v1/tunnels/dmvpn/2001:db8::1/2001%3adb8::2");

        var given = engine.receiveMessage();
        assertThat(given.order())
                .isEqualTo(new Order.DescribeTunnel(
                        new Endpoint("dmvpn", IpAddress.of("2001:db8::1"), IpAddress.of("2001:db8::2"))));
        given.replyTo().tell(new Answer.Done(tunnel()));

        assertThat(heard.get().body().path("phase").asText()).isEqualTo("up");
    }

    @Test
    void aTunnelThatIsNotThereCannotBeShown() throws Exception {
        var heard = get("/v1/tunnels/dmvpn/192.0.2.1/192.0.2.2");
        engine.receiveMessage().replyTo().tell(new Answer.NoTunnel("there is no such tunnel"));

        assertProblem(heard.get(), 404, "no-such-tunnel", "there is no such tunnel");
    }

    @ParameterizedTest
    @EnumSource(Answer.Why.class)
    void aFailureIsAProblemWithItsSentence(Answer.Why why) throws Exception {
        var heard = post("/v1/up", BODY);
        engine.receiveMessage().replyTo().tell(new Answer.Failed(why, "because"));

        assertProblem(
                heard.get(),
                switch (why) {
                    case NO_SUCH_PROFILE -> 404;
                    case REFUSED -> 409;
                    case KERNEL -> 502;
                    case BUSY -> 503;
                    case NO_ANSWER, OUT_OF_PATIENCE -> 504;
                },
                why.name().toLowerCase(Locale.ROOT).replace('_', '-'),
                "because");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {                                                            | the body is not JSON: line 1, column 2
            []                                                           | the body has a value of another type
            null                                                         | the body is null
            {} {}                                                        | the body has a value of another type
            {"profile": "x", "profile": "x"}                             | the body is not JSON: line 1, column 27
            {"profile": "x", "remot": "192.0.2.1"}                       | unknown field 'remot'; known here: local, patienceSeconds, profile, remote
            {"profile": {}}                                              | profile has a value of another type
            {}                                                           | profile is missing
            {"profile": "x"}                                             | local is missing
            {"profile": "x", "local": "192.0.2.1"}                       | remote is missing
            {"profile": "x", "local": "here"}                            | local is no IP address: 'here'
            {"profile": "x", "local": "192.0.2.1", "remote": "0.0.0.0"}  | remote must be one address
            {"profile": "x", "local": "192.0.2.1", "remote": "2001:db8::1"} | local 192.0.2.1 and remote 2001:db8::1 are of two families
            {"profile": "x", "local": "192.0.2.1", "remote": "192.0.2.2", "patienceSeconds": 0}   | patienceSeconds must be more than nothing
            {"profile": "x", "local": "192.0.2.1", "remote": "192.0.2.2", "patienceSeconds": "1"} | patienceSeconds has a value of another type
            {"profile": "x", "local": "192.0.2.1", "remote": "192.0.2.2", "patienceSeconds": 1e9} | patienceSeconds must not be more than 600 (control.longest-patience)
            """)
    void aBodyThatIsNotAnOrderIsRefusedWithASentence(String body, String sentence) throws Exception {
        assertProblem(post("/v1/up", body).get(), 400, "invalid-request", sentence);
        engine.expectNoMessage(Duration.ZERO);
    }

    @Test
    void aPathWithNothingAtItIsAProblemToo() throws Exception {
        assertProblem(get("/").get(), 404, "no-such-resource", "there is nothing at /");
        assertProblem(get("/v1/tunnels/a").get(), 404, "no-such-resource", "there is nothing at /v1/tunnels/a");
        assertProblem(get("/v1/tunnels/a/b/c").get(), 400, "invalid-request", "local is no IP address: 'b'");
    }

    @Test
    void aWrongMethodIsToldTheRightOne() throws Exception {
        assertProblem(get("/v1/up").get(), 405, "method-not-allowed", "/v1/up takes POST");
        assertProblem(post("/v1/tunnels", BODY).get(), 405, "method-not-allowed", "/v1/tunnels takes GET");
    }

    @Test
    void aBodyThatDoesNotSayThatItIsJsonIsNotReadAsJson() throws Exception {
        assertProblem(
                send("POST", "/v1/up", BODY, "application/x-www-form-urlencoded")
                        .get(),
                415,
                "not-json",
                "send a JSON object, and say so: Content-Type: application/json");
    }

    @Test
    void aBodyThatIsTooLargeIsRefused() throws Exception {
        assertProblem(
                post("/v1/up", " ".repeat(2000) + BODY).get(),
                413,
                "request-too-large",
                "a request has at most 1024 bytes (control.largest-request)");
    }

    @Test
    void aRequestThatDoesNotArriveIsNotWaitedFor() throws Exception {
        restart(settings(2, Duration.ofMillis(200)));

        assertThat(raw("""
                POST /v1/up HTTP/1.1
                Host: x
                Content-Type: application/json
                Content-Length: 100

                {"profile":""")).startsWith("HTTP/1.1 408").contains("request-too-slow");
        assertThat(raw("POST /v1/up HT")).isEmpty(); // not even a request: closed
    }

    @Test
    void tooManyOrdersAtOnceAreRefused_andAnAnsweredOneMakesRoom() throws Exception {
        var first = post("/v1/up", BODY);
        var given = engine.receiveMessage();
        post("/v1/up", BODY);
        engine.receiveMessage();

        assertProblem(post("/v1/up", BODY).get(), 503, "busy", "2 orders wait already (control.queued-orders)");

        given.replyTo().tell(new Answer.Done(tunnel()));
        assertThat(first.get().status()).isEqualTo(200);
        post("/v1/up", BODY);
        engine.receiveMessage();
    }

    @Test
    void aClientThatLeavesMakesRoom() throws Exception {
        restart(settings(1, Duration.ofSeconds(5)));
        try (var client = connect()) {
            client.write(ascii("GET /v1/tunnels HTTP/1.1\r\nHost: x\r\n\r\n"));
            engine.receiveMessage();
        }

        engine.awaitAssert(() -> {
            var heard = get("/v1/tunnels");
            engine.receiveMessage(Duration.ofMillis(200)).replyTo().tell(new Answer.Tunnels(List.of()));
            return assertThat(heard.get().status()).isEqualTo(200);
        });
    }

    @Test
    void anEngineThatIsGoneIsAProblemAndNotAnEndlessWait() throws Exception {
        engine.stop();
        KIT.createTestProbe().expectTerminated(engine.getRef());

        assertProblem(
                get("/v1/tunnels").get(), 504, "out-of-patience", "the engine has not answered; it may be stopping");
    }

    @Test
    void aStopIsToldToThoseWhoWait() throws Exception {
        var heard = post("/v1/up", BODY);
        engine.receiveMessage();

        server.close();

        assertProblem(heard.get(), 503, "busy", "the daemon is stopping");
        server = start(settings(2, Duration.ofSeconds(5)));
    }

    @Test
    void theSocketIsTheOwnersAlone() throws Exception {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(server.socket())))
                .isEqualTo("rw-------");
    }

    @Test
    void aGroupMayBeAdmitted() throws Exception {
        var group = Files.readAttributes(folder, java.nio.file.attribute.PosixFileAttributes.class)
                .group();
        restart(new ControlSettings(
                folder.resolve("control.sock"),
                Optional.of(group.getName()),
                2,
                Duration.ofSeconds(30),
                Duration.ofMinutes(10),
                1024,
                Duration.ofSeconds(5)));

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(server.socket())))
                .isEqualTo("rw-rw----");
    }

    @Test
    void aStaleSocketIsReplaced_andTheSocketGoesWithTheServer() throws Exception {
        server.close();
        assertThat(server.socket()).doesNotExist();

        // as a daemon that was killed leaves it: there, and nobody listens
        ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                .bind(UnixDomainSocketAddress.of(server.socket()))
                .close();
        assertThat(server.socket()).exists();
        server = start(settings(2, Duration.ofSeconds(5)));
        var heard = get("/v1/tunnels");
        engine.receiveMessage().replyTo().tell(new Answer.Tunnels(List.of()));
        assertThat(heard.get().status()).isEqualTo(200);
    }

    @Test
    void aSocketThatAnotherDaemonServesIsLeftToIt() throws Exception {
        assertThatThrownBy(() -> start(settings(2, Duration.ofSeconds(5))))
                .hasMessage("the control socket %s is another daemon's: stop that one, or name another socket"
                        .formatted(server.socket()));
        var heard = get("/v1/tunnels");
        engine.receiveMessage().replyTo().tell(new Answer.Tunnels(List.of()));
        assertThat(heard.get().status()).isEqualTo(200);
    }

    @Test
    void aSocketThatCannotBeMadeIsSaid() {
        var nowhere = new ControlSettings(
                folder.resolve("missing/control.sock"),
                Optional.empty(),
                2,
                Duration.ofSeconds(30),
                Duration.ofMinutes(10),
                1024,
                Duration.ofSeconds(5));

        assertThatThrownBy(() -> start(nowhere))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith(
                        "the control socket %s cannot be made: ".formatted(folder.resolve("missing/control.sock")));
    }

    private static void assertProblem(Heard heard, int status, String word, String detail) {
        assertThat(heard.detail()).isEqualTo(detail);
        assertThat(heard.status()).isEqualTo(status);
        assertThat(heard.type()).isEqualTo("application/problem+json");
        assertThat(heard.body().path("type").asText()).isEqualTo("urn:ikebana:problem:" + word);
        assertThat(heard.body().path("status").asInt()).isEqualTo(status);
        assertThat(heard.body().path("title").asText()).isNotEmpty();
    }

    private void restart(ControlSettings settings) throws IOException {
        server.close();
        server = start(settings);
    }

    private ControlServer start(ControlSettings settings) throws IOException {
        ActorRef<ControlPort.Give> ref = engine.getRef();
        return ControlServer.start(settings, ref, KIT.scheduler());
    }

    private ControlSettings settings(int queuedOrders, Duration requestTimeLimit) {
        return new ControlSettings(
                folder.resolve("control.sock"),
                Optional.empty(),
                queuedOrders,
                Duration.ofSeconds(30),
                Duration.ofMinutes(10),
                1024,
                requestTimeLimit);
    }

    private Pending get(String path) {
        return send("GET", path, "", "");
    }

    private CompletableFuture<@Nullable String> text(String path, String accepted) {
        return HttpClient.newConnection()
                .remoteAddress(() -> new DomainSocketAddress(server.socket().toFile()))
                .headers(headers -> headers.set("Accept", accepted))
                .get()
                .uri(path)
                .responseContent()
                .aggregate()
                .asString()
                .toFuture();
    }

    private Pending post(String path, String body) {
        return send("POST", path, body, "application/json");
    }

    private Pending send(String method, String path, String body, String type) {
        return new Pending(HttpClient.newConnection()
                .remoteAddress(() -> new DomainSocketAddress(server.socket().toFile()))
                .headers(headers -> headers.set("Content-Type", type))
                .request(io.netty.handler.codec.http.HttpMethod.valueOf(method))
                .uri(path)
                .send(Mono.just(Unpooled.copiedBuffer(body, StandardCharsets.UTF_8)))
                .responseSingle((response, content) -> content.asString()
                        .map(text -> new Heard(
                                response.status().code(),
                                Objects.requireNonNullElse(
                                        response.responseHeaders().get("Content-Type"), ""),
                                parsed(text))))
                .toFuture());
    }

    /// What comes back until the server closes.
    private String raw(String request) throws IOException {
        try (var client = connect()) {
            client.write(ascii(request.replace("\n", "\r\n")));
            var heard = ByteBuffer.allocate(4096);
            while (client.read(heard) >= 0) {} // until the end
            return new String(heard.array(), 0, heard.position(), StandardCharsets.US_ASCII);
        }
    }

    private SocketChannel connect() throws IOException {
        var client = SocketChannel.open(StandardProtocolFamily.UNIX);
        client.connect(UnixDomainSocketAddress.of(server.socket()));
        return client;
    }

    private static ByteBuffer ascii(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static JsonNode parsed(String text) {
        try {
            return JSON.readTree(text);
        } catch (IOException notJson) {
            throw new AssertionError(text, notJson);
        }
    }

    @Test
    void aTunnelIsToldWithThePeersCertificate_andAListIsNot() throws Exception {
        var der = Files.readAllBytes(Path.of("../engine/src/test/resources/keys/ec-certificate.der"));
        var certified = tunnel(Optional.of(Bytes.of(der)));
        var heard = get("/v1/tunnels/dmvpn/192.0.2.1/192.0.2.2");
        engine.receiveMessage().replyTo().tell(new Answer.Done(certified));
        var certificate = heard.get().body().at("/ikeSas/0/remoteCertificate");
        assertThat(certificate.at("/subject").asText()).isEqualTo("C=CH, O=Example, CN=ec");
        assertThat(certificate.at("/serial").asText()).matches("[0-9A-F]{2,40}");
        assertThat(certificate.at("/notAfter").asText()).endsWith("Z");
        assertThat(certificate.at("/names").isArray()).isTrue();

        var list = get("/v1/tunnels");
        engine.receiveMessage().replyTo().tell(new Answer.Tunnels(List.of(certified)));
        assertThat(list.get().body().at("/tunnels/0/ikeSas/0/remoteCertificate").isMissingNode())
                .isTrue();
    }

    private static Tunnel tunnel() {
        return tunnel(Optional.empty());
    }

    private static Tunnel tunnel(Optional<Bytes> certificate) {
        var child = new Tunnel.ChildView(new Spi(0xc0000001), new Spi(0xc0000002), 7, "aes256gcm16-esn");
        var sa = new Tunnel.IkeSaView(
                new IkeSpi(1),
                new IkeSpi(2),
                true,
                new UdpAddress(ENDPOINT.local(), 500),
                new UdpAddress(ENDPOINT.remote(), 500),
                Optional.of(Identity.of("192.0.2.1")),
                Optional.of(Identity.of("hub.example")),
                certificate,
                Optional.of("aes256gcm16-prfsha256-x25519"),
                List.of(child));
        return new Tunnel(
                ENDPOINT, Tunnel.Phase.UP, Instant.parse("2026-11-24T10:00:00Z"), List.of(sa), Optional.empty());
    }
}
