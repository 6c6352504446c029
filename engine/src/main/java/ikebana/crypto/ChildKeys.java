package ikebana.crypto;

import ikebana.wire.Bytes;
import ikebana.wire.Secret;
import java.util.List;
import java.util.Optional;

/// The keys of a pair of ESP SAs. "Initiator" is who began the exchange that made the pair, which after a
/// rekey need not be who began the IKE SA.
///
/// @param initiatorEncryption what the initiator sends with; for AEAD with the salt behind it
/// @param initiatorIntegrity empty for AEAD suites, as is `responderIntegrity`
public record ChildKeys(
        Secret initiatorEncryption, Secret initiatorIntegrity, Secret responderEncryption, Secret responderIntegrity)
        implements AutoCloseable {

    /// RFC 7296 2.17: the initiator's direction first, and in each direction encryption before integrity.
    ///
    /// @param prf the one of the IKE SA, and `d` its SK_d
    /// @param freshShared the result of the key exchange in CREATE_CHILD_SA, where there was one
    public static ChildKeys derive(
            Prf prf, Secret d, Optional<Secret> freshShared, Bytes nonceI, Bytes nonceR, EspSuite suite) {
        return derive(prf, d, freshShared, nonceI, nonceR, Optional.empty(), suite);
    }

    /// The same with a second key exchange (RFC 9370 2.2.4).
    ///
    /// @param further the result of the one in IKE_FOLLOWUP_KE, where there was one
    public static ChildKeys derive(
            Prf prf,
            Secret d,
            Optional<Secret> freshShared,
            Bytes nonceI,
            Bytes nonceR,
            Optional<Secret> further,
            EspSuite suite) {
        int encryption = suite.encryption().keyLength();
        int integrity = suite.integrity().map(Integrity::keyLength).orElse(0);
        try (var seed = KeyStream.seed(freshShared.orElse(Secret.EMPTY), nonceI, nonceR, further.orElse(Secret.EMPTY));
                var stream = prf.plus(d, seed, 2 * (encryption + integrity))) {
            var keys = KeyStream.cut(stream, List.of(encryption, integrity, encryption, integrity));
            return new ChildKeys(keys.get(0), keys.get(1), keys.get(2), keys.get(3));
        }
    }

    @Override
    public void close() {
        List.of(initiatorEncryption, initiatorIntegrity, responderEncryption, responderIntegrity)
                .forEach(Secret::close);
    }
}
