package ikebana.ike;

import ikebana.auth.Endpoint;
import ikebana.auth.Profile;
import ikebana.kernel.Flow;
import ikebana.settings.IkeSettings;
import ikebana.settings.Retransmission;

/// What an initiator was told.
///
/// @param flow what the first child is for
/// @param acquireSequence of the kernel's acquire that wants this tunnel; 0 when somebody else wants it
/// @param wanted whether the tunnel was ordered, so that it is dialled until it stands
public record Dial(Endpoint endpoint, Profile profile, Flow flow, int acquireSequence, boolean wanted) {
    public Dial(Endpoint endpoint, Profile profile, int acquireSequence, boolean wanted) {
        this(endpoint, profile, profile.flows().getFirst(), acquireSequence, wanted);
    }

    public Dial(Endpoint endpoint, Profile profile, int acquireSequence) {
        this(endpoint, profile, acquireSequence, false);
    }

    /// How its first message is repeated.
    Retransmission schedule(IkeSettings settings) {
        return wanted ? settings.retransmission().wanted() : settings.retransmission();
    }
}
