package ikebana;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import ikebana.auth.CertificateFuzz;
import ikebana.auth.RevocationFuzz;
import ikebana.ike.AnswerFuzz;
import ikebana.ike.IntermediateFuzz;
import ikebana.ike.NewcomerFuzz;
import ikebana.kernel.embedded.EspPacketFuzz;
import ikebana.settings.SettingsFuzz;
import ikebana.wire.IkeMessageFuzz;
import ikebana.wire.PayloadChainFuzz;
import ikebana.wire.PayloadFuzz;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What fuzzing ever found, and what reaches each corner of the decoders, once more in each build: src/test/fuzz.
class FuzzCorpusTest {
    private static final Path HOME = Path.of("src/test/fuzz");
    private static final Map<String, Consumer<byte[]>> TARGETS = Map.of(
            "ike-message", IkeMessageFuzz::fuzzerTestOneInput,
            "payload-chain", PayloadChainFuzz::fuzzerTestOneInput,
            "payload", PayloadFuzz::fuzzerTestOneInput,
            "newcomer", NewcomerFuzz::fuzzerTestOneInput,
            "answer", AnswerFuzz::fuzzerTestOneInput,
            "intermediate", IntermediateFuzz::fuzzerTestOneInput,
            "esp-packet", EspPacketFuzz::fuzzerTestOneInput,
            "certificate", CertificateFuzz::fuzzerTestOneInput,
            "revocation", RevocationFuzz::fuzzerTestOneInput,
            "settings", SettingsFuzz::fuzzerTestOneInput);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ike-message",
                "payload-chain",
                "payload",
                "newcomer",
                "answer",
                "intermediate",
                "esp-packet",
                "certificate",
                "revocation",
                "settings"
            })
    void theCorpusPasses(String target) throws IOException {
        var fuzz = Objects.requireNonNull(TARGETS.get(target));
        try (var files = Files.list(HOME.resolve(target))) {
            var corpus = files.toList();
            assertThat(corpus).isNotEmpty();
            for (var file : corpus) {
                var input = Files.readAllBytes(file);
                assertThatCode(() -> fuzz.accept(input)).as(file.toString()).doesNotThrowAnyException();
            }
        }
    }

    @Test
    void everyTargetOfThisModuleIsHere() throws IOException {
        try (var sources = Files.walk(Path.of("src/test/java"))) {
            assertThat(sources.filter(file -> file.toString().endsWith("Fuzz.java"))
                            .collect(Collectors.toSet()))
                    .hasSameSizeAs(TARGETS.keySet());
        }
        try (var corpora = Files.list(HOME)) {
            assertThat(corpora.map(folder -> folder.getFileName().toString())).hasSameElementsAs(TARGETS.keySet());
        }
    }
}
