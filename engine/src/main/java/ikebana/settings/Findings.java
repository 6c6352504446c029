package ikebana.settings;

import com.typesafe.config.ConfigOrigin;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/// What is wrong with the settings (problems) and what is merely risky (warnings), collected, so that an operator can
/// mend all of it at once.
final class Findings {
    private record Finding(String where, int line, String sentence) {
        static Finding at(ConfigOrigin origin, String sentence) {
            var where = Objects.requireNonNullElseGet(origin.filename(), origin::description);
            return new Finding(where, origin.lineNumber(), sentence);
        }

        @Override
        public String toString() {
            return line > 0 ? "%s: %d: %s".formatted(where, line, sentence) : "%s: %s".formatted(where, sentence);
        }
    }

    private final Set<Finding> problems = new LinkedHashSet<>();
    private final Set<Finding> warnings = new LinkedHashSet<>();
    private final Set<Path> keyFiles = new LinkedHashSet<>();

    void problem(ConfigOrigin origin, String sentence) {
        problems.add(Finding.at(origin, sentence));
    }

    void warning(ConfigOrigin origin, String sentence) {
        warnings.add(Finding.at(origin, sentence));
    }

    /// A file of keys is about to be read.
    void reads(Path keyFile) {
        keyFiles.add(keyFile);
    }

    List<Path> keyFiles() {
        return List.copyOf(keyFiles);
    }

    List<String> problems() {
        return inOrderOfLines(problems);
    }

    List<String> warnings() {
        return inOrderOfLines(warnings);
    }

    private static List<String> inOrderOfLines(Set<Finding> findings) {
        return findings.stream()
                .sorted(Comparator.comparing(Finding::where).thenComparingInt(Finding::line))
                .map(Finding::toString)
                .toList();
    }
}
