package ikebana.crypto;

import java.util.Optional;

/// What protects one IKE SA.
///
/// @param integrity empty for AEAD encryption, and only then
/// @param additional a second key exchange, made in IKE_INTERMEDIATE or IKE_FOLLOWUP_KE (RFC 9370): the keys hold as
///     long as one of the two does
public record IkeSuite(
        Encryption encryption,
        Optional<Integrity> integrity,
        Prf prf,
        KeyExchangeMethod keyExchange,
        Optional<KeyExchangeMethod> additional) {
    public IkeSuite {
        if (encryption.isAead() == integrity.isPresent()) {
            throw new IllegalArgumentException("%s with integrity %s".formatted(encryption, integrity));
        }
    }

    /// With one key exchange.
    public IkeSuite(Encryption encryption, Optional<Integrity> integrity, Prf prf, KeyExchangeMethod keyExchange) {
        this(encryption, integrity, prf, keyExchange, Optional.empty());
    }

    @Override
    public String toString() {
        return encryption.keyword()
                + integrity.map(algorithm -> "-" + algorithm.keyword()).orElse("")
                + "-" + prf.keyword() + "-" + keyExchange.keyword()
                + additional.map(method -> "-ke1_" + method.keyword()).orElse("");
    }
}
