package ikebana.settings;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ConfigurationPageTest {
    private static final Path PAGE = Path.of("../docs/configuration.md");

    /// `-Dregenerate` writes it anew.
    @Test
    void theConfigurationPageSaysWhatReferenceConfSays() throws IOException {
        var page = ConfigurationPage.of(
                Files.readString(Path.of("../reference.conf")),
                Settings.reference().root());
        if (System.getProperty("regenerate") != null) Files.writeString(PAGE, page);

        assertThat(Files.readString(PAGE)).isEqualTo(page);
    }

    @Test
    void everySettingHasItsComment() {
        assertThat(settings("", Settings.reference().root()))
                .allSatisfy(setting -> assertThat(ConfigurationPage.comment(setting.getValue()))
                        .as(setting.getKey())
                        .isNotEmpty());
    }

    private static Stream<Map.Entry<String, ConfigValue>> settings(String path, ConfigObject block) {
        return block.entrySet().stream()
                .flatMap(entry -> entry.getValue() instanceof ConfigObject inner && !inner.isEmpty()
                        ? settings(path + entry.getKey() + ".", inner)
                        : Stream.of(Map.entry(path + entry.getKey(), entry.getValue())));
    }
}
