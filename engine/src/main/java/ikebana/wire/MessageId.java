package ikebana.wire;

/// The number that ties a response to its request (RFC 7296 2.2): 32 bits without sign, from 0, for each direction
/// apart.
public record MessageId(int value) {
    public static final MessageId ZERO = new MessageId(0);
    public static final MessageId ONE = new MessageId(1);

    public MessageId next() {
        return new MessageId(value + 1);
    }

    @Override
    public String toString() {
        return Integer.toUnsignedString(value);
    }
}
