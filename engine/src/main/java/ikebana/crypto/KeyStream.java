package ikebana.crypto;

import ikebana.wire.Bytes;
import ikebana.wire.Secret;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Keying material is one stream, and keys are taken from it in a fixed order (RFC 7296 2.13, 2.14, 2.17).
final class KeyStream {
    private KeyStream() {}

    static List<Secret> cut(Secret stream, List<Integer> lengths) {
        var keys = new ArrayList<Secret>(lengths.size());
        int from = 0;
        for (int length : lengths) {
            keys.add(stream.slice(from, from + length));
            from += length;
        }
        return keys;
    }

    /// `SK(0) | Ni | Nr | SK(1)` of RFC 9370 2.2.4, which without a second key exchange is `g^ir | Ni | Nr` of RFC 7296
    /// 2.17 and 2.18.
    ///
    /// @param shared what a fresh key exchange came to; empty without one
    /// @param further what a second one came to; empty without one
    static Secret seed(Secret shared, Bytes nonceI, Bytes nonceR, Secret further) {
        var first = shared.expose();
        var nonces = Bytes.concat(nonceI, nonceR).toArray();
        var second = further.expose();
        var seed = Arrays.copyOf(first, first.length + nonces.length + second.length);
        System.arraycopy(nonces, 0, seed, first.length, nonces.length);
        System.arraycopy(second, 0, seed, first.length + nonces.length, second.length);
        Arrays.fill(first, (byte) 0);
        Arrays.fill(second, (byte) 0);
        return Secret.owning(seed);
    }
}
