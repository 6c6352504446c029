package ikebana.tunnel;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import ikebana.auth.Authority;
import ikebana.auth.Authority.Wish;
import ikebana.auth.Inquiry;
import ikebana.auth.Responder;
import ikebana.crypto.Revocation.Status;
import ikebana.crypto.SeededEntropy;
import ikebana.settings.InquirySettings;
import ikebana.wire.Bytes;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.security.KeyPair;
import java.security.cert.CRLException;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Servers of all kinds, on loopback.
class HttpInquirerTest {
    private static final Instant NOW = Authority.NOW;
    private static final Duration PATIENT = Duration.ofSeconds(20);
    private static final Duration HOUR = Duration.ofHours(1);
    private static final KeyPair ROOT = Authority.pair("EC", 256, 1);
    private static final KeyPair END = Authority.edwards(2);

    private final Authority root = Authority.root("C=CH, O=Example, CN=Root", ROOT);
    private final X509Certificate spoke = root.issue(new Wish("CN=spoke", END));
    private final AtomicReference<Instant> now = new AtomicReference<>(NOW);
    private final AtomicInteger asked = new AtomicInteger();
    private final CountDownLatch never = new CountDownLatch(1);
    private final List<String> hosts = new ArrayList<>();
    private final HttpServer server;

    HttpInquirerTest() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    }

    @BeforeEach
    void start() {
        server.start();
    }

    @AfterEach
    void stop() {
        never.countDown();
        server.stop(0);
    }

    private static InquirySettings settings(Duration timeLimit, boolean allowLocal) {
        return new InquirySettings(timeLimit, 4096, 4096, 1, 2, 4, HOUR, Duration.ofMinutes(1), 16_384, allowLocal);
    }

    private HttpInquirer inquirer() {
        return inquirer(settings(PATIENT, true));
    }

    private HttpInquirer inquirer(InquirySettings settings) {
        return new HttpInquirer(settings, now::get, new SeededEntropy(1));
    }

    private void serves(String path, HttpHandler handler) {
        server.createContext(path, exchange -> {
            asked.incrementAndGet();
            hosts.add(exchange.getRequestHeaders().getFirst("host"));
            handler.handle(exchange);
        });
    }

    private static HttpHandler body(byte[] body) {
        return exchange -> answer(exchange, body);
    }

    private static void answer(HttpExchange exchange, byte[] body) throws IOException {
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    private static HttpHandler redirect(String to) {
        return exchange -> {
            exchange.getResponseHeaders().add("location", to);
            exchange.sendResponseHeaders(302, -1);
            exchange.close();
        };
    }

    private static HttpHandler list(X509CRL list) {
        return exchange -> {
            try {
                answer(exchange, list.getEncoded());
            } catch (CRLException broken) {
                throw new IOException(broken);
            }
        };
    }

    private HttpHandler responder(Responder responder) {
        return exchange -> {
            assertThat(exchange.getRequestHeaders().getFirst("content-type")).isEqualTo("application/ocsp-request");
            var request = Bytes.of(exchange.getRequestBody().readAllBytes());
            answer(exchange, responder.answer(request).toArray());
        };
    }

    private URI at(String path) {
        return URI.create("http://localhost:%d%s".formatted(server.getAddress().getPort(), path));
    }

    private Inquiry forList(String... paths) {
        return new Inquiry.RevocationList(
                spoke, root.certificate(), List.of(paths).stream().map(this::at).toList());
    }

    private Inquiry forStatus(String path) {
        return new Inquiry.Ocsp(spoke, root.certificate(), List.of(at(path)));
    }

    private static Status status(HttpInquirer inquirer, Inquiry inquiry) {
        return Objects.requireNonNull(
                inquirer.ask(List.of(inquiry)).toCompletableFuture().join().get(inquiry));
    }

    private static String why(HttpInquirer inquirer, Inquiry inquiry) {
        return ((Status.Unknown) status(inquirer, inquiry)).why();
    }

    private X509CRL current(X509Certificate... revoked) {
        return root.list(now.get().minusSeconds(60), now.get().plus(HOUR.multipliedBy(2)), revoked);
    }

    // ---- answers

    @Test
    void aListAndAResponderSayWhatTheyKnow() {
        serves("/revoked", list(current(spoke)));
        serves("/good", list(current()));
        serves("/ocsp-revoked", responder(new Responder(root.certificate(), ROOT).revoking()));
        serves("/ocsp-good", responder(new Responder(root.certificate(), ROOT)));
        assertThat(status(inquirer(), forList("/revoked")))
                .isEqualTo(new Status.Revoked(NOW.minusSeconds(60), "key compromise"));
        assertThat(status(inquirer(), forList("/good"))).isEqualTo(new Status.Good());
        assertThat(status(inquirer(), forStatus("/ocsp-revoked"))).isInstanceOf(Status.Revoked.class);
        assertThat(status(inquirer(), forStatus("/ocsp-good"))).isEqualTo(new Status.Good());
        assertThat(hosts).containsOnly("localhost:" + server.getAddress().getPort()); // the name, not the address
    }

    @Test
    void theFirstAddressThatSaysSomethingCounts() {
        serves("/noise", body(new byte[10]));
        serves("/good", list(current()));
        assertThat(status(inquirer(), forList("/nowhere", "/noise", "/good"))).isEqualTo(new Status.Good());
    }

    @Test
    void whatIsKeptIsNotFetchedAgain_andServesAllOfItsIssuer() {
        serves("/good", list(current()));
        var inquirer = inquirer();
        var other = new Inquiry.RevocationList(
                root.issue(new Wish("CN=other", END)), root.certificate(), List.of(at("/good")));
        var both = inquirer.ask(List.of(forList("/good"), other))
                .toCompletableFuture()
                .join();
        assertThat(both.values()).containsOnly(new Status.Good());
        assertThat(status(inquirer, forList("/good"))).isEqualTo(new Status.Good());
        assertThat(asked).hasValue(1);
        now.set(NOW.plus(HOUR).plusSeconds(1));
        assertThat(status(inquirer, forList("/good"))).isEqualTo(new Status.Good());
        assertThat(asked).hasValue(2);
    }

    @Test
    void anOlderAnswerCountsUntilItsEndWhereThereIsNoNewer() {
        var handler = new AtomicReference<>(list(current()));
        serves("/list", exchange -> handler.get().handle(exchange));
        var inquirer = inquirer();
        assertThat(status(inquirer, forList("/list"))).isEqualTo(new Status.Good());
        handler.set(body(new byte[3]));
        now.set(NOW.plus(HOUR).plusSeconds(1));
        assertThat(status(inquirer, forList("/list"))).isEqualTo(new Status.Good());
        assertThat(asked).hasValue(2);
        now.set(NOW.plus(HOUR.multipliedBy(3)));
        assertThat(why(inquirer, forList("/list")))
                .endsWith("/list: what it answers is no certificate revocation list");
    }

    // ---- what does not count

    @Test
    void whatIsOldOrSignedByAnotherOrNoiseDoesNotCountAndIsNotKept() {
        var impostor = Authority.root("C=CH, O=Example, CN=Root", Authority.pair("EC", 256, 9));
        serves("/old", list(root.list(NOW.minus(HOUR.multipliedBy(2)), NOW.minus(HOUR))));
        serves("/forged", list(impostor.list(NOW.minusSeconds(1), NOW.plus(HOUR), spoke)));
        serves(
                "/ocsp-forged",
                responder(new Responder(impostor.certificate(), Authority.pair("EC", 256, 9)).revoking()));
        serves(
                "/ocsp-old",
                responder(new Responder(root.certificate(), ROOT).valid(NOW.minus(HOUR), Optional.empty())));
        serves("/ocsp-other", responder(new Responder(root.certificate(), ROOT).forAnotherCertificate()));
        serves("/ocsp-nonce", responder(new Responder(root.certificate(), ROOT).withAnotherNonce()));
        serves("/ocsp-noise", body(new byte[100]));
        var inquirer = inquirer();
        for (var path : List.of("/old", "/forged")) {
            assertThat(why(inquirer, forList(path))).contains(path + ": its answer does not count: ");
        }
        for (var path : List.of("/ocsp-forged", "/ocsp-old", "/ocsp-other", "/ocsp-nonce", "/ocsp-noise")) {
            assertThat(why(inquirer, forStatus(path))).contains(path + ": its answer does not count: ");
        }
        assertThat(inquirer.kept()).isZero();
    }

    @Test
    void whatIsTooLargeIsNotReadToItsEnd() {
        serves("/endless", exchange -> {
            exchange.sendResponseHeaders(200, 0);
            try (var out = exchange.getResponseBody()) {
                while (true) out.write(new byte[1024]);
            }
        });
        assertThat(why(inquirer(), forList("/endless"))).contains("/endless: ").contains("4096");
        assertThat(why(inquirer(), forStatus("/endless")))
                .contains("/endless: ")
                .contains("4096");
    }

    @Test
    void whoeverIsSlowIsNotWaitedFor() {
        serves("/slow", exchange -> {
            exchange.sendResponseHeaders(200, 100);
            exchange.getResponseBody().write(1);
            exchange.getResponseBody().flush();
            awaitEnd();
        });
        assertThat(why(inquirer(settings(Duration.ofMillis(200), true)), forList("/slow")))
                .containsAnyOf("nobody has answered in time", "there is no whole answer within 0.2s");
    }

    private void awaitEnd() {
        try {
            never.await();
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void whereNobodyListensThereIsNoAnswer() throws IOException {
        URI nowhere;
        try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nowhere = URI.create("http://127.0.0.1:%d/".formatted(free.getLocalPort()));
        }
        var inquiry = new Inquiry.RevocationList(spoke, root.certificate(), List.of(nowhere));
        assertThat(why(inquirer(), inquiry)).endsWith("/: it cannot be reached");
    }

    @Test
    void oneThatHasFailedIsLeftAloneForAWhile() {
        serves("/broken", exchange -> {
            exchange.sendResponseHeaders(500, -1);
            exchange.close();
        });
        var inquirer = inquirer();
        for (int i = 0; i < 3; i++) {
            assertThat(why(inquirer, forList("/broken"))).endsWith("/broken: it answers with status 500");
        }
        assertThat(asked).hasValue(1);
        now.set(NOW.plusSeconds(61));
        assertThat(why(inquirer, forList("/broken"))).endsWith("status 500");
        assertThat(asked).hasValue(2);
    }

    @Test
    void whatIsTooMuchAtOnceIsRefused_andTheRestIsAnswered() {
        var go = new CountDownLatch(1);
        for (int i = 0; i < 8; i++) {
            serves("/" + i, exchange -> {
                try {
                    go.await();
                } catch (InterruptedException stopped) {
                    Thread.currentThread().interrupt();
                }
                list(current()).handle(exchange);
            });
        }
        var inquirer = inquirer();
        var inquiries = new ArrayList<Inquiry>();
        for (int i = 0; i < 8; i++) inquiries.add(forList("/" + i));
        var all = inquirer.ask(inquiries).toCompletableFuture();
        // two run and four wait; the two others are refused, whichever they are
        while (inquirer.refused() < 2) Thread.onSpinWait();
        go.countDown();
        assertThat(all.join().values()).filteredOn(Status::isConclusive).hasSize(6);
        assertThat(all.join().values())
                .filteredOn(status -> !status.isConclusive())
                .containsOnly(new Status.Unknown("too much is being asked at once (certificates.inquiries.waiting)"));
    }

    // ---- where it goes

    @Test
    void aRedirectIsFollowedOnceAndToHttpOnly() {
        serves("/good", list(current()));
        serves("/moved", redirect("/good"));
        serves("/moved-twice", redirect("/moved"));
        serves("/round", redirect("/round"));
        serves("/file", redirect("file:///etc/passwd"));
        serves("/tls", redirect("https://localhost/"));
        serves("/nowhere", redirect("%%%"));
        assertThat(status(inquirer(), forList("/moved"))).isEqualTo(new Status.Good());
        assertThat(why(inquirer(), forList("/moved-twice"))).endsWith("it redirects more than 1 times");
        assertThat(why(inquirer(), forList("/round"))).endsWith("it redirects more than 1 times");
        for (var path : List.of("/file", "/tls", "/nowhere")) {
            assertThat(why(inquirer(), forList(path))).endsWith("it redirects to something else than HTTP");
        }
        assertThat(why(inquirer(), forStatus("/moved"))).endsWith("it answers with status 302");
    }

    @Test
    void thisHostIsNotAskedUnlessItIsAllowed() {
        serves("/good", list(current()));
        assertThat(why(inquirer(settings(PATIENT, false)), forList("/good")))
                .endsWith("which is not asked (certificates.inquiries.allow-local)");
        assertThat(asked).hasValue(0);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "127.9.9.9",
                "::1",
                "0.0.0.0",
                "0.1.2.3",
                "::",
                "169.254.169.254",
                "fe80::1",
                "224.0.0.1",
                "ff02::1",
                "255.255.255.255",
                "::ffff:127.0.0.1",
                "::127.0.0.1",
                "64:ff9b::7f00:1",
                "2002:7f00:1::"
            })
    void whereServicesTrustWhoeverReachesThemIsLocal(String address) throws IOException {
        assertThat(FetchTarget.isLocal(InetAddress.getByName(address))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"192.0.2.1", "10.1.2.3", "2001:db8::1", "fd00::1"})
    void whatAnAuthorityHasIsNot(String address) throws IOException {
        assertThat(FetchTarget.isLocal(InetAddress.getByName(address))).isFalse();
    }

    /// Several names for the loopback address, in the notations that some readers of addresses take.
    @ParameterizedTest
    @ValueSource(strings = {"http://127.1/", "http://2130706433/", "http://[::ffff:7f00:1]/", "http://localhost/"})
    void aNameIsJudgedByWhereItLeads(String address) {
        var inquiry = new Inquiry.RevocationList(spoke, root.certificate(), List.of(URI.create(address)));
        assertThat(why(inquirer(settings(PATIENT, false)), inquiry))
                .containsAnyOf("allow-local", "nobody knows the name", "there is no host in it");
    }

    // ---- memory

    @Test
    void theMemoryHasALimit_andWhatWasUsedLastStays() {
        for (int i = 0; i < 40; i++) serves("/list%02d".formatted(i), list(current()));
        var inquirer = inquirer();
        for (int i = 0; i < 40; i++) {
            assertThat(status(inquirer, forList("/list%02d".formatted(i)))).isEqualTo(new Status.Good());
            assertThat(status(inquirer, forList("/list00"))).isEqualTo(new Status.Good());
            assertThat(inquirer.kept()).isLessThanOrEqualTo(16_384);
        }
        assertThat(asked).hasValue(40);
        assertThat(status(inquirer, forList("/list01"))).isEqualTo(new Status.Good());
        assertThat(asked).hasValue(41);
    }
}
