package ikebana.netlink.codec;

import ikebana.wire.Bytes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// Reads C structs; no read can leave the reader's bounds.
public final class NativeReader {
    private final ByteBuffer bytes;

    private NativeReader(ByteBuffer bytes) {
        this.bytes = bytes.order(ByteOrder.nativeOrder());
    }

    public static NativeReader of(Bytes bytes) {
        return new NativeReader(bytes.asBuffer());
    }

    public int u8() {
        need(1);
        return Byte.toUnsignedInt(bytes.get());
    }

    public int u16() {
        need(2);
        return Short.toUnsignedInt(bytes.getShort());
    }

    public int u32() {
        need(4);
        return bytes.getInt();
    }

    public long u64() {
        need(8);
        return bytes.getLong();
    }

    /// `__be16`
    public int be16() {
        return u8() << 8 | u8();
    }

    /// `__be32`
    public int be32() {
        return be16() << 16 | be16();
    }

    public Bytes bytes(int count) {
        need(count);
        var taken = Bytes.of(bytes.slice(bytes.position(), count));
        bytes.position(bytes.position() + count);
        return taken;
    }

    public NativeReader skip(int count) {
        need(count);
        bytes.position(bytes.position() + count);
        return this;
    }

    /// Up to the next multiple of `alignment`, or to the end.
    public void align(int alignment) {
        bytes.position(Math.min(bytes.limit(), Math.ceilDiv(bytes.position(), alignment) * alignment));
    }

    public int remaining() {
        return bytes.remaining();
    }

    public Bytes rest() {
        return bytes(bytes.remaining());
    }

    private void need(int count) {
        if (count < 0 || count > bytes.remaining()) throw new MalformedNetlink(count, bytes.remaining());
    }
}
