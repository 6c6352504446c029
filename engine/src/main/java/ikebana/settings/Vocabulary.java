package ikebana.settings;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigValueType;
import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import java.util.TreeSet;

/// The words that reference.conf knows: a misspelt setting would else be one that silently keeps its default.
final class Vocabulary {
    private final ConfigObject reference;
    private final Findings findings;

    Vocabulary(ConfigObject reference, Findings findings) {
        this.reference = reference;
        this.findings = findings;
    }

    /// What of `written` can be read on: all unknown settings, and values where blocks must be, are problems and left
    /// out.
    ConfigObject understood(ConfigObject written) {
        return understood("", written, reference);
    }

    private ConfigObject understood(String path, ConfigObject written, ConfigObject known) {
        var kept = written;
        for (var entry : written.entrySet()) {
            var key = entry.getKey();
            var value = entry.getValue();
            var name = path.isEmpty() ? key : path + "." + key;
            var expected = path.equals("ikebana.profiles") ? profileDefaults() : known.get(key);
            if (expected == null) {
                findings.problem(value.origin(), unknown(name, key, known.keySet()));
                kept = kept.withoutKey(key);
            } else if (expected instanceof ConfigObject block) {
                if (value instanceof ConfigObject writtenBlock) {
                    kept = kept.withValue(key, understood(name, writtenBlock, block));
                } else {
                    if (value.valueType() != ConfigValueType.NULL) notABlock(value.origin(), name);
                    kept = kept.withoutKey(key);
                }
            }
        }
        return kept;
    }

    private void notABlock(ConfigOrigin origin, String name) {
        findings.problem(origin, "%s: must be a block: %s { ... }".formatted(name, name));
    }

    private ConfigObject profileDefaults() {
        return reference.toConfig().getObject("ikebana.profile-defaults");
    }

    static String unknown(String name, String key, Collection<String> known) {
        return "unknown setting %s; %s"
                .formatted(
                        name,
                        nearest(key, known)
                                .map("did you mean %s?"::formatted)
                                .orElseGet(() -> "known here: " + String.join(", ", new TreeSet<>(known))));
    }

    /// The word most like `wrong`, if it is alike enough that a slip of the finger explains it.
    static Optional<String> nearest(String wrong, Collection<String> known) {
        return known.stream()
                .filter(word -> distance(wrong, word) <= Math.max(2, wrong.length() / 3))
                .min(Comparator.<String>comparingInt(word -> distance(wrong, word))
                        .thenComparing(Comparator.naturalOrder()));
    }

    /// How many letters must be inserted, removed, replaced, or swapped with their neighbour to turn one word into the
    /// other.
    static int distance(String one, String other) {
        var rows = new int[one.length() + 1][other.length() + 1];
        for (int i = 0; i <= one.length(); i++) {
            for (int j = 0; j <= other.length(); j++) {
                if (i == 0 || j == 0) {
                    rows[i][j] = i + j;
                    continue;
                }
                int replaced = rows[i - 1][j - 1] + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
                rows[i][j] = Math.min(replaced, Math.min(rows[i - 1][j], rows[i][j - 1]) + 1);
                if (i > 1
                        && j > 1
                        && one.charAt(i - 1) == other.charAt(j - 2)
                        && one.charAt(i - 2) == other.charAt(j - 1)) {
                    rows[i][j] = Math.min(rows[i][j], rows[i - 2][j - 2] + 1);
                }
            }
        }
        return rows[one.length()][other.length()];
    }
}
