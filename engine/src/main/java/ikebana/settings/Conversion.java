package ikebana.settings;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;

/// What makes a value of ours from one that an operator wrote. It refuses with an [IllegalArgumentException] whose
/// message is a sentence.
///
/// The library's own getters are too kind (`tries = 1.8` is 1 to them, `first-wait = 5` is five milliseconds), and
/// their messages name Java types.
@FunctionalInterface
interface Conversion<T> {
    T of(ConfigValue value);

    default <U> Conversion<U> then(Function<T, U> further) {
        return value -> further.apply(of(value));
    }

    static String text(ConfigValue value) {
        return switch (value.valueType()) {
            case STRING, NUMBER, BOOLEAN -> value.atKey("it").getString("it");
            case OBJECT, LIST, NULL -> throw new IllegalArgumentException("must be a text, not " + shown(value));
        };
    }

    /// One text, or a list of them.
    static List<String> texts(ConfigValue value) {
        if (!(value instanceof ConfigList list)) return List.of(text(value));
        if (list.isEmpty()) throw new IllegalArgumentException("must not be an empty list");
        return list.stream().map(Conversion::text).toList();
    }

    static int wholeNumber(ConfigValue value) {
        try {
            return Integer.parseInt(scalar(value));
        } catch (NumberFormatException _) {
            throw new IllegalArgumentException("must be a whole number, not " + shown(value));
        }
    }

    static long largeNumber(ConfigValue value) {
        try {
            return Long.parseLong(scalar(value));
        } catch (NumberFormatException _) {
            throw new IllegalArgumentException("must be a whole number, not " + shown(value));
        }
    }

    static double number(ConfigValue value) {
        try {
            double number = Double.parseDouble(scalar(value));
            if (Double.isFinite(number)) return number;
        } catch (NumberFormatException _) {
            // falls through to the one sentence below
        }
        throw new IllegalArgumentException("must be a number, not " + shown(value));
    }

    static boolean flag(ConfigValue value) {
        try {
            return value.atKey("it").getBoolean("it");
        } catch (ConfigException _) {
            throw new IllegalArgumentException("must be true or false, not " + shown(value));
        }
    }

    static Duration duration(ConfigValue value) {
        // without a unit the library means milliseconds, and hardly an operator does
        if (!scalar(value).matches("[-+0-9.eE]*")) {
            try {
                return value.atKey("it").getDuration("it");
            } catch (ConfigException _) {
                // falls through to the one sentence below
            }
        }
        throw new IllegalArgumentException(
                "must be a duration with its unit, such as 500 ms or 2 s, not " + shown(value));
    }

    /// In bytes.
    static long size(ConfigValue value) {
        try {
            return value.atKey("it").getBytes("it");
        } catch (ConfigException _) {
            throw new IllegalArgumentException("must be a size such as 16 KiB, not " + shown(value));
        }
    }

    /// A size that fits an array.
    static int smallSize(ConfigValue value) {
        long size = size(value);
        if (size < 0 || size > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("must be a size from 0 to 2 GiB, not " + shown(value));
        }
        return (int) size;
    }

    /// A constant of an enum, by its name in lower case.
    static <E extends Enum<E>> Conversion<E> oneOf(Class<E> type) {
        return value -> Arrays.stream(type.getEnumConstants())
                .filter(constant -> word(constant).equals(scalar(value)))
                .findAny()
                .orElseThrow(() -> new IllegalArgumentException("must be %s, not %s"
                        .formatted(
                                Arrays.stream(type.getEnumConstants())
                                        .map(Conversion::word)
                                        .collect(Collectors.joining(" or ")),
                                shown(value))));
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /// A path; a relative one starts in `folder`.
    static Conversion<Path> path(Path folder) {
        return value -> {
            try {
                return folder.resolve(text(value)).toAbsolutePath().normalize();
            } catch (InvalidPathException _) {
                throw new IllegalArgumentException("must be a path, not " + shown(value));
            }
        };
    }

    private static String scalar(ConfigValue value) {
        return value.valueType() == ConfigValueType.LIST || value.valueType() == ConfigValueType.OBJECT
                ? ""
                : text(value).strip();
    }

    private static String shown(ConfigValue value) {
        return switch (value.valueType()) {
            case OBJECT -> "a block";
            case LIST -> "a list";
            case NULL -> "null";
            case STRING, NUMBER, BOOLEAN -> "'%s'".formatted(text(value));
        };
    }
}
