package ikebana.kernel;

import java.time.Duration;
import java.util.Optional;

/// When an ESP state tells us that it is old (soft), and when the kernel removes it (hard). Empty is "never".
///
/// Bytes and packets are counted by the kernel; durations are whole seconds from installation.
public record Lifetime(
        Optional<Duration> softTime,
        Optional<Duration> hardTime,
        Optional<Long> softBytes,
        Optional<Long> hardBytes,
        Optional<Long> softPackets,
        Optional<Long> hardPackets) {
    public static final Lifetime UNLIMITED = new Lifetime(
            Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
}
