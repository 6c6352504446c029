package ikebana.kernel.embedded;

import ikebana.kernel.Request;
import ikebana.wire.IpAddress;

/// Everything that can happen to a kernel.
public sealed interface Input {

    record Asked(long ticket, Request request) implements Input {}

    /// A packet of this host, or one that it forwards, wants to leave.
    record PacketOut(IpPacket packet) implements Input {}

    record EspArrived(EspPacket packet) implements Input {}

    /// A packet in the clear came from the network.
    record PlainArrived(IpPacket packet) implements Input {}

    /// Somebody listens from now on, and is told all that is there.
    record ListenerCame() implements Input {}

    /// Nobody listens from now on: what the kernel would say is lost, and no acquire is raised.
    record ListenerWent() implements Input {}

    record AddressCame(IpAddress address) implements Input {}

    record AddressWent(IpAddress address) implements Input {}

    /// The moment that the state was waiting for has come, or has passed.
    record Woke() implements Input {}
}
