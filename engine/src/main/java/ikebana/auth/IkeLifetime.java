package ikebana.auth;

import java.time.Duration;
import java.util.Optional;

/// How long one set of IKE keys, and one proof of who the peer is, are good for. Empty is "for ever".
///
/// @param rekeyAfter new keys: the IKE SA gets a successor (RFC 7296 1.3.2), which nobody but its two ends notices
/// @param reauthenticateAfter a new proof: another IKE SA is made from the beginning, and takes the place of this one
///     when it stands (RFC 7296 2.8.3)
public record IkeLifetime(Optional<Duration> rekeyAfter, Optional<Duration> reauthenticateAfter) {
    public static final IkeLifetime NEVER = new IkeLifetime(Optional.empty(), Optional.empty());

    public IkeLifetime {
        if (!rekeyAfter.orElse(Duration.ofSeconds(1)).isPositive()) {
            throw new IllegalArgumentException("rekey-after must be longer than zero");
        }
        if (!reauthenticateAfter.orElse(Duration.ofSeconds(1)).isPositive()) {
            throw new IllegalArgumentException("reauthenticate-after must be longer than zero");
        }
    }
}
