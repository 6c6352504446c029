package ikebana.netlink;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// A number in /proc/sys, of this network namespace; everybody in it shares it.
///
/// @param name as `sysctl` has it
public record Sysctl(Path file, String name) {
    /// For how many seconds an acquire that nobody answers holds back the next one to the same peer.
    public static final Sysctl ACQUIRE_EXPIRES = named("net.core.xfrm_acq_expires");

    private static final int LONGEST = 64;

    private static Sysctl named(String name) {
        return new Sysctl(Path.of("/proc/sys", name.split("\\.")), name);
    }

    /// @throws IOException also when it is no number, or is not there: in a user namespace, it is not
    public long read() throws IOException {
        var text = content().strip();
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException notANumber) {
            throw new IOException("%s is '%s', not a number".formatted(name, text), notANumber);
        }
    }

    /// By one read of more than there is: `Files.readString` asks for a single byte first, and such a file has only one
    /// answer.
    private String content() throws IOException {
        try (var in = Files.newInputStream(file)) {
            return new String(in.readNBytes(LONGEST), StandardCharsets.US_ASCII);
        }
    }

    /// Writes only what differs: where it is as wanted already, no privilege is needed.
    public void write(long value) throws IOException {
        if (read() != value) Files.writeString(file, value + "\n", StandardCharsets.US_ASCII);
    }
}
