package ikebana.settings;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Function;

/// One block of the settings: what the operator wrote, over what reference.conf has.
///
/// Nothing in here throws for an operator's mistake: it becomes a problem in [Findings], and reference.conf's value
/// stands in, so that the next mistake is found too.
///
/// @param path as the operator knows it, such as `ikebana.retransmission`
/// @param origin where the operator began the block
/// @param folder where relative paths start: the settings file's own
record Section(String path, ConfigOrigin origin, Config operators, Config reference, Path folder, Findings findings) {

    Section block(String key) {
        return new Section(
                path + "." + key,
                origin(key),
                operators.hasPath(key) ? operators.getConfig(key) : ConfigFactory.empty(),
                reference.getConfig(key),
                folder,
                findings);
    }

    /// The value of a setting that reference.conf has a default for; null is that default.
    <T> T get(String key, Conversion<T> conversion) {
        return written(operators, key, conversion)
                .or(() -> written(reference, key, conversion))
                .orElseThrow(
                        () -> new IllegalStateException("reference.conf has no usable %s.%s".formatted(path, key)));
    }

    /// The value of a setting that may be null.
    <T> Optional<T> optional(String key, Conversion<T> conversion) {
        return operators.root().containsKey(key)
                ? written(operators, key, conversion)
                : written(reference, key, conversion);
    }

    private <T> Optional<T> written(Config config, String key, Conversion<T> conversion) {
        var value = config.root().get(key);
        if (value == null || value.valueType() == ConfigValueType.NULL) return Optional.empty();
        try {
            return Optional.of(conversion.of(value));
        } catch (IllegalArgumentException mistake) {
            problem(value.origin(), key, String.valueOf(mistake.getMessage()));
            return Optional.empty();
        }
    }

    /// What `maker` makes of this block; if its constructor refuses, what it makes of reference.conf.
    <T> T make(Function<Section, T> maker) {
        try {
            return maker.apply(this);
        } catch (IllegalArgumentException mistake) {
            findings.problem(originOf(mistake), "%s: %s".formatted(path, mistake.getMessage()));
            return maker.apply(new Section(path, origin, ConfigFactory.empty(), reference, folder, findings));
        }
    }

    /// The line of the first setting that the sentence names and the operator wrote; else where the block begins.
    private ConfigOrigin originOf(IllegalArgumentException mistake) {
        return Arrays.stream(String.valueOf(mistake.getMessage()).split("[^a-z-]+"))
                .flatMap(word -> Optional.ofNullable(operators.root().get(word)).stream())
                .map(ConfigValue::origin)
                .findFirst()
                .orElse(origin);
    }

    /// Where a setting is written, or the block that lacks it.
    ConfigOrigin origin(String key) {
        var value = operators.root().get(key);
        return value == null ? origin : value.origin();
    }

    void problem(String key, String sentence) {
        problem(origin(key), key, sentence);
    }

    void problem(ConfigOrigin origin, String key, String sentence) {
        findings.problem(origin, "%s.%s: %s".formatted(path, key, sentence));
    }

    void warning(String key, String sentence) {
        findings.warning(origin(key), "%s.%s: %s".formatted(path, key, sentence));
    }
}
