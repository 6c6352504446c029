package ikebana.wire;

/// One traffic selector, RFC 7296 3.13.1: a range of addresses and of ports.
///
/// ```text
/// | TS type (1) | protocol (1) | length (2) | start port (2) | end port (2) | start address | end address |
/// ```
///
/// @param protocol an IP protocol number; 0 is any
public record TrafficSelector(int tsType, int protocol, int startPort, int endPort, IpAddress start, IpAddress end) {
    public static final int IPV4_RANGE = 7;
    public static final int IPV6_RANGE = 8;

    public TrafficSelector {
        boolean v4 = tsType == IPV4_RANGE;
        if (!v4 && tsType != IPV6_RANGE) throw new MalformedMessage("TS: type %d".formatted(tsType));
        if (start.isV4() != v4 || end.isV4() != v4) throw new MalformedMessage("TS: an address of another family");
    }

    static TrafficSelector decode(int tsType, int protocol, Reader in) {
        int startPort = in.u16("TS: start port");
        int endPort = in.u16("TS: end port");
        int length = tsType == IPV4_RANGE ? 4 : 16;
        var start = new IpAddress(in.bytes(length, "TS: start address"));
        var end = new IpAddress(in.bytes(length, "TS: end address"));
        in.expectEnd("TS");
        return new TrafficSelector(tsType, protocol, startPort, endPort, start, end);
    }

    void encode(Writer out) {
        out.u8(tsType)
                .u8(protocol)
                .lengthPrefixed16(
                        2,
                        () -> out.u16(startPort).u16(endPort).bytes(start.raw()).bytes(end.raw()));
    }
}
