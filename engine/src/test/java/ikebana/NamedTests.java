package ikebana;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What a page of docs names as its proof: tests, planted bugs, transcripts and scenarios.
final class NamedTests {
    private static final Path ROOT = Path.of("..");
    private static final Pattern NAME = Pattern.compile("`([^`]+)`");

    private NamedTests() {}

    static List<String> in(String cell) {
        return NAME.matcher(cell).results().map(found -> found.group(1)).toList();
    }

    /// Those that are not there.
    static List<String> missing(Stream<String> names) throws IOException {
        var tests = tests();
        return names.distinct().filter(name -> !exists(name, tests)).toList();
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
                    .flatMap(NamedTests::sources)
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
