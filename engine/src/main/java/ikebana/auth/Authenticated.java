package ikebana.auth;

/// Proof that a peer showed who it is. Only [Credentials] makes one, after verifying AUTH; an IKE SA cannot be
/// established without it.
public final class Authenticated {
    private final String profile;
    private final Identity identity;

    Authenticated(String profile, Identity identity) {
        this.profile = profile;
        this.identity = identity;
    }

    /// The profile under whose keys the peer proved itself.
    public String profile() {
        return profile;
    }

    public Identity identity() {
        return identity;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Authenticated that && profile.equals(that.profile) && identity.equals(that.identity);
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
