package ikebana.ike;

import ikebana.auth.Endpoint;
import ikebana.auth.Profile;
import ikebana.kernel.Reply;
import ikebana.kernel.StateId;
import ikebana.wire.IpAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// ESP states with a reqid of ours that belong to nobody: a former run of the daemon left them, or a removal was lost.
final class Leftovers {
    private Leftovers() {}

    /// @param own this host's addresses
    /// @param known the states that belong to somebody
    /// @return by the endpoint that they are about, in the kernel's sequence
    static Map<Endpoint, List<StateId>> among(
            List<Reply.Seen> states, List<Profile> profiles, Set<IpAddress> own, Set<StateId> known) {
        var left = new LinkedHashMap<Endpoint, List<StateId>>();
        for (var seen : states) {
            if (!(seen instanceof Reply.Mature(var id, var source, var reqid, var _, var _))) continue;
            if (known.contains(id)) continue;
            profiles.stream()
                    .filter(profile -> profile.reqid() == reqid)
                    .findFirst()
                    .map(profile -> endpoint(profile, id, source, own))
                    .filter(endpoint -> contains(profiles, endpoint))
                    .ifPresent(endpoint -> left.computeIfAbsent(endpoint, _ -> new ArrayList<>())
                            .add(id));
        }
        return left;
    }

    private static Endpoint endpoint(Profile profile, StateId id, IpAddress source, Set<IpAddress> own) {
        return isOurs(id.destination(), profile, own)
                ? new Endpoint(profile.name(), id.destination(), source)
                : new Endpoint(profile.name(), source, id.destination());
    }

    /// A listed address is ours also while this host has lost it.
    private static boolean isOurs(IpAddress address, Profile profile, Set<IpAddress> own) {
        return own.contains(address)
                || (profile.local() instanceof Profile.Listed(var listed) && listed.contains(address));
    }

    private static boolean contains(List<Profile> profiles, Endpoint endpoint) {
        return profiles.stream()
                .anyMatch(profile -> profile.name().equals(endpoint.profile())
                        && profile.local().contains(endpoint.local()));
    }
}
