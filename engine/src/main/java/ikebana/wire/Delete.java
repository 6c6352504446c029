package ikebana.wire;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Delete payload, RFC 7296 3.11.
///
/// ```text
/// | protocol (1) | SPI size (1) | number of SPIs (2) | SPIs |
/// ```
///
/// @param spiSize 0 for the IKE SA that carries the message, 4 for ESP
public record Delete(int protocolId, int spiSize, List<Bytes> spis) implements Payload {
    /// More than any peer deletes at once; a bound on what one payload can make us keep.
    public static final int MOST_SPIS = 256;

    public Delete {
        spis = List.copyOf(spis);
        if (spis.size() > MOST_SPIS) throw new MalformedMessage("D: %d SPIs".formatted(spis.size()));
        if (spis.stream().anyMatch(spi -> spi.length() != spiSize)) {
            throw new MalformedMessage("D: an SPI has not %d bytes".formatted(spiSize));
        }
    }

    /// "This IKE SA".
    public static Delete ikeSa() {
        return new Delete(Proposal.IKE, 0, List.of());
    }

    /// The ESP SAs whose packets the sender receives.
    public static Delete esp(Spi... inbound) {
        return new Delete(Proposal.ESP, 4, Stream.of(inbound).map(Spi::toBytes).toList());
    }

    static Delete decode(Reader in) {
        int protocolId = in.u8("D: protocol");
        int spiSize = in.u8("D: SPI size");
        int count = in.u16("D: number of SPIs");
        if (count > MOST_SPIS) throw new MalformedMessage("D: %d SPIs".formatted(count));
        if (count > 0 && spiSize == 0) throw new MalformedMessage("D: %d SPIs of no bytes".formatted(count));
        var spis = new ArrayList<Bytes>();
        for (int i = 0; i < count; i++) spis.add(in.bytes(spiSize, "D: SPI"));
        return new Delete(protocolId, spiSize, spis);
    }

    @Override
    public void encodeBody(Writer out) {
        out.u8(protocolId).u8(spiSize).u16(spis.size());
        spis.forEach(out::bytes);
    }

    @Override
    public PayloadType type() {
        return PayloadType.Known.DELETE;
    }
}
