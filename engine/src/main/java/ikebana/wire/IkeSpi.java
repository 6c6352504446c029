package ikebana.wire;

import java.nio.ByteBuffer;

/// The SPI of an IKE SA: eight bytes that each side chooses; 0 means "not known yet" (RFC 7296 2.6).
public record IkeSpi(long value) {
    public static final IkeSpi NONE = new IkeSpi(0);

    public boolean isNone() {
        return value == 0;
    }

    public Bytes toBytes() {
        return Bytes.of(ByteBuffer.allocate(8).putLong(0, value).array());
    }

    @Override
    public String toString() {
        return "%016x".formatted(value);
    }
}
