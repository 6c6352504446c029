package ikebana.wire;

import java.util.ArrayList;
import java.util.List;

/// One proposal, RFC 7296 3.3.1.
///
/// ```text
/// | last or more (1) | reserved (1) | length (2) |
/// | number (1) | protocol (1) | SPI size (1) | transforms (1) | SPI | transforms |
/// ```
public record Proposal(int number, int protocolId, Bytes spi, List<Transform> transforms) {
    public static final int IKE = 1;
    public static final int AH = 2;
    public static final int ESP = 3;

    static final int LAST = 0;
    static final int MORE = 2;

    public Proposal {
        transforms = List.copyOf(transforms);
    }

    static Proposal decode(Reader in) {
        int number = in.u8("proposal: number");
        int protocolId = in.u8("proposal: protocol");
        int spiSize = in.u8("proposal: SPI size");
        int count = in.u8("proposal: transforms");
        var spi = in.bytes(spiSize, "proposal: SPI");
        var transforms = new ArrayList<Transform>();
        for (int i = 0; i < count; i++) {
            int last = in.u8("transform: last");
            if (last != (i == count - 1 ? Transform.LAST : Transform.MORE)) {
                throw new MalformedMessage("transform %d of %d says %d".formatted(i + 1, count, last));
            }
            in.u8("transform: reserved"); // must be ignored on receipt
            transforms.add(Transform.decode(in.sub(in.u16("transform: length") - 4, "transform")));
        }
        in.expectEnd("proposal");
        return new Proposal(number, protocolId, spi, transforms);
    }

    void encode(Writer out) {
        out.u8(number).u8(protocolId).u8(spi.length()).u8(transforms.size()).bytes(spi);
        for (int i = 0; i < transforms.size(); i++) {
            var transform = transforms.get(i);
            out.u8(i == transforms.size() - 1 ? Transform.LAST : Transform.MORE).u8(0);
            out.lengthPrefixed16(2, () -> transform.encode(out));
        }
    }
}
