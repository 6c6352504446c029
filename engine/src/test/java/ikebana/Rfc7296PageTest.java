package ikebana;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// docs/rfc7296.md says what shows that a clause is kept. What it names has to exist, or the page is a wish.
class Rfc7296PageTest {
    private static final Path ROOT = Path.of("..");
    private static final Pattern NAME = Pattern.compile("`([^`]+)`");

    /// A row of the two tables.
    private record Row(String number, String state, List<String> shownBy) {}

    private static List<Row> rows() throws IOException {
        try (var lines = Files.lines(ROOT.resolve("docs/rfc7296.md"))) {
            return lines.filter(line -> line.startsWith("| "))
                    .map(line -> Arrays.stream(line.split("\\|", -1))
                            .map(String::strip)
                            .toList())
                    .filter(cells -> cells.size() == 7 && !cells.get(3).equals("state"))
                    .map(cells -> new Row(cells.get(1), cells.get(3), names(cells.get(5))))
                    .toList();
        }
    }

    private static List<String> names(String cell) {
        return NAME.matcher(cell).results().map(found -> found.group(1)).toList();
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
        var tests = tests();
        var named = rows().stream().flatMap(row -> row.shownBy().stream()).distinct();
        assertThat(named.filter(name -> !exists(name, tests))).isEmpty();
    }

    private static boolean exists(String name, Map<String, Path> tests) {
        if (name.startsWith("lab ")) {
            return Files.isExecutable(ROOT.resolve("it-tests/lab/scenarios").resolve(name.substring(4), "run"));
        }
        if (name.endsWith(".txt"))
            return Files.exists(Path.of("src/test/resources/transcripts").resolve(name));
        var parts = name.split("\\.", 2);
        var file = tests.get(parts[0]);
        if (file == null) return false;
        return parts.length == 1
                || Pattern.compile(member(parts[0], parts[1]))
                        .matcher(text(file))
                        .find();
    }

    private static String member(String type, String name) {
        return type.equals("PlantedBug") ? "(?m)^    " + name + "\\(" : " void " + name + "\\(";
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /// The tests of all modules, and what the simulator must find.
    private static Map<String, Path> tests() throws IOException {
        try (var modules = Files.list(ROOT)) {
            return modules.map(module -> module.resolve("src/test/java"))
                    .filter(Files::isDirectory)
                    .flatMap(Rfc7296PageTest::sources)
                    .collect(Collectors.toMap(
                            file -> file.getFileName().toString().replace(".java", ""),
                            Function.identity(),
                            (a, _) -> a));
        }
    }

    private static Stream<Path> sources(Path folder) {
        try (var files = Files.walk(folder)) {
            return files
                    .filter(file -> file.toString().endsWith("Test.java") || file.endsWith("PlantedBug.java"))
                    .toList()
                    .stream();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
