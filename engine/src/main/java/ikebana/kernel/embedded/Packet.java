package ikebana.kernel.embedded;

import ikebana.wire.IpAddress;

/// What travels between hosts: in the clear, or inside ESP.
public sealed interface Packet permits IpPacket, EspPacket {

    IpAddress source();

    IpAddress destination();
}
