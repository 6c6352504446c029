package ikebana.crypto;

import ikebana.wire.Bytes;
import ikebana.wire.Secret;
import java.util.Optional;

/// A key exchange method (RFC 7296 3.3.2, "Diffie-Hellman group"): RFC 3526, 5903 and 8031.
public enum KeyExchangeMethod {
    CURVE25519("x25519", 31, 32, new Group.Curve25519()),
    ECP_256("ecp256", 19, 64, new Group.Ecp("secp256r1")),
    ECP_384("ecp384", 20, 96, new Group.Ecp("secp384r1")),
    ECP_521("ecp521", 21, 132, new Group.Ecp("secp521r1")),
    MODP_2048("modp2048", 14, 256, new Group.Modp(2048, 256)),
    MODP_3072("modp3072", 15, 384, new Group.Modp(3072, 288)),
    MODP_4096("modp4096", 16, 512, new Group.Modp(4096, 336));

    private final String keyword;
    private final int transformId;
    private final int publicLength;
    private final Group group;

    KeyExchangeMethod(String keyword, int transformId, int publicLength, Group group) {
        this.keyword = keyword;
        this.transformId = transformId;
        this.publicLength = publicLength;
        this.group = group;
    }

    /// Its name in strongSwan's proposal notation.
    public String keyword() {
        return keyword;
    }

    public int transformId() {
        return transformId;
    }

    /// Bytes of key exchange data, exactly.
    public int publicLength() {
        return publicLength;
    }

    /// A key pair for one exchange.
    public KeyPair generate(Entropy entropy) {
        return group.generate(entropy);
    }

    /// The shared secret; empty when the peer's value is refused: wrong length, off the curve, 0, 1, p-1 and above, or
    /// one that would make an all-zero X25519 result.
    public Optional<Secret> agree(KeyPair ours, Bytes theirPublic) {
        return group.agree(ours.privateValue(), theirPublic);
    }
}
