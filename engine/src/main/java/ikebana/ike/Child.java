package ikebana.ike;

import ikebana.kernel.State;

/// The pair of ESP SAs of a tunnel, as the kernel is to have it.
public record Child(State inbound, State outbound) {}
