package ikebana.crypto;

import ikebana.wire.Secret;
import java.util.ArrayList;
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
}
