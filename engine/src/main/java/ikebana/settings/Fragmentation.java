package ikebana.settings;

import ikebana.wire.IpAddress;

/// How large messages are sent in parts, and how much of a peer's parts is kept (RFC 7383).
///
/// @param packet no IP packet of ours with a protected message is longer, in bytes
/// @param mostFragments of one message of a peer's
/// @param largestMessage of a peer's that comes in fragments, in bytes
public record Fragmentation(int packet, int mostFragments, int largestMessage) {
    /// With less there would be more headers than message.
    private static final int LEAST_PACKET = 256;

    private static final int LONGEST_PACKET = 65_535;
    private static final int IPV4_HEADER = 20;
    private static final int IPV6_HEADER = 40;
    private static final int UDP_HEADER = 8;
    private static final int NON_ESP_MARKER = 4;

    public Fragmentation {
        if (packet < LEAST_PACKET || packet > LONGEST_PACKET) {
            throw new IllegalArgumentException("fragment-size must be from 256 to 65535 bytes");
        }
        if (mostFragments < 1) throw new IllegalArgumentException("most-fragments must be 1 or more");
        if (largestMessage < 1024) throw new IllegalArgumentException("largest-message must be 1 KiB or more");
    }

    /// How long an IKE message to `remote` may be. The marker of the second port counts always: a NAT that is found
    /// later changes nothing.
    public int largestDatagram(IpAddress remote) {
        return packet - (remote.isV4() ? IPV4_HEADER : IPV6_HEADER) - UDP_HEADER - NON_ESP_MARKER;
    }

    /// @param section the one about the network
    static Fragmentation from(Section section) {
        return section.make(it -> new Fragmentation(
                it.get("fragment-size", Conversion::smallSize),
                it.get("most-fragments", Conversion::wholeNumber),
                it.get("largest-message", Conversion::smallSize)));
    }
}
