package ikebana.settings;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import java.util.Comparator;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// docs/configuration.md, made of reference.conf: its first comment, then a chapter for each block and a paragraph for
/// each setting, in the order of the file.
final class ConfigurationPage {
    private static final String HEAD = """
            # Configuration

            <!-- Made from reference.conf by ConfigurationPageTest; change that, then run
                 mvn -q test -pl engine -Dtest=ConfigurationPageTest -Dregenerate -->

            """;

    private ConfigurationPage() {}

    static String of(String referenceConf, ConfigObject settings) {
        return HEAD + preface(referenceConf) + chapter("ikebana", block(settings, "ikebana"));
    }

    private static String preface(String referenceConf) {
        return referenceConf
                        .lines()
                        .takeWhile(line -> line.startsWith("#"))
                        .map(ConfigurationPage::withoutSign)
                        .map(line -> line.startsWith("  ") ? "  " + line : line) // Markdown's code
                        .collect(Collectors.joining("\n"))
                + "\n";
    }

    private static String chapter(String path, ConfigObject block) {
        var text = new StringBuilder("\n## `%s`\n".formatted(path));
        if (!comment(block).isEmpty()) text.append("\n").append(comment(block)).append("\n");
        inOrder(block)
                .filter(entry -> !(entry.getValue() instanceof ConfigObject))
                .forEach(entry ->
                        text.append("""

                        **`%s = %s`**<br>
                        %s
                        """.formatted(entry.getKey(), shown(entry.getValue()), comment(entry.getValue()))));
        inOrder(block)
                .filter(entry -> entry.getValue() instanceof ConfigObject)
                .forEach(entry -> text.append(chapter(path + "." + entry.getKey(), block(block, entry.getKey()))));
        return text.toString();
    }

    private static Stream<Map.Entry<String, ConfigValue>> inOrder(ConfigObject block) {
        return block.entrySet().stream()
                .sorted(Comparator.comparingInt(
                        entry -> entry.getValue().origin().lineNumber()));
    }

    private static ConfigObject block(ConfigObject parent, String key) {
        return parent.toConfig().getObject(key);
    }

    private static String shown(ConfigValue value) {
        if (value instanceof ConfigList list) {
            return list.stream().map(ConfigurationPage::shown).collect(Collectors.joining(", ", "[", "]"));
        }
        return String.valueOf(value.unwrapped());
    }

    static String comment(ConfigValue value) {
        return value.origin().comments().stream().map(String::strip).collect(Collectors.joining("\n"));
    }

    private static String withoutSign(String line) {
        return line.substring(Math.min(2, line.length()));
    }
}
