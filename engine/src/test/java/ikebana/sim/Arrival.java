package ikebana.sim;

import ikebana.ike.Datagram;

/// A datagram that reaches a host.
///
/// @param forged no daemon has ever sent these bytes
record Arrival(Datagram datagram, boolean forged) {}
