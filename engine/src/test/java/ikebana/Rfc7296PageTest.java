package ikebana;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// docs/rfc7296.md says what shows that a clause is kept. What it names has to exist, or the page is a wish.
class Rfc7296PageTest {
    private static final Path ROOT = Path.of("..");

    /// A row of the two tables.
    private record Row(String number, String state, List<String> shownBy) {}

    private static List<Row> rows() throws IOException {
        try (var lines = Files.lines(ROOT.resolve("docs/rfc7296.md"))) {
            return lines.filter(line -> line.startsWith("| "))
                    .map(line -> Arrays.stream(line.split("\\|", -1))
                            .map(String::strip)
                            .toList())
                    .filter(cells -> cells.size() == 7 && !cells.get(3).equals("state"))
                    .map(cells -> new Row(cells.get(1), cells.get(3), NamedTests.in(cells.get(5))))
                    .toList();
        }
    }

    @Test
    void everyRowSaysWhereItStands_andWhatIsDoneNamesWhatShowsIt() throws IOException {
        assertThat(rows()).hasSizeGreaterThan(60).allSatisfy(row -> {
            assertThat(row.state()).as(row.number()).isIn("done", "partly", "not yet", "not done");
            assertThat(row.shownBy().isEmpty())
                    .as(row.toString())
                    .isEqualTo(row.state().startsWith("not"));
        });
    }

    @Test
    void theClausesThatAreEasilyGotWrongAreAllThere() throws IOException {
        assertThat(rows().stream().map(Row::number).limit(38))
                .containsExactlyElementsOf(
                        IntStream.rangeClosed(1, 38).mapToObj(Integer::toString).toList());
    }

    @Test
    void whatShowsAClauseExists() throws IOException {
        var named = rows().stream().flatMap(row -> row.shownBy().stream()).distinct();
        assertThat(NamedTests.missing(named)).isEmpty();
    }
}
