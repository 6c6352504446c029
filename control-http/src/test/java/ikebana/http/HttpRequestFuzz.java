package ikebana.http;

import ikebana.http.api.OrderDocument;
import ikebana.settings.ControlSettings;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;

/// A request to the control socket: a line with its path, and its body.
public final class HttpRequestFuzz {
    private static final ControlSettings SETTINGS = new ControlSettings(
            Path.of("/control.sock"),
            Optional.empty(),
            2,
            Duration.ofSeconds(30),
            Duration.ofMinutes(10),
            1024,
            Duration.ofSeconds(5));

    private HttpRequestFuzz() {}

    /// Fails only by throwing: whatever a client sends is understood or refused with a problem document.
    public static void fuzzerTestOneInput(byte[] input) {
        int line = 0;
        while (line < input.length && input[line] != '\n') line++;
        var path = new String(input, 0, line, StandardCharsets.UTF_8);
        var body = Arrays.copyOfRange(input, Math.min(line + 1, input.length), input.length);
        for (var method : new String[] {"GET", "POST"}) {
            switch (Request.of(method, path, SETTINGS)) {
                case Request.Needs(var order) -> {
                    try {
                        must(order.apply(Json.read(body, OrderDocument.class)));
                    } catch (IllegalArgumentException sentence) {
                        // what the server makes a problem document of
                    }
                }
                case Request other -> must(other);
            }
        }
    }

    private static void must(Request last) {
        if (last instanceof Request.Needs) throw new IllegalStateException("an order that needs another body");
    }
}
