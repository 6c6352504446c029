package ikebana.daemon;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Runs ikebanactl as a shell does.
final class Program {
    private static final Path IKEBANACTL = Path.of("src/main/sh/ikebanactl").toAbsolutePath();

    private Program() {}

    record Ended(int status, String out, String err) {}

    static Ended ikebanactl(Map<String, String> environment, String... arguments)
            throws IOException, InterruptedException {
        var words = new ArrayList<>(List.of("sh", IKEBANACTL.toString()));
        words.addAll(List.of(arguments));
        var errors = Files.createTempFile("ikebanactl", ".err");
        var builder = new ProcessBuilder(words).redirectError(errors.toFile());
        builder.environment().remove("IKEBANA_SOCKET");
        builder.environment().putAll(environment);
        var process = builder.start();
        process.getOutputStream().close();
        var out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int status = process.waitFor();
        var err = Files.readString(errors);
        Files.delete(errors);
        return new Ended(status, out, err);
    }
}
