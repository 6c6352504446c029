package ikebana.ike;

import ikebana.auth.Endpoint;
import ikebana.auth.Profile;

/// What an initiator was told.
///
/// @param acquireSequence of the kernel's acquire that wants this tunnel; 0 when somebody else wants it
public record Dial(Endpoint endpoint, Profile profile, int acquireSequence) {}
