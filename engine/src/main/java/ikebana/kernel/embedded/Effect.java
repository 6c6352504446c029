package ikebana.kernel.embedded;

import ikebana.kernel.Notice;
import ikebana.kernel.Reply;

/// Everything that a kernel does to the world.
public sealed interface Effect {

    /// To the request with this ticket.
    record Answered(long ticket, Reply reply) implements Effect {}

    /// To the listener.
    record Noticed(Notice notice) implements Effect {}

    record SendEsp(EspPacket packet) implements Effect {}

    /// No policy is about this packet: it leaves in the clear.
    record SendPlain(IpPacket packet) implements Effect {}

    /// It has passed everything, and reaches its receiver on this host.
    record Delivered(IpPacket packet) implements Effect {}

    record Dropped(DropReason reason, Packet packet) implements Effect {}
}
