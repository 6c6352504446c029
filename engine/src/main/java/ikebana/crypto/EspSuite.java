package ikebana.crypto;

import java.util.Optional;

/// What protects one pair of ESP SAs.
///
/// @param integrity empty for AEAD encryption, and only then
/// @param extendedSequenceNumbers 64-bit sequence numbers, RFC 4303 2.2.1
public record EspSuite(Encryption encryption, Optional<Integrity> integrity, boolean extendedSequenceNumbers) {
    public EspSuite {
        if (encryption.isAead() == integrity.isPresent()) {
            throw new IllegalArgumentException("%s with integrity %s".formatted(encryption, integrity));
        }
    }

    @Override
    public String toString() {
        return encryption.keyword()
                + integrity.map(algorithm -> "-" + algorithm.keyword()).orElse("")
                + (extendedSequenceNumbers ? "-esn" : "");
    }
}
