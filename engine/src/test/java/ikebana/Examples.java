package ikebana;

import ikebana.auth.ChildRules;
import ikebana.auth.Childless;
import ikebana.auth.IdentityPattern;
import ikebana.auth.IkeLifetime;
import ikebana.auth.Ppk;
import ikebana.auth.Profile;
import ikebana.auth.Uniqueness;
import ikebana.kernel.GreKey;
import ikebana.kernel.Lifetime;
import ikebana.negotiation.EspProposal;
import ikebana.negotiation.IkeProposal;
import ikebana.settings.Fragmentation;
import ikebana.settings.HalfOpen;
import ikebana.settings.IkeSettings;
import ikebana.settings.Retransmission;
import ikebana.wire.IpAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// What a test takes where it does not matter what it is.
public final class Examples {
    public static final int REQID = 7;

    public static final String IKE = "aes256gcm16-prfsha256-x25519";

    public static final IkeSettings SETTINGS =
            settings(new HalfOpen(100, 1000, Duration.ofSeconds(30), Duration.ofSeconds(60)), Duration.ofSeconds(1));

    private Examples() {}

    public static IkeSettings settings(HalfOpen halfOpen, Duration redialPause) {
        return settings(halfOpen, redialPause, 1280);
    }

    /// @param fragmentSize the longest datagram
    public static IkeSettings settings(HalfOpen halfOpen, Duration redialPause, int fragmentSize) {
        return new IkeSettings(
                new Retransmission(Duration.ofMillis(500), 1.8, Duration.ofSeconds(10), 6, 0.1),
                halfOpen,
                new Fragmentation(fragmentSize, 64, 64 * 1024),
                Duration.ofSeconds(60),
                Duration.ofSeconds(20),
                Duration.ofSeconds(10),
                Duration.ofSeconds(5),
                Duration.ofSeconds(60),
                redialPause,
                Duration.ofSeconds(30),
                3);
    }

    public static Profile profile(IpAddress local) {
        return profile(local, IKE);
    }

    /// The same, for peers that all say the same name.
    public static Profile sharingIdentity(Profile profile) {
        return changed(profile, true, profile.ikeLifetime(), profile.uniqueness(), profile.inactivity(), profile.ppk());
    }

    /// The same, with IKE SAs that get successors after so long.
    public static Profile renewing(Profile profile, Duration after) {
        var lifetime = new IkeLifetime(Optional.of(after));
        return changed(
                profile, profile.sharedIdentity(), lifetime, profile.uniqueness(), profile.inactivity(), profile.ppk());
    }

    /// The same, whose IKE SAs are good for so long.
    public static Profile proving(Profile profile, IkeLifetime lifetime) {
        return changed(
                profile, profile.sharedIdentity(), lifetime, profile.uniqueness(), profile.inactivity(), profile.ppk());
    }

    /// The same, with tunnels that end when nothing has passed for so long.
    public static Profile endingAfter(Profile profile, Duration idle) {
        var inactivity = Optional.of(idle);
        return changed(
                profile,
                profile.sharedIdentity(),
                profile.ikeLifetime(),
                profile.uniqueness(),
                inactivity,
                profile.ppk());
    }

    public static Profile with(Profile profile, Uniqueness uniqueness) {
        return changed(
                profile,
                profile.sharedIdentity(),
                profile.ikeLifetime(),
                uniqueness,
                profile.inactivity(),
                profile.ppk());
    }

    private static Profile changed(
            Profile profile,
            boolean sharedIdentity,
            IkeLifetime ikeLifetime,
            Uniqueness uniqueness,
            Optional<Duration> inactivity,
            Optional<Ppk> ppk) {
        return new Profile(
                profile.name(),
                profile.local(),
                profile.greKeys(),
                profile.reqid(),
                profile.guard(),
                profile.localIdentity(),
                profile.remoteIdentities(),
                sharedIdentity,
                profile.ikeProposals(),
                profile.espProposals(),
                profile.lifetime(),
                ikeLifetime,
                profile.replayWindow(),
                profile.authorities(),
                uniqueness,
                inactivity,
                ppk,
                profile.children());
    }

    /// The same, whose ESP SAs are good for so long.
    public static Profile living(Profile profile, Lifetime lifetime) {
        return new Profile(
                profile.name(),
                profile.local(),
                profile.greKeys(),
                profile.reqid(),
                profile.guard(),
                profile.localIdentity(),
                profile.remoteIdentities(),
                profile.sharedIdentity(),
                profile.ikeProposals(),
                profile.espProposals(),
                lifetime,
                profile.ikeLifetime(),
                profile.replayWindow(),
                profile.authorities(),
                profile.uniqueness(),
                profile.inactivity(),
                profile.ppk(),
                profile.children());
    }

    /// The same with other proposals for ESP.
    public static Profile withEsp(Profile profile, String... esp) {
        return changed(
                profile,
                profile.greKeys(),
                Stream.of(esp).map(EspProposal::of).toList(),
                profile.lifetime(),
                profile.children());
    }

    /// The same with children that get old.
    public static Profile withLifetime(Profile profile, Lifetime lifetime) {
        return changed(profile, profile.greKeys(), profile.espProposals(), lifetime, profile.children());
    }

    /// The same, about these keys, each with a child of its own.
    public static Profile withChildrenFor(Profile profile, GreKey... keys) {
        return changed(
                profile, List.of(keys), new ChildRules(true, profile.children().childless()));
    }

    public static Profile with(Profile profile, Childless childless) {
        var rules = new ChildRules(profile.children().perSelector(), childless);
        return changed(profile, profile.greKeys(), rules);
    }

    private static Profile changed(Profile profile, List<GreKey> keys, ChildRules rules) {
        return changed(profile, keys, profile.espProposals(), profile.lifetime(), rules);
    }

    private static Profile changed(
            Profile profile, List<GreKey> keys, List<EspProposal> esp, Lifetime lifetime, ChildRules rules) {
        return new Profile(
                profile.name(),
                profile.local(),
                keys,
                profile.reqid(),
                profile.guard(),
                profile.localIdentity(),
                profile.remoteIdentities(),
                profile.sharedIdentity(),
                profile.ikeProposals(),
                esp,
                lifetime,
                profile.ikeLifetime(),
                profile.replayWindow(),
                profile.authorities(),
                profile.uniqueness(),
                profile.inactivity(),
                profile.ppk(),
                rules);
    }

    /// The same with a post-quantum key.
    public static Profile with(Profile profile, Ppk ppk) {
        return changed(
                profile,
                profile.sharedIdentity(),
                profile.ikeLifetime(),
                profile.uniqueness(),
                profile.inactivity(),
                Optional.of(ppk));
    }

    /// Anybody with the key may come, with any GRE key.
    public static Profile profile(IpAddress local, String... ike) {
        return new Profile(
                "dmvpn",
                new Profile.Listed(List.of(local)),
                List.of(),
                REQID,
                Profile.Guard.OFF,
                Optional.empty(),
                List.of(IdentityPattern.of("*")),
                false,
                Stream.of(ike).map(IkeProposal::of).toList(),
                List.of(EspProposal.of("aes256gcm16")),
                Lifetime.UNLIMITED,
                64);
    }
}
