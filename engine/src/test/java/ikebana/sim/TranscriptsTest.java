package ikebana.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Each story of [Stories] is told as its file says. `make transcripts` writes the files anew; the diff is the review.
class TranscriptsTest {
    private static final Path FOLDER = Path.of("src/test/resources/transcripts");
    private static final boolean REWRITE = "rewrite".equals(System.getProperty("transcripts"));

    static Stream<String> stories() {
        return Stories.ALL.keySet().stream();
    }

    @ParameterizedTest
    @MethodSource("stories")
    void theStoryIsToldAsItIsWritten(String name) throws IOException {
        var told = Stories.ALL.get(name).get();
        var file = FOLDER.resolve(name + ".txt");
        if (REWRITE) {
            Files.createDirectories(FOLDER);
            Files.writeString(file, told);
        }
        assertThat(file).as("make transcripts writes it").exists();
        assertThat(told)
                .as("%s; if this is better, make transcripts, and review the diff", file)
                .isEqualTo(Files.readString(file));
    }

    @Test
    void everyFileIsAStorys() throws IOException {
        try (var files = Files.list(FOLDER)) {
            var names = files.map(file -> file.getFileName().toString().replace(".txt", ""))
                    .collect(Collectors.toCollection(TreeSet::new));
            assertThat(Stories.ALL.keySet()).containsAll(names);
        }
    }
}
