package ikebana.wire;

import java.security.MessageDigest;
import java.util.Arrays;

/// Key material. It never prints itself, compares in constant time, and can be wiped.
///
/// After [#close] the value is all zeros. Whoever has made one for a moment closes it; those of an IKE or ESP SA are
/// shared by its states, and are the collector's.
public final class Secret implements AutoCloseable {
    public static final Secret EMPTY = new Secret(new byte[0]);

    private final byte[] value;

    private Secret(byte[] value) {
        this.value = value;
    }

    /// A secret with a copy of `value`; wipe the original when it is no longer needed.
    public static Secret copyOf(byte[] value) {
        return new Secret(value.clone());
    }

    /// A secret that owns `value`: the caller must not keep it.
    public static Secret owning(byte[] value) {
        return new Secret(value);
    }

    /// A copy of the value, for the one call that needs it. Wipe it afterwards.
    public byte[] expose() {
        return value.clone();
    }

    public int length() {
        return value.length;
    }

    public boolean isEmpty() {
        return value.length == 0;
    }

    /// A secret of its own, with the bytes from `from` up to, and without, `to`.
    public Secret slice(int from, int to) {
        return new Secret(Arrays.copyOfRange(value, from, to));
    }

    @Override
    public void close() {
        Arrays.fill(value, (byte) 0);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Secret that && MessageDigest.isEqual(value, that.value);
    }

    /// The same for all: a hash would be a fact about the key.
    @Override
    public int hashCode() {
        return Secret.class.hashCode();
    }

    @Override
    public String toString() {
        return "Secret[%d bytes]".formatted(value.length);
    }
}
