package ikebana.auth;

import java.time.Duration;
import java.util.Optional;

/// How long one set of IKE keys is good for, and how long what both ends have proven.
///
/// @param rekeyAfter then the IKE SA gets a successor (RFC 7296 1.3.2), which nobody but its two ends notices;
///     empty is never
/// @param reauthenticateAfter then another one is made beside it, from IKE_SA_INIT on (2.8.3); empty is never
/// @param authenticationLimit then it ends, unless that has happened (RFC 4478); empty is never
public record IkeLifetime(
        Optional<Duration> rekeyAfter, Optional<Duration> reauthenticateAfter, Optional<Duration> authenticationLimit) {
    /// What a peer can be told.
    private static final long LONGEST_LIMIT = 0xffffffffL;

    public static final IkeLifetime NEVER = new IkeLifetime(Optional.empty());

    public IkeLifetime {
        mustBePositive("rekey-after", rekeyAfter);
        mustBePositive("reauthenticate-after", reauthenticateAfter);
        mustBePositive("authentication-limit", authenticationLimit);
        if (authenticationLimit.isPresent()
                && reauthenticateAfter.isPresent()
                && reauthenticateAfter.get().compareTo(authenticationLimit.get()) >= 0) {
            throw new IllegalArgumentException("reauthenticate-after must be shorter than authentication-limit");
        }
        if (authenticationLimit.orElse(Duration.ZERO).toSeconds() > LONGEST_LIMIT) {
            throw new IllegalArgumentException("authentication-limit must be shorter than 136 years");
        }
    }

    /// Whose ends prove themselves once.
    public IkeLifetime(Optional<Duration> rekeyAfter) {
        this(rekeyAfter, Optional.empty(), Optional.empty());
    }

    private static void mustBePositive(String name, Optional<Duration> time) {
        if (!time.orElse(Duration.ofSeconds(1)).isPositive()) {
            throw new IllegalArgumentException(name + " must be longer than zero");
        }
    }
}
