package ikebana.kernel;

import ikebana.wire.IpAddress;

/// A packet met a policy of ours and found no ESP state: the kernel holds a larval state and asks for a tunnel.
///
/// @param sequence what the outbound state must carry to take the larval's place
/// @param selector the packet's own flow
public record Acquire(int sequence, int reqid, IpAddress source, IpAddress destination, Selector selector) {}
