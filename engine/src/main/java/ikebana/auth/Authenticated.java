package ikebana.auth;

import ikebana.wire.Bytes;
import java.util.Optional;

/// Proof that a peer showed who it is. Only [Credentials] makes one, after verifying AUTH; an IKE SA cannot be
/// established without it.
public final class Authenticated {
    private final String profile;
    private final Identity identity;
    private final Optional<Bytes> certificate;

    Authenticated(String profile, Identity identity, Optional<Bytes> certificate) {
        this.profile = profile;
        this.identity = identity;
        this.certificate = certificate;
    }

    /// The profile under whose keys the peer proved itself.
    public String profile() {
        return profile;
    }

    public Identity identity() {
        return identity;
    }

    /// X.509 in DER, with the identity in it; empty when the peer has a shared key.
    public Optional<Bytes> certificate() {
        return certificate;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Authenticated that
                && profile.equals(that.profile)
                && identity.equals(that.identity)
                && certificate.equals(that.certificate);
    }

    @Override
    public int hashCode() {
        return 31 * profile.hashCode() + identity.hashCode();
    }

    @Override
    public String toString() {
        return "%s (%s)".formatted(identity, profile);
    }
}
