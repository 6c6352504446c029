package ikebana.wire;

/// A whole IKE datagram.
public final class IkeMessageFuzz {
    private IkeMessageFuzz() {}

    /// Fails only by throwing: when the decoder does, or when what it read is written as something that reads
    /// otherwise.
    public static void fuzzerTestOneInput(byte[] datagram) {
        if (!(Message.decode(Bytes.of(datagram)) instanceof Message.Decoded.Whole(var message))) return;
        var again = Message.decode(message.encode());
        if (!(again instanceof Message.Decoded.Whole(var same)
                && same.payloads().equals(message.payloads())
                && same.header().messageId().equals(message.header().messageId()))) {
            throw new IllegalStateException("%s is read again as %s".formatted(message, again));
        }
    }
}
