package ikebana.auth;

import ikebana.kernel.Direction;
import ikebana.kernel.Flow;
import ikebana.kernel.GreKey;
import ikebana.kernel.Policy;
import ikebana.kernel.Prefix;
import ikebana.kernel.Selector;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The kernel policies of a profile: the traps that raise acquires, and the guard. There are as many as the profile has
/// addresses and keys, and never one for a peer.
///
/// `ikebanactl guard` installs the very same ones without us, and a test keeps it so.
public final class TrapPolicies {
    // The smaller number wins. A trap that says more wins over one that says less, and every trap wins over every
    // guard.
    // All are small, so that they win over what other daemons install for all their peers (strongSwan's
    // have six digits); an operator's exception has the numbers below ours.
    static final int PINNED_KEY = 1000;
    static final int ANY_KEY = 1100;
    static final int PINNED = 1200;
    static final int ANY = 1300;
    static final int GUARD = 2000;

    private TrapPolicies() {}

    /// The policies of `profile`, first those whose absence would do most harm.
    public static List<Policy> of(Profile profile) {
        var policies = new ArrayList<Policy>();
        switch (profile.local()) {
            case Profile.Any _ -> {
                trap(policies, profile, Prefix.EVERYTHING_V4, profile.greKeys().isEmpty() ? ANY : ANY_KEY);
                trap(policies, profile, Prefix.EVERYTHING_V6, profile.greKeys().isEmpty() ? ANY : ANY_KEY);
            }
            case Profile.Listed(var addresses) -> {
                for (var address : addresses) {
                    trap(
                            policies,
                            profile,
                            Prefix.host(address),
                            profile.greKeys().isEmpty() ? PINNED : PINNED_KEY);
                }
                // a profile without a key traps all there is to guard
                if (profile.guard() == Profile.Guard.BLOCK && !profile.greKeys().isEmpty()) {
                    for (var address : addresses) {
                        both(policies, Prefix.host(address), Optional.empty(), GUARD, new Policy.Block());
                    }
                }
            }
        }
        return List.copyOf(policies);
    }

    private static void trap(List<Policy> policies, Profile profile, Prefix local, int priority) {
        if (profile.greKeys().isEmpty()) {
            both(policies, local, Optional.empty(), priority, new Policy.RequireEsp(profile.reqid()));
        }
        for (var key : profile.greKeys()) {
            both(policies, local, Optional.of(key), priority, new Policy.RequireEsp(reqid(profile, key)));
        }
    }

    private static int reqid(Profile profile, GreKey key) {
        return profile.flows().stream()
                .filter(flow -> flow.key().equals(Optional.of(key)))
                .findFirst()
                .map(Flow::reqid)
                .orElse(profile.reqid());
    }

    private static void both(
            List<Policy> policies, Prefix local, Optional<GreKey> key, int priority, Policy.Verdict verdict) {
        var out = new Selector(local, Prefix.everythingLike(local.base()), Selector.GRE, key);
        policies.add(new Policy(out, Direction.OUT, priority, verdict));
        policies.add(new Policy(out.reversed(), Direction.IN, priority, verdict));
    }
}
