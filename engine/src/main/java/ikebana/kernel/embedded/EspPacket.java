package ikebana.kernel.embedded;

import ikebana.kernel.UdpEncapsulation;
import ikebana.wire.Bytes;
import ikebana.wire.IpAddress;
import java.util.Optional;

/// An ESP packet on its way between two hosts.
///
/// @param encapsulation the ports of the UDP header around it (RFC 3948); empty is bare ESP, IP protocol 50
/// @param esp SPI, sequence number and what is behind them (RFC 4303 2)
public record EspPacket(IpAddress source, IpAddress destination, Optional<UdpEncapsulation> encapsulation, Bytes esp)
        implements Packet {}
