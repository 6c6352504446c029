package ikebana;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/// docs/known-attacks.md says what shows that Ikebana does not do what others did. What it names has to
/// exist.
class KnownAttacksPageTest {
    private static final Path PAGE = Path.of("../docs/known-attacks.md");

    private record Row(String which, String what, List<String> shownBy) {}

    private static List<Row> rows() throws IOException {
        try (var lines = Files.lines(PAGE)) {
            return lines.filter(line -> line.startsWith("| "))
                    .map(line -> Arrays.stream(line.split("\\|", -1))
                            .map(String::strip)
                            .toList())
                    .filter(cells ->
                            !cells.get(1).equals("which") && !cells.get(1).equals("where"))
                    .map(cells -> {
                        assertThat(cells).as(cells.toString()).hasSize(6);
                        return new Row(cells.get(1), cells.get(3), NamedTests.in(cells.get(4)));
                    })
                    .toList();
        }
    }

    @Test
    void everyRowSaysWhatIkebanaDoesAndNamesWhatShowsIt() throws IOException {
        assertThat(rows()).hasSizeGreaterThan(30).allSatisfy(row -> {
            assertThat(row.what()).as(row.which()).isNotEmpty();
            assertThat(row.shownBy()).as(row.which()).isNotEmpty();
        });
    }

    @Test
    void whatShowsItExists() throws IOException {
        assertThat(NamedTests.missing(rows().stream().flatMap(row -> row.shownBy().stream())))
                .isEmpty();
    }
}
