package ikebana.netlink.codec;

import ikebana.wire.Bytes;
import ikebana.wire.Secret;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Writes the fields of a C structure, the mirror of [NativeReader]. What it wrote may be keys: it wipes every array it
/// leaves behind, and hands the result out once, as a [Secret].
public final class NativeWriter {
    private byte[] array = new byte[512];
    private ByteBuffer bytes = ByteBuffer.wrap(array).order(ByteOrder.nativeOrder());

    public NativeWriter u8(int value) {
        room(1).put((byte) value);
        return this;
    }

    public NativeWriter u16(int value) {
        room(2).putShort((short) value);
        return this;
    }

    public NativeWriter be16(int value) {
        room(2).put((byte) (value >>> 8)).put((byte) value);
        return this;
    }

    public NativeWriter i32(int value) {
        room(4).putInt(value);
        return this;
    }

    public NativeWriter be32(int value) {
        return be16(value >>> 16).be16(value);
    }

    public NativeWriter i64(long value) {
        room(8).putLong(value);
        return this;
    }

    public NativeWriter bytes(Bytes value) {
        room(value.length()).put(value.asBuffer());
        return this;
    }

    public NativeWriter secret(Secret value) {
        var exposed = value.expose();
        room(exposed.length).put(exposed);
        Arrays.fill(exposed, (byte) 0);
        return this;
    }

    /// A `char[length]`, filled up with NUL.
    public NativeWriter text(String value, int length) {
        var encoded = value.getBytes(StandardCharsets.ISO_8859_1);
        if (encoded.length > length) throw new IllegalArgumentException("'%s' in %d bytes".formatted(value, length));
        room(length).put(encoded);
        return zeros(length - encoded.length);
    }

    public NativeWriter zeros(int count) {
        room(count);
        for (int i = 0; i < count; i++) bytes.put((byte) 0);
        return this;
    }

    public NativeWriter align() {
        return zeros(-bytes.position() & 3);
    }

    /// A length of two bytes that counts itself, a type, `body`, and the padding that the length does not count:
    /// `struct nlattr`.
    public NativeWriter attribute(int type, Runnable body) {
        int at = bytes.position();
        u16(0).u16(type);
        body.run();
        int length = bytes.position() - at;
        if (length > 0xffff) throw new IllegalStateException("a netlink attribute of %d bytes".formatted(length));
        bytes.putShort(at, (short) length);
        return align();
    }

    /// Everything written; this writer is empty afterwards.
    public Secret toSecret() {
        var whole = Arrays.copyOf(array, bytes.position());
        Arrays.fill(array, (byte) 0);
        bytes.clear();
        return Secret.owning(whole);
    }

    private ByteBuffer room(int length) {
        if (bytes.remaining() < length) {
            var larger = Arrays.copyOf(array, Math.max(array.length * 2, bytes.position() + length));
            Arrays.fill(array, (byte) 0);
            array = larger;
            bytes = ByteBuffer.wrap(larger).order(ByteOrder.nativeOrder()).position(bytes.position());
        }
        return bytes;
    }
}
