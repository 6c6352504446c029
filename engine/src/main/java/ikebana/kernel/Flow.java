package ikebana.kernel;

import java.util.Optional;

/// The packets that go through one child of an endpoint: those of one GRE key, or all that its profile is
/// about.
///
/// @param key empty is whatever the profile's policies let through
/// @param reqid what ties the policies of these packets to the ESP states of their child
public record Flow(Optional<GreKey> key, int reqid) {}
