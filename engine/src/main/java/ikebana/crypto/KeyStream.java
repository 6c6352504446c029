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

    /// `g^ir | Ni | Nr` of RFC 7296 2.17 and 2.18.
    ///
    /// @param shared what a fresh key exchange came to; empty without one
    static Secret seed(Secret shared, Bytes nonceI, Bytes nonceR) {
        var exposed = shared.expose();
        var nonces = Bytes.concat(nonceI, nonceR).toArray();
        var seed = Arrays.copyOf(exposed, exposed.length + nonces.length);
        System.arraycopy(nonces, 0, seed, exposed.length, nonces.length);
        Arrays.fill(exposed, (byte) 0);
        return Secret.owning(seed);
    }
}
