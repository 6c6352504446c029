package ikebana.wire;

import java.nio.ByteBuffer;

/// Writes big-endian fields, and back-fills lengths so that no caller computes one by hand.
public final class Writer {
    private ByteBuffer bytes = ByteBuffer.allocate(256);

    public Writer u8(int value) {
        room(1).put((byte) value);
        return this;
    }

    public Writer u16(int value) {
        room(2).putShort((short) value);
        return this;
    }

    public Writer u24(int value) {
        room(3).put((byte) (value >>> 16)).putShort((short) value);
        return this;
    }

    public Writer i32(int value) {
        room(4).putInt(value);
        return this;
    }

    public Writer i64(long value) {
        room(8).putLong(value);
        return this;
    }

    public Writer bytes(Bytes value) {
        room(value.length()).put(value.asBuffer());
        return this;
    }

    /// Reserves a 16-bit length, runs `body`, then writes how long the structure became,
    /// counting `already` bytes that stand before the length field.
    ///
    /// @throws IllegalStateException when the structure is longer than 16 bits can say
    public Writer lengthPrefixed16(int already, Runnable body) {
        int at = bytes.position();
        u16(0);
        body.run();
        int length = bytes.position() - at + already;
        if (length > 0xffff) throw new IllegalStateException("a structure of %d bytes".formatted(length));
        bytes.putShort(at, (short) length);
        return this;
    }

    public int length() {
        return bytes.position();
    }

    public Bytes toBytes() {
        return Bytes.of(bytes.duplicate().flip());
    }

    private ByteBuffer room(int length) {
        if (bytes.remaining() < length) {
            bytes = ByteBuffer.allocate(Math.max(bytes.capacity() * 2, bytes.position() + length))
                    .put(bytes.flip());
        }
        return bytes;
    }
}
