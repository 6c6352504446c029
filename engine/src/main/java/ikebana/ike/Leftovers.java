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
import java.util.Optional;
import java.util.Set;

/// Which of the kernel's ESP states are ours and belong to nobody: a former run of the daemon left them, a removal was
/// lost, or the daemon is about to end. Ours are those of a profile: its reqid, and one end an address of its own. A
/// reqid alone may be somebody else's, too.
public final class Leftovers {
    private Leftovers() {}

    /// Those that a daemon that ends would leave: nobody is there any more to whom one of them could belong.
    ///
    /// @return in the kernel's sequence of endpoints
    public static List<StateId> all(List<Reply.Seen> states, List<Profile> profiles) {
        return among(states, profiles, Set.of(), Set.of()).values().stream()
                .flatMap(List::stream)
                .toList();
    }

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
                    .filter(profile -> profile.flow(reqid).isPresent())
                    .findFirst()
                    .flatMap(profile -> endpoint(profile, id, source, own))
                    .ifPresent(endpoint -> left.computeIfAbsent(endpoint, _ -> new ArrayList<>())
                            .add(id));
        }
        return left;
    }

    /// Empty when it is about nobody whom the profile is about.
    private static Optional<Endpoint> endpoint(Profile profile, StateId id, IpAddress source, Set<IpAddress> own) {
        var endpoint = isInbound(profile, id, own)
                ? new Endpoint(profile.name(), id.destination(), source)
                : new Endpoint(profile.name(), source, id.destination());
        return Optional.of(endpoint).filter(it -> profile.local().contains(it.local()));
    }

    /// A listed address is ours also while this host has lost it; where none are listed, those of the host are.
    private static boolean isInbound(Profile profile, StateId id, Set<IpAddress> own) {
        return switch (profile.local()) {
            case Profile.Listed(var listed) -> listed.contains(id.destination());
            case Profile.Any() -> own.contains(id.destination());
        };
    }
}
