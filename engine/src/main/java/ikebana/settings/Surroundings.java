package ikebana.settings;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// What decides where files go when the settings do not: who we are, and where such a user has room.
///
/// @param runtimeDirectory `$XDG_RUNTIME_DIR`
public record Surroundings(int userId, Optional<Path> runtimeDirectory) {

    public static Surroundings ofThisProcess() {
        try {
            int userId = (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
            var runtime = Optional.ofNullable(System.getenv("XDG_RUNTIME_DIR"))
                    .filter(text -> text.startsWith("/"))
                    .map(Path::of);
            return new Surroundings(userId, runtime);
        } catch (IOException noProc) {
            throw new UncheckedIOException("/proc is not there", noProc);
        }
    }

    /// The folder of the lock and the socket.
    Path runDirectory() {
        if (userId == 0) return Path.of("/run/ikebana");
        return runtimeDirectory
                .map(folder -> folder.resolve("ikebana"))
                .orElseGet(() -> Path.of("/tmp/ikebana-" + userId));
    }

    Path stateDirectory(Path runDirectory) {
        return userId == 0 ? Path.of("/var/lib/ikebana") : runDirectory.resolve("state");
    }
}
