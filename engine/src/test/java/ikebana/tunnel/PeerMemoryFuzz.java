package ikebana.tunnel;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// What the daemon finds in a peer's file in its state-dir, whoever has written it.
public final class PeerMemoryFuzz {
    private static final Path FOLDER = folder();

    private PeerMemoryFuzz() {}

    private static Path folder() {
        try {
            var folder = Files.createTempDirectory("peers");
            Files.createDirectory(folder.resolve("peers"));
            return folder;
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    /// Fails only by throwing: what cannot be read is passed over.
    public static void fuzzerTestOneInput(byte[] content) {
        try {
            Files.write(FOLDER.resolve("peers/dmvpn,192.0.2.1,192.0.2.2"), content);
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
        for (var identity : new PeerMemory(FOLDER).load().values()) {
            if (identity.toString() == null) throw new IllegalStateException("somebody without a name");
        }
    }
}
