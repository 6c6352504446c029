package ikebana.auth;

import java.time.Duration;
import java.util.Optional;

/// How long one set of IKE keys is good for.
///
/// @param rekeyAfter then the IKE SA gets a successor (RFC 7296 1.3.2), which nobody but its two ends notices;
///     empty is never
public record IkeLifetime(Optional<Duration> rekeyAfter) {
    public static final IkeLifetime NEVER = new IkeLifetime(Optional.empty());

    public IkeLifetime {
        if (!rekeyAfter.orElse(Duration.ofSeconds(1)).isPositive()) {
            throw new IllegalArgumentException("rekey-after must be longer than zero");
        }
    }
}
