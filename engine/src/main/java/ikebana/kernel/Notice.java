package ikebana.kernel;

import ikebana.wire.IpAddress;
import ikebana.wire.UdpAddress;
import java.util.List;

/// What a kernel says by itself.
public sealed interface Notice {

    record Acquired(Acquire acquire) implements Notice {}

    /// @param hard the kernel has removed it; otherwise it still carries traffic and wants a successor
    record Expired(StateId id, int reqid, boolean hard) implements Notice {}

    /// An authenticated ESP-in-UDP packet of this inbound state came from elsewhere.
    record Remapped(StateId id, int reqid, UdpAddress before, UdpAddress now) implements Notice {}

    record AddressAdded(IpAddress address) implements Notice {}

    record AddressRemoved(IpAddress address) implements Notice {}

    /// Notices may have been lost (start, restart, an overrun); this is all that is there now. Larvals are acquires.
    record Resynchronised(List<Reply.Seen> states, List<IpAddress> addresses) implements Notice {}
}
