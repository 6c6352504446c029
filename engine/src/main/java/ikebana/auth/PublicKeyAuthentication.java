package ikebana.auth;

import ikebana.crypto.PublicKeys;
import ikebana.crypto.Signatures;
import ikebana.wire.Secret;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.util.List;
import java.util.Optional;

/// How the peers of one profile and we prove ourselves with keys alone (RFC 7670): whose key is whose, an operator
/// says.
public record PublicKeyAuthentication(Own own, List<Peer> peers, Signatures.Choice choice) {

    public PublicKeyAuthentication {
        peers = List.copyOf(peers);
    }

    /// An identity may have several, while it changes its key.
    public record Peer(Identity identity, PublicKey key) {
        /// @throws IllegalArgumentException with a sentence
        public Peer {
            require(key);
        }
    }

    List<PublicKey> keysOf(Identity identity) {
        var pattern = new IdentityPattern.Exactly(identity);
        return peers.stream()
                .filter(peer -> pattern.matches(peer.identity()))
                .map(Peer::key)
                .toList();
    }

    private static void require(PublicKey key) {
        Signatures.weakness(key).ifPresent(why -> {
            throw new IllegalArgumentException("has a key that is refused: " + why);
        });
    }

    /// Our own key; nothing here hands it out.
    public static final class Own {
        private final PrivateKey privateKey;
        private final PublicKey publicKey;

        private Own(PrivateKey privateKey, PublicKey publicKey) {
            this.privateKey = privateKey;
            this.publicKey = publicKey;
        }

        /// @throws IllegalArgumentException with a sentence
        public static Own of(KeyFile file, Optional<Secret> passphrase) {
            return of(file.privateKey(passphrase));
        }

        public static Own of(PrivateKey privateKey) {
            var publicKey = PublicKeys.publicHalf(privateKey);
            require(publicKey);
            return new Own(privateKey, publicKey);
        }

        PrivateKey privateKey() {
            return privateKey;
        }

        PublicKey publicKey() {
            return publicKey;
        }

        @Override
        public String toString() {
            return "a key, " + PublicKeys.describe(publicKey);
        }
    }
}
