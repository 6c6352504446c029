package ikebana.settings;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/// The control socket and its limits.
///
/// @param group whose members may give orders too
/// @param queuedOrders how many orders wait at once
/// @param upPatience of an `up` that brings none
/// @param longestPatience that an `up` may bring
/// @param largestRequest in bytes of the body
/// @param requestTimeLimit for a client to send its request
public record ControlSettings(
        Path socket,
        Optional<String> group,
        int queuedOrders,
        Duration upPatience,
        Duration longestPatience,
        int largestRequest,
        Duration requestTimeLimit) {
    /// `sun_path` has 108 bytes, a zero ends it (unix(7)), and a new socket is made as `NAME.new`.
    private static final int LONGEST_SOCKET_PATH = 103;

    public ControlSettings {
        int length = socket.toString().getBytes(StandardCharsets.UTF_8).length;
        if (length > LONGEST_SOCKET_PATH) {
            throw new IllegalArgumentException(
                    "socket must have at most %d bytes, and %s has %d".formatted(LONGEST_SOCKET_PATH, socket, length));
        }
        if (queuedOrders < 1) throw new IllegalArgumentException("queued-orders must be 1 or more");
        if (!upPatience.isPositive()) throw new IllegalArgumentException("up-patience must be longer than zero");
        if (longestPatience.compareTo(upPatience) < 0) {
            throw new IllegalArgumentException("longest-patience must not be shorter than up-patience");
        }
        if (largestRequest < 1024) throw new IllegalArgumentException("largest-request must be 1 KiB or more");
        if (!requestTimeLimit.isPositive()) {
            throw new IllegalArgumentException("request-time-limit must be longer than zero");
        }
    }

    static ControlSettings from(Section section, Path runDirectory) {
        return section.make(it -> new ControlSettings(
                it.optional("socket", Conversion.path(it.folder()))
                        .orElseGet(() -> runDirectory.resolve("control.sock")),
                it.optional("group", ((Conversion<String>) Conversion::text).then(ControlSettings::existing)),
                it.get("queued-orders", Conversion::wholeNumber),
                it.get("up-patience", Conversion::duration),
                it.get("longest-patience", Conversion::duration),
                it.get("largest-request", Conversion::smallSize),
                it.get("request-time-limit", Conversion::duration)));
    }

    private static String existing(String group) {
        try {
            FileSystems.getDefault().getUserPrincipalLookupService().lookupPrincipalByGroupName(group);
            return group;
        } catch (IOException _) {
            throw new IllegalArgumentException("there is no group '%s'".formatted(group));
        }
    }
}
