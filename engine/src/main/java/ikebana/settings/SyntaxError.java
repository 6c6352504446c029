package ikebana.settings;

import com.typesafe.config.ConfigException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.regex.Pattern;

/// What to say about a file that is not HOCON.
///
/// The library's own messages quote what they stumbled over, which may be half of a key; so none of their words is
/// passed on.
final class SyntaxError {
    private static final Pattern LINE = Pattern.compile(": (\\d+): ");

    private SyntaxError() {}

    static String sentence(Path file, ConfigException error) {
        return "%s: %s%s".formatted(where(file, error), line(error), what(error));
    }

    private static String where(Path file, ConfigException error) {
        var origin = error.origin();
        return origin == null ? file.toString() : Objects.requireNonNullElse(origin.filename(), file.toString());
    }

    private static String line(ConfigException error) {
        var origin = error.origin();
        if (origin != null && origin.lineNumber() > 0) return origin.lineNumber() + ": ";
        var match = LINE.matcher(message(error));
        return match.find() ? match.group(1) + ": " : "";
    }

    private static String what(ConfigException error) {
        var message = message(error);
        if (error instanceof ConfigException.UnresolvedSubstitution) {
            return "a ${...} stands for something that is not there; write ${?...} if it may be missing";
        }
        if (error instanceof ConfigException.IO) return "cannot be read, or something that it includes";
        if (message.contains("string quote was still open")
                || message.contains("triple-quoted string was still open")
                || message.contains("does not allow unescaped newline")) {
            return "a quote is not closed";
        }
        if (message.contains("end of file")) return "a brace is not closed";
        if (message.contains("Cannot concatenate")) return "two values stand side by side that do not go together";
        if (message.contains("not a valid escape sequence")) return "\\ stands for itself only as \\\\";
        return "cannot be understood; text with one of $ \" { } [ ] : = , + # ` ^ ? ! @ * & \\ in it needs quotes";
    }

    private static String message(ConfigException error) {
        return Objects.requireNonNullElse(error.getMessage(), "");
    }
}
