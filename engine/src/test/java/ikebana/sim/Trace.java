package ikebana.sim;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// What one seed leaves for whoever wants to see why it failed.
///
/// @param failure empty when all was well
record Trace(long seed, String story, Capture capture, Optional<Throwable> failure) {
    private static final Path FOLDER = Path.of(System.getProperty("simulations", "target/sim"));

    static Trace of(long seed, PlantedBug bug) {
        var world = new World(seed, bug, true);
        try {
            return new Trace(seed, world.run(), world.capture, Optional.empty());
        } catch (AssertionError | RuntimeException failure) {
            return new Trace(seed, world.story(), world.capture, Optional.of(failure));
        }
    }

    /// Where it is now.
    Path keep() {
        return keep(FOLDER.resolve(Long.toString(seed)));
    }

    Path keep(Path folder) {
        try {
            Files.createDirectories(folder);
            Files.writeString(folder.resolve("journal.txt"), story);
            capture.keep(folder);
            return folder.toAbsolutePath();
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }
}
