package ikebana.tunnel;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.crypto.SeededEntropy;
import ikebana.ike.CrashTokens;
import ikebana.wire.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CrashSecretTest {
    @TempDir
    private Path folder;

    private Optional<Secret> run(long seed) {
        return CrashSecret.load(folder, new SeededEntropy(seed));
    }

    private Path file() {
        return folder.resolve("crash-secret");
    }

    @Test
    void eachRunHasTheSecretOfTheFirstAndNobodyElseReadsIt() throws IOException {
        run(1);
        var first = Files.readAllBytes(file());
        run(2);
        assertThat(Files.readAllBytes(file())).isEqualTo(first).hasSize(CrashTokens.SECRET_LENGTH);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
                .isEqualTo("rw-------");
    }

    @Test
    void aFileThatIsNotWholeIsMadeAnew() throws IOException {
        Files.write(file(), new byte[] {1, 2, 3});
        assertThat(run(1)).isPresent();
        assertThat(Files.readAllBytes(file())).hasSize(CrashTokens.SECRET_LENGTH);
    }

    @Test
    void withoutADiskThereIsNoSecretAndTheDaemonRuns() {
        assertThat(CrashSecret.load(folder.resolve("missing"), new SeededEntropy(1)))
                .isEmpty();
    }
}
