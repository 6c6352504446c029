package ikebana.crypto;

import ikebana.wire.Bytes;
import ikebana.wire.Writer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// The hashes that both ends announce in SIGNATURE_HASH_ALGORITHMS (RFC 7427 4, RFC 8420 2). SHA-1 is number 1 of
/// IANA's list, and not among ours: RFC 8247 3.2.1 forbids it there.
public enum SignatureHash {
    SHA2_256(2, 32),
    SHA2_384(3, 48),
    SHA2_512(4, 64),

    /// No hash in front of the signature, which is how Ed25519 is used.
    IDENTITY(5, 0);

    private final int number;
    private final int length;

    SignatureHash(int number, int length) {
        this.number = number;
        this.length = length;
    }

    /// In bytes.
    int length() {
        return length;
    }

    /// As the JCA names it, without its hyphen: `SHA256`.
    String jcaWord() {
        return "SHA" + 8 * length;
    }

    /// What we announce.
    public static Bytes announcement() {
        var out = new Writer();
        for (var hash : values()) out.u16(hash.number);
        return out.toBytes();
    }

    /// Those of an announcement that we know too, in its order; a byte too many at its end does not count.
    public static List<SignatureHash> announced(Bytes notification) {
        return IntStream.range(0, notification.length() / 2)
                .map(index -> notification.at(2 * index) << 8 | notification.at(2 * index + 1))
                .mapToObj(SignatureHash::of)
                .flatMap(Optional::stream)
                .distinct()
                .toList();
    }

    private static Optional<SignatureHash> of(int number) {
        return Arrays.stream(values()).filter(hash -> hash.number == number).findAny();
    }
}
