package ikebana.kernel.embedded;

import ikebana.kernel.GreKey;
import ikebana.kernel.Selector;
import ikebana.wire.Bytes;
import ikebana.wire.IpAddress;
import ikebana.wire.Reader;
import ikebana.wire.Writer;
import java.util.Optional;

/// A plaintext packet.
///
/// @param protocol an IP protocol number
/// @param greKey of GRE packets that have one
/// @param payload what is behind the IP header, and behind the GRE header where there is one
public record IpPacket(IpAddress source, IpAddress destination, int protocol, Optional<GreKey> greKey, Bytes payload)
        implements Packet {
    private static final int KEY_PRESENT = 0x2000;
    private static final int CHECKSUM_PRESENT = 0x8000;
    private static final int SEQUENCE_PRESENT = 0x1000;
    private static final int VERSION = 0x0007;
    /// "Local Experimental Ethertype 1" of IEEE 802: our GRE carries a line of text, which has no number.
    private static final int PROTOCOL_TYPE = 0x88b5;

    public IpPacket {
        if (protocol < 0 || protocol > 255) throw new IllegalArgumentException("no IP protocol: " + protocol);
        if (greKey.isPresent() && protocol != Selector.GRE) {
            throw new IllegalArgumentException("protocol %d has no GRE key".formatted(protocol));
        }
    }

    public static IpPacket gre(IpAddress source, IpAddress destination, GreKey key, Bytes payload) {
        return new IpPacket(source, destination, Selector.GRE, Optional.of(key), payload);
    }

    /// What stood behind an IP header; empty when it claims to be GRE and cannot be read.
    static Optional<IpPacket> decode(IpAddress source, IpAddress destination, int protocol, Bytes behindIp) {
        if (protocol != Selector.GRE) {
            return Optional.of(new IpPacket(source, destination, protocol, Optional.empty(), behindIp));
        }
        if (behindIp.length() < 4) return Optional.empty();
        int flags = behindIp.at(0) << 8 | behindIp.at(1);
        int length = 4
                + (has(flags, CHECKSUM_PRESENT) ? 4 : 0)
                + (has(flags, KEY_PRESENT) ? 4 : 0)
                + (has(flags, SEQUENCE_PRESENT) ? 4 : 0);
        if (has(flags, VERSION) || behindIp.length() < length) return Optional.empty();
        var in = Reader.of(behindIp.slice(4, length));
        if (has(flags, CHECKSUM_PRESENT)) in.i32("GRE checksum and reserved");
        Optional<GreKey> key = has(flags, KEY_PRESENT) ? Optional.of(new GreKey(in.i32("GRE key"))) : Optional.empty();
        return Optional.of(new IpPacket(source, destination, protocol, key, behindIp.slice(length, behindIp.length())));
    }

    private static boolean has(int flags, int bits) {
        return (flags & bits) != 0;
    }

    /// What stands behind the IP header, and what transport mode protects: for GRE with its header (RFC 2784 2, RFC
    /// 2890 2).
    Bytes behindIp() {
        if (protocol != Selector.GRE) return payload;
        var out = new Writer();
        out.u16(greKey.isPresent() ? KEY_PRESENT : 0);
        out.u16(PROTOCOL_TYPE);
        greKey.ifPresent(key -> out.i32(key.value()));
        return out.bytes(payload).toBytes();
    }

    /// The key as a flow has it: GRE without a key looks like key 0 (include/net/xfrm.h, `xfrm_flowi_sport`).
    GreKey flowKey() {
        return greKey.orElse(new GreKey(0));
    }

    boolean isOf(Selector selector) {
        return selector.source().contains(source)
                && selector.destination().contains(destination)
                && (selector.protocol() == 0 || selector.protocol() == protocol)
                && selector.greKey().map(flowKey()::equals).orElse(true);
    }
}
