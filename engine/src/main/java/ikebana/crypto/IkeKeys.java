package ikebana.crypto;

import ikebana.wire.Bytes;
import ikebana.wire.IkeSpi;
import ikebana.wire.Secret;
import java.util.List;

/// The seven secrets of an IKE SA (RFC 7296 2.14), named as there without their `SK_`: `d` makes child keys, `a`
/// authenticates, `e` encrypts, `p` goes into AUTH; `i` and `r` say whose messages.
///
/// @param ai and `ar`: empty for AEAD suites
public record IkeKeys(IkeSuite suite, Secret d, Secret ai, Secret ar, Secret ei, Secret er, Secret pi, Secret pr)
        implements AutoCloseable {

    /// The keys of a new IKE SA.
    ///
    /// @param shared what the key exchange came to
    public static IkeKeys derive(IkeSuite suite, Secret shared, Bytes nonceI, Bytes nonceR, IkeSpi spiI, IkeSpi spiR) {
        try (var nonces = Secret.owning(Bytes.concat(nonceI, nonceR).toArray());
                var skeyseed = suite.prf().apply(nonces, shared)) {
            return expand(suite, skeyseed, nonceI, nonceR, spiI, spiR);
        }
    }

    /// The keys of the same IKE SA after one more key exchange (RFC 9370 2.2.2): whoever breaks only one of the
    /// exchanges has none of these.
    ///
    /// @param shared what that key exchange came to
    public IkeKeys strengthened(Secret shared, Bytes nonceI, Bytes nonceR, IkeSpi spiI, IkeSpi spiR) {
        return successor(suite, shared, nonceI, nonceR, spiI, spiR);
    }

    /// The keys of the IKE SA that follows this one, RFC 7296 2.18: the seed is made with the old one's PRF, and
    /// expanded with the new one's.
    ///
    /// @param shared what the key exchange of the rekeying came to
    public IkeKeys successor(IkeSuite next, Secret shared, Bytes nonceI, Bytes nonceR, IkeSpi spiI, IkeSpi spiR) {
        return successor(next, shared, nonceI, nonceR, Secret.EMPTY, spiI, spiR);
    }

    /// The same after a rekeying of two key exchanges (RFC 9370 2.2.4).
    ///
    /// @param further what the second one came to; empty without one
    public IkeKeys successor(
            IkeSuite next, Secret shared, Bytes nonceI, Bytes nonceR, Secret further, IkeSpi spiI, IkeSpi spiR) {
        try (var seed = KeyStream.seed(shared, nonceI, nonceR, further);
                var skeyseed = suite.prf().apply(d, seed)) {
            return expand(next, skeyseed, nonceI, nonceR, spiI, spiR);
        }
    }

    /// With a preshared key that a quantum computer does not find (RFC 8784 3): it goes into what makes child keys and
    /// into what authenticates. What protects the messages stays the same, and is shared.
    public IkeKeys mixedWith(Secret ppk) {
        var prf = suite.prf();
        return new IkeKeys(
                suite,
                prf.plus(ppk, d, prf.length()),
                ai,
                ar,
                ei,
                er,
                prf.plus(ppk, pi, prf.length()),
                prf.plus(ppk, pr, prf.length()));
    }

    /// Of two that differ by [#mixedWith] the one that does not count is wiped, and what they share stays.
    public void closeUnshared() {
        List.of(d, pi, pr).forEach(Secret::close);
    }

    private static IkeKeys expand(
            IkeSuite suite, Secret skeyseed, Bytes nonceI, Bytes nonceR, IkeSpi spiI, IkeSpi spiR) {
        var prf = suite.prf();
        int authentication = suite.integrity().map(Integrity::keyLength).orElse(0);
        int encryption = suite.encryption().keyLength();
        var lengths = List.of(
                prf.length(), authentication, authentication, encryption, encryption, prf.length(), prf.length());
        try (var seed = Secret.owning(Bytes.concat(nonceI, nonceR, spiI.toBytes(), spiR.toBytes())
                        .toArray());
                var stream = prf.plus(
                        skeyseed,
                        seed,
                        lengths.stream().mapToInt(Integer::intValue).sum())) {
            var keys = KeyStream.cut(stream, lengths);
            return new IkeKeys(
                    suite, keys.get(0), keys.get(1), keys.get(2), keys.get(3), keys.get(4), keys.get(5), keys.get(6));
        }
    }

    /// What protects the messages of the one who began this IKE SA.
    public SkProtection fromInitiator() {
        return new SkProtection(suite.encryption(), suite.integrity(), ei, ai);
    }

    /// What protects the messages of the other one.
    public SkProtection fromResponder() {
        return new SkProtection(suite.encryption(), suite.integrity(), er, ar);
    }

    @Override
    public void close() {
        List.of(d, ai, ar, ei, er, pi, pr).forEach(Secret::close);
    }
}
