package ikebana.wire;

import java.util.Arrays;

/// One payload of any type, without its generic header. The first byte is the type, the second the next one's.
public final class PayloadFuzz {
    private PayloadFuzz() {}

    /// Fails only by throwing: when the decoder does, or when what it read is written as something that reads
    /// otherwise.
    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length < 2) return;
        int type = Byte.toUnsignedInt(input[0]);
        int next = Byte.toUnsignedInt(input[1]);
        try {
            var body = Reader.of(Bytes.of(Arrays.copyOfRange(input, 2, input.length)));
            var payload = Payload.decode(PayloadType.of(type), next, false, body);
            var out = new Writer();
            payload.encodeBody(out);
            var again = Payload.decode(PayloadType.of(type), next, false, Reader.of(out.toBytes()));
            if (!again.equals(payload) || payload.toString().isEmpty()) {
                throw new IllegalStateException("%s is read again as %s".formatted(payload, again));
            }
        } catch (MalformedMessage foreseen) {
            // a sentence, which is what a decoder owes to a bad payload
        }
    }
}
