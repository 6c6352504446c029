package ikebana.wire;

import java.nio.ByteBuffer;

/// Reads big-endian fields. Every read names the field it wants, so a truncated packet produces an error that a person
/// can act on. No read can leave the reader's own bounds.
public final class Reader {
    private final ByteBuffer bytes;

    private Reader(ByteBuffer bytes) {
        this.bytes = bytes;
    }

    public static Reader of(Bytes bytes) {
        return new Reader(bytes.asBuffer());
    }

    public int u8(String field) {
        need(1, field);
        return Byte.toUnsignedInt(bytes.get());
    }

    public int u16(String field) {
        need(2, field);
        return Short.toUnsignedInt(bytes.getShort());
    }

    /// Three bytes, as 0 to 2^24 - 1.
    public int u24(String field) {
        need(3, field);
        return Byte.toUnsignedInt(bytes.get()) << 16 | Short.toUnsignedInt(bytes.getShort());
    }

    /// Four bytes, as they are: the sign bit is the highest bit.
    public int i32(String field) {
        need(4, field);
        return bytes.getInt();
    }

    public long u32(String field) {
        return Integer.toUnsignedLong(i32(field));
    }

    /// Eight bytes, as they are.
    public long i64(String field) {
        need(8, field);
        return bytes.getLong();
    }

    public Bytes bytes(int length, String field) {
        need(length, field);
        var slice = Bytes.of(bytes.slice(bytes.position(), length));
        bytes.position(bytes.position() + length);
        return slice;
    }

    /// A reader confined to the next `length` bytes; this reader moves past them.
    public Reader sub(int length, String field) {
        need(length, field);
        var child = new Reader(bytes.slice(bytes.position(), length));
        bytes.position(bytes.position() + length);
        return child;
    }

    public Bytes rest() {
        return bytes(bytes.remaining(), "rest");
    }

    public int remaining() {
        return bytes.remaining();
    }

    /// Call when a structure is complete: bytes left over mean that we misread it.
    public void expectEnd(String structure) {
        if (bytes.hasRemaining()) {
            throw new MalformedMessage("%s: %d trailing bytes".formatted(structure, bytes.remaining()));
        }
    }

    private void need(int length, String field) {
        if (length < 0 || length > bytes.remaining()) {
            throw new MalformedMessage("%s: need %d bytes, have %d".formatted(field, length, bytes.remaining()));
        }
    }
}
