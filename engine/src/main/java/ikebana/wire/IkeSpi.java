package ikebana.wire;

import java.nio.ByteBuffer;

/// The SPI of an IKE SA: eight bytes that each side chooses; 0 means "not known yet" (RFC 7296 2.6).
public record IkeSpi(long value) {
    public static final IkeSpi NONE = new IkeSpi(0);

    /// In bytes.
    public static final int LENGTH = Long.BYTES;

    /// @param bytes eight of them
    public static IkeSpi of(Bytes bytes) {
        return new IkeSpi(ByteBuffer.wrap(bytes.toArray()).getLong());
    }

    public boolean isNone() {
        return value == 0;
    }

    public Bytes toBytes() {
        return Bytes.of(ByteBuffer.allocate(LENGTH).putLong(0, value).array());
    }

    @Override
    public String toString() {
        return "%016x".formatted(value);
    }
}
