package ikebana.settings;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// A settings file.
public final class SettingsFuzz {
    private static final Surroundings ROOT = new Surroundings(0, Optional.empty());
    private static final Path FILE = temporary();

    private SettingsFuzz() {}

    /// Fails only by throwing something else than [InvalidSettings], or one that says nothing.
    public static void fuzzerTestOneInput(byte[] text) {
        try {
            Files.write(FILE, text);
            var settings = Settings.load(FILE, ROOT);
            if (settings.toString().isEmpty()) throw new IllegalStateException("settings do not print");
        } catch (InvalidSettings refused) {
            if (String.valueOf(refused.getMessage()).isEmpty()) throw new IllegalStateException("no sentence");
        } catch (IOException full) {
            throw new UncheckedIOException(full);
        }
    }

    private static Path temporary() {
        try {
            var file = Files.createTempFile("settings", ".conf");
            file.toFile().deleteOnExit();
            return file;
        } catch (IOException full) {
            throw new UncheckedIOException(full);
        }
    }
}
