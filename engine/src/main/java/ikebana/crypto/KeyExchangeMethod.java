package ikebana.crypto;

import ikebana.wire.Bytes;
import ikebana.wire.Secret;
import java.util.Optional;

/// A key exchange method (RFC 7296 3.3.2, "Diffie-Hellman group"): RFC 3526, 5903 and 8031, and those of
/// draft-ietf-ipsecme-ikev2-mlkem.
///
/// An exchange is three steps: whoever begins makes a value, the other one answers it with a value of its own and has
/// the secret, and whoever has begun finds the secret in the answer. In Diffie-Hellman's the answer does not depend on
/// what it answers; in an encapsulation it does.
public enum KeyExchangeMethod {
    CURVE25519("x25519", 31, 32, new Group.Curve25519()),
    ECP_256("ecp256", 19, 64, new Group.Ecp("secp256r1")),
    ECP_384("ecp384", 20, 96, new Group.Ecp("secp384r1")),
    ECP_521("ecp521", 21, 132, new Group.Ecp("secp521r1")),
    MODP_2048("modp2048", 14, 256, new Group.Modp(2048, 256)),
    MODP_3072("modp3072", 15, 384, new Group.Modp(3072, 288)),
    MODP_4096("modp4096", 16, 512, new Group.Modp(4096, 336)),
    ML_KEM_512("mlkem512", 35, 800, new Group.Encapsulation(Providers.mlKem(512))),
    ML_KEM_768("mlkem768", 36, 1184, new Group.Encapsulation(Providers.mlKem(768))),
    ML_KEM_1024("mlkem1024", 37, 1568, new Group.Encapsulation(Providers.mlKem(1024)));

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

    /// Bytes of key exchange data of whoever begins, exactly.
    public int publicLength() {
        return publicLength;
    }

    /// Whether the answer is a secret that is encapsulated for the other end's key, which makes the values too long for
    /// IKE_SA_INIT: that message cannot go in fragments.
    public boolean isEncapsulation() {
        return group instanceof Group.Encapsulation;
    }

    /// A key pair for one exchange, of whoever begins.
    public KeyPair generate(Entropy entropy) {
        return group.generate(entropy);
    }

    /// The other end's part; empty when the value that it is to answer is refused: wrong length, off the curve, 0, 1,
    /// p-1 and above, one that would make an all-zero X25519 result, or an encapsulation key that is none (FIPS 203
    /// 7.2).
    public Optional<Answer> answer(Bytes theirPublic, Entropy entropy) {
        return group.answer(theirPublic, entropy);
    }

    /// The shared secret of whoever has begun; empty when the answer is refused, as in [#answer].
    public Optional<Secret> agree(KeyPair ours, Bytes answer) {
        return group.agree(ours.privateValue(), answer);
    }

    /// @param value the key exchange data that goes back
    public record Answer(Bytes value, Secret shared) {}
}
