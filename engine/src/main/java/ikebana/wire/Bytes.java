package ikebana.wire;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;

/// An immutable run of public bytes with value equality; `byte[]` inside a record has neither.
///
/// Ordering is unsigned and lexicographic, as RFC 7296 2.8.1 compares nonces.
public final class Bytes implements Comparable<Bytes> {
    public static final Bytes EMPTY = new Bytes(new byte[0]);

    private final byte[] value;

    private Bytes(byte[] value) {
        this.value = value;
    }

    /// A copy of `value`.
    public static Bytes of(byte... value) {
        return value.length == 0 ? EMPTY : new Bytes(value.clone());
    }

    /// The bytes that a string of hexadecimal digits stands for; white space is ignored.
    public static Bytes ofHex(String hex) {
        return new Bytes(HexFormat.of().parseHex(hex.replaceAll("\\s", "")));
    }

    /// A copy of what remains in `buffer`, whose position does not move.
    public static Bytes of(ByteBuffer buffer) {
        var copy = new byte[buffer.remaining()];
        buffer.get(buffer.position(), copy);
        return new Bytes(copy);
    }

    public static Bytes concat(Bytes... parts) {
        int length = 0;
        for (var part : parts) length += part.value.length;
        var whole = new byte[length];
        int at = 0;
        for (var part : parts) {
            System.arraycopy(part.value, 0, whole, at, part.value.length);
            at += part.value.length;
        }
        return new Bytes(whole);
    }

    public int length() {
        return value.length;
    }

    public boolean isEmpty() {
        return value.length == 0;
    }

    /// The byte at `index`, as 0 to 255.
    public int at(int index) {
        return Byte.toUnsignedInt(value[index]);
    }

    /// The bytes from `from` up to, and without, `to`.
    public Bytes slice(int from, int to) {
        if (from < 0 || to > value.length || from > to) {
            throw new IndexOutOfBoundsException("slice %d..%d of %d bytes".formatted(from, to, value.length));
        }
        return new Bytes(Arrays.copyOfRange(value, from, to));
    }

    public byte[] toArray() {
        return value.clone();
    }

    /// A read-only view, without a copy.
    public ByteBuffer asBuffer() {
        return ByteBuffer.wrap(value).asReadOnlyBuffer();
    }

    @Override
    public int compareTo(Bytes other) {
        return Arrays.compareUnsigned(value, other.value);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Bytes that && Arrays.equals(value, that.value);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(value);
    }

    @Override
    public String toString() {
        return HexFormat.of().formatHex(value);
    }
}
