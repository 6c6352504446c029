package ikebana.netlink.codec;

import ikebana.wire.Bytes;
import ikebana.wire.Secret;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// Reads the fields of a C structure: numbers in the machine's byte order, and those that the kernel declares `__be16`
/// or `__be32` in network order. Every read names its field, and none can leave the reader's own bounds.
public final class NativeReader {
    private final ByteBuffer bytes;

    private NativeReader(ByteBuffer bytes) {
        this.bytes = bytes.order(ByteOrder.nativeOrder());
    }

    public static NativeReader of(Bytes bytes) {
        return new NativeReader(bytes.asBuffer());
    }

    /// Reads a payload that may hold keys; the copy that this takes is the collector's to remove.
    public static NativeReader of(Secret payload) {
        return new NativeReader(ByteBuffer.wrap(payload.expose()));
    }

    public int u8(String field) {
        need(1, field);
        return Byte.toUnsignedInt(bytes.get());
    }

    public int u16(String field) {
        need(2, field);
        return Short.toUnsignedInt(bytes.getShort());
    }

    public int be16(String field) {
        need(2, field);
        int high = Byte.toUnsignedInt(bytes.get());
        return high << 8 | Byte.toUnsignedInt(bytes.get());
    }

    /// Four bytes, as they are: the sign bit is the highest bit.
    public int i32(String field) {
        need(4, field);
        return bytes.getInt();
    }

    public int be32(String field) {
        int high = be16(field);
        return high << 16 | be16(field);
    }

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

    public Secret secret(int length, String field) {
        need(length, field);
        var value = new byte[length];
        bytes.get(value);
        return Secret.owning(value);
    }

    /// A `char[length]` that ends at its first NUL.
    public String text(int length, String field) {
        need(length, field);
        var value = new byte[length];
        bytes.get(value);
        int end = 0;
        while (end < length && value[end] != 0) end++;
        return new String(value, 0, end, StandardCharsets.ISO_8859_1);
    }

    /// Moves past the padding that a C compiler puts between fields; its value means nothing.
    public void skip(int length, String field) {
        need(length, field);
        bytes.position(bytes.position() + length);
    }

    /// Moves past the padding up to the next multiple of four, or to the end: the last structure may go unpadded.
    public void align() {
        bytes.position(Math.min(bytes.limit(), (bytes.position() + 3) & ~3));
    }

    /// A reader confined to the next `length` bytes; this reader moves past them.
    public NativeReader sub(int length, String field) {
        need(length, field);
        var child = new NativeReader(bytes.slice(bytes.position(), length));
        bytes.position(bytes.position() + length);
        return child;
    }

    public Bytes rest() {
        return bytes(bytes.remaining(), "rest");
    }

    public int remaining() {
        return bytes.remaining();
    }

    private void need(int length, String field) {
        if (length < 0 || length > bytes.remaining()) {
            throw new MalformedNetlink("%s: need %d bytes, have %d".formatted(field, length, bytes.remaining()));
        }
    }
}
