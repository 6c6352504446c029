package ikebana.wire;

import java.util.Arrays;

/// What an encrypted payload hides: a chain of payloads. The first byte is the type of the first.
public final class PayloadChainFuzz {
    private PayloadChainFuzz() {}

    /// Fails only by throwing: when the decoder does, or when what it read is written as something that reads
    /// otherwise.
    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length == 0) return;
        int first = Byte.toUnsignedInt(input[0]);
        var chain = Bytes.of(Arrays.copyOfRange(input, 1, input.length));
        if (!(Message.decodeChain(first, chain) instanceof Message.Chain.Whole(var payloads))) return;
        Message.unsupportedCritical(payloads);
        var again = Message.decodeChain(Message.firstType(payloads), Message.encodeChain(payloads));
        if (!again.equals(new Message.Chain.Whole(payloads))
                || payloads.toString().isEmpty()) {
            throw new IllegalStateException("%s is read again as %s".formatted(payloads, again));
        }
    }
}
