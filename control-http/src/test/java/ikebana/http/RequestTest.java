package ikebana.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import ikebana.http.api.OrderDocument;
import ikebana.settings.ControlSettings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Whatever a client sends is understood or refused, and nothing else.
class RequestTest {
    private static final int DRAWS = 20_000;
    private static final ControlSettings SETTINGS = new ControlSettings(
            Path.of("/control.sock"),
            Optional.empty(),
            2,
            Duration.ofSeconds(30),
            Duration.ofMinutes(10),
            1024,
            Duration.ofSeconds(5));

    @Test
    void aBodyWithBytesChangedByChanceIsAnOrderOrRefused() {
        for (int seed = 0; seed < DRAWS; seed++) {
            var random = new Random(seed);
            var body = """
                    {"profile": "dmvpn", "local": "192.0.2.1", "remote": "192.0.2.2", "patienceSeconds": 1.5}""".getBytes(StandardCharsets.UTF_8);
            for (int changes = random.nextInt(4); changes >= 0; changes--) {
                body[random.nextInt(body.length)] = (byte) random.nextInt(256);
            }
            assertThat(request(body)).as("seed %d", seed).matches(RequestTest::isFinal);
        }
    }

    @Test
    void whatFuzzingFoundIsAnOrderOrRefused() throws IOException {
        try (var files = Files.list(Path.of("src/test/fuzz/http-request"))) {
            for (var file : files.toList()) {
                var input = Files.readAllBytes(file);
                assertThatCode(() -> HttpRequestFuzz.fuzzerTestOneInput(input))
                        .as(file.toString())
                        .doesNotThrowAnyException();
            }
        }
    }

    @Test
    void aBodyInAnotherEncodingIsRefused() {
        assertThat(request(new byte[] {0, 0, 0, '{', 0, 0x7f, 0, 0})).isInstanceOf(Request.Misunderstood.class);
    }

    @Test
    void aPathDrawnByChanceIsAnOrderOrRefused() {
        var letters = "/v1upaldowntes.%:0123456789abcdef?+ ";
        for (int seed = 0; seed < DRAWS; seed++) {
            var random = new Random(seed);
            var path = new StringBuilder("/v1/tunnels/");
            for (int length = random.nextInt(30); length > 0; length--) {
                path.append(letters.charAt(random.nextInt(letters.length())));
            }
            assertThat(Request.of("GET", path.toString(), SETTINGS))
                    .as("seed %d", seed)
                    .matches(RequestTest::isFinal);
        }
    }

    private static Request request(byte[] body) {
        try {
            var document = Json.read(body, OrderDocument.class);
            return Request.of("POST", "/v1/up", SETTINGS) instanceof Request.Needs(var reader)
                    ? reader.apply(document)
                    : new Request.TakesOnly("POST");
        } catch (IllegalArgumentException refused) {
            return new Request.Misunderstood(
                    new Problem(Problem.Kind.INVALID_REQUEST, String.valueOf(refused.getMessage())));
        }
    }

    private static boolean isFinal(Request request) {
        return switch (request) {
            case Request.Understood _, Request.Misunderstood _ -> true;
            case Request.Needs _, Request.TakesOnly _ -> false;
        };
    }
}
