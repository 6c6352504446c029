package ikebana.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ikebana.settings.Surroundings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LockedFolderTest {
    private static final int WE = Surroundings.ofThisProcess().userId();

    @TempDir
    private Path folder;

    @Test
    void aFolderThatIsMissingIsMadeForUsAlone() throws Exception {
        var run = folder.resolve("a/run");
        try (var locked = LockedFolder.of(run, "run-dir", WE)) {
            assertThat(locked.path()).isEqualTo(run);
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(run)))
                    .isEqualTo("rwx------");
            assertThat(run.resolve("ikebana.lock"))
                    .hasContent(ProcessHandle.current().pid() + "\n");
        }
    }

    @Test
    void theSecondIsToldWhoTheFirstIs() throws Exception {
        var run = folder.resolve("run");
        try (var _ = LockedFolder.of(run, "run-dir", WE)) {
            assertThatThrownBy(() -> LockedFolder.of(run, "run-dir", WE))
                    .isInstanceOf(LockedFolder.Unusable.class)
                    .hasMessage(
                            "run-dir: another daemon, process %d, has %s: stop it, or give this one another folder",
                            ProcessHandle.current().pid(), run);
        }
        LockedFolder.of(run, "run-dir", WE).close(); // the first has ended
    }

    @Test
    void aFolderOfSomebodyElseIsNotTaken() {
        assertThatThrownBy(() -> LockedFolder.of(folder, "run-dir", WE + 1))
                .isInstanceOf(LockedFolder.Unusable.class)
                .hasMessage("run-dir: %s belongs to somebody else: remove it, or name another folder", folder);
    }

    @Test
    void aFolderThatOthersMayWriteInIsNotTaken() throws Exception {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxr-x"));
        assertThatThrownBy(() -> LockedFolder.of(folder, "run-dir", WE))
                .isInstanceOf(LockedFolder.Unusable.class)
                .hasMessage("run-dir: others may write in %s: take that from them (chmod go-w)", folder);
    }

    @Test
    void aLinkIsNotFollowedAndAFileIsNoFolder() throws Exception {
        var link = Files.createSymbolicLink(folder.resolve("link"), Files.createDirectory(folder.resolve("target")));
        assertThatThrownBy(() -> LockedFolder.of(link, "run-dir", WE))
                .isInstanceOf(LockedFolder.Unusable.class)
                .hasMessage("run-dir: %s is not a folder", link);
        var file = Files.createFile(folder.resolve("file"));
        assertThatThrownBy(() -> LockedFolder.of(file, "run-dir", WE))
                .isInstanceOf(LockedFolder.Unusable.class)
                .hasMessage("run-dir: %s is not a folder", file);
        assertThatThrownBy(() -> LockedFolder.of(file.resolve("below"), "run-dir", WE))
                .isInstanceOf(LockedFolder.Unusable.class)
                .hasMessageStartingWith("run-dir: %s/below cannot be used: ".formatted(file));
    }
}
