package ikebana.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.auth.Credentials;
import ikebana.auth.Identity;
import ikebana.auth.IdentityPattern;
import ikebana.auth.PreSharedKey;
import ikebana.auth.Question;
import ikebana.auth.Verdict;
import ikebana.crypto.Entropy;
import ikebana.crypto.Prf;
import ikebana.settings.Settings;
import ikebana.wire.Bytes;
import ikebana.wire.Secret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyWatchTest {
    @TempDir
    Path folder;

    private Path file;
    private Path key;

    @BeforeEach
    void write() throws IOException {
        file = Files.writeString(folder.resolve("ikebana.conf"), """
                ikebana.profiles.dmvpn { local = 192.0.2.1, selector = gre, psk-file = key }
                """);
        key = Files.writeString(folder.resolve("key"), "one");
    }

    private KeyWatch watch() throws Exception {
        return new KeyWatch(file, Settings.load(file), Entropy.secure());
    }

    @Test
    void whatHasNotChangedIsNotReadAnew() throws Exception {
        var watch = watch();
        assertThat(watch.get()).isEmpty();
        Files.writeString(file, "nonsense");
        assertThat(watch.get()).isEmpty();
    }

    @Test
    void aChangedFileIsReadOnce() throws Exception {
        var watch = watch();
        Files.writeString(key, "another");
        assertThat(watch.get().map(KeyWatchTest::signature)).contains(signature(keys("another")));
        assertThat(watch.get()).isEmpty();
        Files.writeString(key, "a third");
        assertThat(watch.get().map(KeyWatchTest::signature)).contains(signature(keys("a third")));
    }

    @Test
    void whatCannotBeUsedIsNotTaken_andTheNextChangeCounts() throws Exception {
        var watch = watch();
        Files.writeString(key, "");
        assertThat(watch.get()).isEmpty();
        Files.delete(key);
        assertThat(watch.get()).isEmpty();
        Files.writeString(key, "another");
        assertThat(watch.get()).isPresent();
    }

    @Test
    void anotherWayToProveWhoWeAreNeedsAStart() throws Exception {
        var watch = watch();
        Files.writeString(file, """
                ikebana.profiles.other { local = 192.0.2.1, selector = gre, psk-file = key }
                """);
        Files.writeString(key, "another");
        assertThat(watch.get()).isEmpty();
    }

    private static Credentials keys(String psk) {
        var key = new PreSharedKey(IdentityPattern.of("*"), Secret.owning(psk.getBytes(StandardCharsets.US_ASCII)));
        return new Credentials(Map.of("dmvpn", List.of(key)), Entropy.secure());
    }

    private static Verdict signature(Credentials credentials) {
        return credentials.answer(
                new Question.Sign(
                        "dmvpn",
                        Optional.empty(),
                        Identity.of("192.0.2.2"),
                        Prf.HMAC_SHA2_256,
                        Bytes.of(new byte[32]),
                        Optional.empty()),
                Instant.EPOCH);
    }
}
