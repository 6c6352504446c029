package ikebana.wire;

/// The SPI of an ESP SA: 32 bits in network order. 0 means "none"; 1 to 255 are reserved (RFC 4303 2.1).
public record Spi(int value) {
    public static final Spi NONE = new Spi(0);

    /// Whether an ESP SA may have this SPI.
    public boolean isUsable() {
        return Integer.compareUnsigned(value, 255) > 0;
    }

    public static Spi of(Bytes four) {
        if (four.length() != 4) throw new MalformedMessage("ESP SPI: %d bytes, not 4".formatted(four.length()));
        return new Spi(four.asBuffer().getInt());
    }

    public Bytes toBytes() {
        return Bytes.of((byte) (value >>> 24), (byte) (value >>> 16), (byte) (value >>> 8), (byte) value);
    }

    @Override
    public String toString() {
        return "%08x".formatted(value);
    }
}
