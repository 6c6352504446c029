package ikebana.ike;

import ikebana.wire.Bytes;
import ikebana.wire.IkeSpi;
import ikebana.wire.IpAddress;

/// How a newcomer is known again when its first message comes twice.
record Caller(IkeSpi spiI, Path path) {
    IpAddress source() {
        return source(path.remote().ip());
    }

    /// Whom its limit counts for. Of IPv6, a /64: whoever has one address there has all of them.
    static IpAddress source(IpAddress address) {
        var raw = address.raw();
        return raw.length() == 4 ? address : new IpAddress(Bytes.concat(raw.slice(0, 8), Bytes.of(new byte[8])));
    }
}
