package ikebana.netlink.codec;

import ikebana.wire.Bytes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// Writes C structs: native byte order, except where a field says big-endian.
public final class NativeWriter {
    /// Longer than any message of ours.
    private static final int CAPACITY = 4096;

    private final ByteBuffer bytes = ByteBuffer.allocate(CAPACITY).order(ByteOrder.nativeOrder());

    public NativeWriter u8(int value) {
        bytes.put((byte) value);
        return this;
    }

    public NativeWriter u16(int value) {
        bytes.putShort((short) value);
        return this;
    }

    public NativeWriter u32(int value) {
        bytes.putInt(value);
        return this;
    }

    public NativeWriter u64(long value) {
        bytes.putLong(value);
        return this;
    }

    /// `__be16`
    public NativeWriter be16(int value) {
        bytes.put((byte) (value >>> 8)).put((byte) value);
        return this;
    }

    /// `__be32`
    public NativeWriter be32(int value) {
        return be16(value >>> 16).be16(value);
    }

    public NativeWriter bytes(Bytes value) {
        bytes.put(value.asBuffer());
        return this;
    }

    public NativeWriter bytes(byte[] value) {
        bytes.put(value);
        return this;
    }

    public NativeWriter zeros(int count) {
        for (int i = 0; i < count; i++) bytes.put((byte) 0);
        return this;
    }

    /// Zeros up to the next multiple of `alignment`.
    public NativeWriter align(int alignment) {
        return zeros(Math.floorMod(-bytes.position(), alignment));
    }

    public int length() {
        return bytes.position();
    }

    NativeWriter patch16(int at, int value) {
        bytes.putShort(at, (short) value);
        return this;
    }

    NativeWriter patch32(int at, int value) {
        bytes.putInt(at, value);
        return this;
    }

    public Bytes toBytes() {
        return Bytes.of(bytes.duplicate().flip());
    }
}
