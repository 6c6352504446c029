package ikebana.tunnel;

import ikebana.auth.Profile;
import ikebana.auth.TrapPolicies;
import ikebana.ike.Leftovers;
import ikebana.kernel.Reply;
import ikebana.kernel.Request;
import java.util.List;

/// What is taken from the kernel when the daemon ends.
public final class Clearance {
    private Clearance() {}

    /// What was to be received for a moment longer, after the SA that it belonged to, has nobody now to end it. What is
    /// not ours stays.
    ///
    /// @param states all that the kernel has
    public static List<Request> ofStates(List<Reply.Seen> states, List<Profile> profiles) {
        return Leftovers.all(states, profiles).stream()
                .<Request>map(Request.RemoveState::new)
                .toList();
    }

    /// Only where it is wanted: without the traps, what needs a tunnel leaves in the clear.
    public static List<Request> ofPolicies(List<Profile> profiles) {
        return profiles.stream()
                .flatMap(profile -> TrapPolicies.of(profile).stream())
                .<Request>map(Request.RemovePolicy::new)
                .toList();
    }
}
