package ikebana;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import ikebana.auth.CertificateFuzz;
import ikebana.auth.RevocationFuzz;
import ikebana.ike.AnswerFuzz;
import ikebana.ike.EstablishedFuzz;
import ikebana.ike.IntermediateFuzz;
import ikebana.ike.NewcomerFuzz;
import ikebana.kernel.embedded.EspPacketFuzz;
import ikebana.settings.SettingsFuzz;
import ikebana.tunnel.PeerMemoryFuzz;
import ikebana.wire.IkeMessageFuzz;
import ikebana.wire.PayloadChainFuzz;
import ikebana.wire.PayloadFuzz;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What fuzzing ever found, and what reaches each corner of the decoders, once more in each build: src/test/fuzz.
class FuzzCorpusTest {
    private static final Path HOME = Path.of("src/test/fuzz");
    private static final Map<String, Consumer<byte[]>> TARGETS = Map.ofEntries(
            Map.entry("ike-message", IkeMessageFuzz::fuzzerTestOneInput),
            Map.entry("payload-chain", PayloadChainFuzz::fuzzerTestOneInput),
            Map.entry("payload", PayloadFuzz::fuzzerTestOneInput),
            Map.entry("newcomer", NewcomerFuzz::fuzzerTestOneInput),
            Map.entry("answer", AnswerFuzz::fuzzerTestOneInput),
            Map.entry("intermediate", IntermediateFuzz::fuzzerTestOneInput),
            Map.entry("esp-packet", EspPacketFuzz::fuzzerTestOneInput),
            Map.entry("certificate", CertificateFuzz::fuzzerTestOneInput),
            Map.entry("revocation", RevocationFuzz::fuzzerTestOneInput),
            Map.entry("settings", SettingsFuzz::fuzzerTestOneInput),
            Map.entry("established", EstablishedFuzz::fuzzerTestOneInput),
            Map.entry("peer-memory", PeerMemoryFuzz::fuzzerTestOneInput));

    static Set<String> targets() {
        return TARGETS.keySet();
    }

    @ParameterizedTest
    @MethodSource("targets")
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
