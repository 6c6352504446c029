package ikebana.settings;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// Programs that hear about tunnels.
///
/// @param up and `gone`: a program and its arguments; empty is none
/// @param timeLimit how long one may run, from its own start
/// @param concurrency how many run at once
/// @param patience how long a successor waits for a free place before it is refused
public record HookSettings(List<String> up, List<String> gone, Duration timeLimit, int concurrency, Duration patience) {
    public HookSettings {
        up = List.copyOf(up);
        gone = List.copyOf(gone);
        if (!timeLimit.isPositive()) throw new IllegalArgumentException("time-limit must be longer than zero");
        if (concurrency < 1) throw new IllegalArgumentException("concurrency must be 1 or more");
        if (!patience.isPositive()) throw new IllegalArgumentException("patience must be longer than zero");
    }

    static HookSettings from(Section section) {
        Conversion<List<String>> program = ((Conversion<List<String>>) Conversion::texts).then(HookSettings::runnable);
        return section.make(it -> new HookSettings(
                it.optional("up", program).orElse(List.of()),
                it.optional("gone", program).orElse(List.of()),
                it.get("time-limit", Conversion::duration),
                it.get("concurrency", Conversion::wholeNumber),
                it.get("patience", Conversion::duration)));
    }

    /// A hook that is missing would be noticed at the first tunnel only, as a routing daemon that hears nothing.
    private static List<String> runnable(List<String> command) {
        var program = command.getFirst();
        if (!program.startsWith("/")) {
            throw new IllegalArgumentException("must begin with an absolute path, not '%s'".formatted(program));
        }
        var path = Path.of(program);
        if (!Files.isRegularFile(path)) throw new IllegalArgumentException("there is no program " + program);
        if (!Files.isExecutable(path)) throw new IllegalArgumentException("we may not execute " + program);
        return command;
    }
}
