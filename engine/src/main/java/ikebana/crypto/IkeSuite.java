package ikebana.crypto;

import java.util.Optional;

/// What protects one IKE SA.
///
/// @param integrity empty for AEAD encryption, and only then
public record IkeSuite(Encryption encryption, Optional<Integrity> integrity, Prf prf, KeyExchangeMethod keyExchange) {
    public IkeSuite {
        if (encryption.isAead() == integrity.isPresent()) {
            throw new IllegalArgumentException("%s with integrity %s".formatted(encryption, integrity));
        }
    }

    @Override
    public String toString() {
        return encryption.keyword()
                + integrity.map(algorithm -> "-" + algorithm.keyword()).orElse("")
                + "-" + prf.keyword() + "-" + keyExchange.keyword();
    }
}
