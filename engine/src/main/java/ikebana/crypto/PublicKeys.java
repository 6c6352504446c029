package ikebana.crypto;

import ikebana.wire.Bytes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.SecureRandomSpi;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.security.spec.RSAPublicKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.util.PrivateKeyFactory;
import org.bouncycastle.crypto.util.SubjectPublicKeyInfoFactory;

/// Signatures of key pairs that outlive a connection: the JDK computes all of them.
///
/// A signature's dice are [Entropy]'s, so that a seed replays.
public final class PublicKeys {
    static final Provider RSA = Providers.jdk("SunRsaSign");
    static final Provider EC = Providers.jdk("SunEC");

    private PublicKeys() {}

    /// How a signature is made.
    enum Form {
        RSA_PKCS1,
        RSA_PSS,
        /// DER, as RFC 7427 and X.509 have it.
        ECDSA,
        /// r and s, each as long as the curve's order, as RFC 4754 has it.
        ECDSA_RAW,
        ED25519
    }

    /// @param hash a name of the JCA such as `SHA256`; without meaning for Ed25519
    record Way(Form form, String hash, int saltLength) {
        static Way of(Form form, SignatureHash hash) {
            return new Way(form, hash.jcaWord(), hash.length());
        }
    }

    static Bytes sign(Way way, PrivateKey key, Bytes octets, Entropy entropy) {
        try {
            var signature = signature(way);
            signature.initSign(key, new Dice(entropy));
            signature.update(octets.toArray());
            return Bytes.of(signature.sign());
        } catch (GeneralSecurityException broken) {
            throw new IllegalStateException("no provider signs %s: %s".formatted(way, broken.getMessage()), broken);
        }
    }

    static boolean verify(Way way, PublicKey key, Bytes octets, Bytes presented) {
        if (way.form() == Form.ECDSA && !isDer(presented)) return false;
        try {
            var signature = signature(way);
            signature.initVerify(key);
            signature.update(octets.toArray());
            return signature.verify(presented.toArray());
        } catch (GeneralSecurityException malformed) {
            return false; // or the key is of another kind than the signature
        }
    }

    private static Signature signature(Way way) throws GeneralSecurityException {
        return switch (way.form()) {
            case RSA_PKCS1 -> Signature.getInstance(way.hash() + "withRSA", RSA);
            case RSA_PSS -> {
                var name = way.hash().replace("SHA", "SHA-");
                var signature = Signature.getInstance("RSASSA-PSS", RSA);
                signature.setParameter(
                        new PSSParameterSpec(name, "MGF1", new MGF1ParameterSpec(name), way.saltLength(), 1));
                yield signature;
            }
            case ECDSA -> Signature.getInstance(way.hash() + "withECDSA", EC);
            case ECDSA_RAW -> Signature.getInstance(way.hash() + "withECDSAinP1363Format", EC);
            case ED25519 -> Signature.getInstance("Ed25519", EC);
        };
    }

    /// The JDK also takes encodings that are not DER; one signature would then have many.
    private static boolean isDer(Bytes signature) {
        try {
            return ASN1Primitive.fromByteArray(signature.toArray()) instanceof ASN1Sequence pair
                    && pair.size() == 2
                    && pair.getObjectAt(0) instanceof ASN1Integer r
                    && pair.getObjectAt(1) instanceof ASN1Integer s
                    && r.getValue().signum() > 0
                    && s.getValue().signum() > 0
                    && Bytes.of(pair.getEncoded(ASN1Encoding.DER)).equals(signature);
        } catch (IOException | IllegalArgumentException | IllegalStateException malformed) {
            return false;
        }
    }

    private static final class Dice extends SecureRandom {
        private final transient Entropy entropy;

        Dice(Entropy entropy) {
            super(new NoDice(), null);
            this.entropy = entropy;
        }

        @Override
        public void nextBytes(byte[] bytes) {
            var drawn = entropy.bytes(bytes.length);
            System.arraycopy(drawn, 0, bytes, 0, drawn.length);
            Arrays.fill(drawn, (byte) 0);
        }

        @Override
        public byte[] generateSeed(int count) {
            return entropy.bytes(count);
        }
    }

    /// Never asked: [Dice] answers first.
    private static final class NoDice extends SecureRandomSpi {
        @Override
        protected void engineSetSeed(byte[] seed) {}

        @Override
        protected void engineNextBytes(byte[] bytes) {
            throw new IllegalStateException("a provider throws dice of its own");
        }

        @Override
        protected byte[] engineGenerateSeed(int count) {
            throw new IllegalStateException("a provider throws dice of its own");
        }
    }

    // ---- keys by themselves

    /// From a SubjectPublicKeyInfo (RFC 5280 4.1.2.7).
    ///
    /// @throws IllegalArgumentException with a sentence
    public static PublicKey publicKey(Bytes spki) {
        try {
            var spec = new X509EncodedKeySpec(spki.toArray());
            return switch (algorithm(spki)) {
                case "1.2.840.113549.1.1.1" ->
                    KeyFactory.getInstance("RSA", RSA).generatePublic(spec);
                case "1.2.840.113549.1.1.10" ->
                    KeyFactory.getInstance("RSASSA-PSS", RSA).generatePublic(spec);
                case "1.2.840.10045.2.1" -> KeyFactory.getInstance("EC", EC).generatePublic(spec);
                case "1.3.101.112" -> KeyFactory.getInstance("Ed25519", EC).generatePublic(spec);
                default ->
                    throw new IllegalArgumentException(
                            "has a public key of a kind that is not known here: RSA, ECDSA and" + " Ed25519 are");
            };
        } catch (GeneralSecurityException | IndexOutOfBoundsException malformed) {
            throw new IllegalArgumentException("is no public key");
        }
    }

    private static String algorithm(Bytes spki) {
        try {
            return SubjectPublicKeyInfo.getInstance(spki.toArray())
                    .getAlgorithm()
                    .getAlgorithm()
                    .getId();
        } catch (IllegalArgumentException
                | IllegalStateException
                | ClassCastException
                | NullPointerException malformed) {
            throw new IllegalArgumentException("is no public key"); // it may be anything else in DER, or nothing
        }
    }

    /// A private key says which its public half is; the JDK finds it for RSA, Bouncy Castle for the curves.
    public static PublicKey publicHalf(PrivateKey key) {
        try {
            if (key instanceof RSAPrivateCrtKey rsa) {
                var spec = new RSAPublicKeySpec(rsa.getModulus(), rsa.getPublicExponent(), rsa.getParams());
                return KeyFactory.getInstance(key.getAlgorithm(), RSA).generatePublic(spec);
            }
            var secret = key.getEncoded();
            try {
                var half = switch (PrivateKeyFactory.createKey(secret)) {
                    case ECPrivateKeyParameters ec ->
                        new ECPublicKeyParameters(ec.getParameters().getG().multiply(ec.getD()), ec.getParameters());
                    case Ed25519PrivateKeyParameters ed -> ed.generatePublicKey();
                    default -> throw new IllegalArgumentException("has a key of an unknown kind");
                };
                return publicKey(Bytes.of(SubjectPublicKeyInfoFactory.createSubjectPublicKeyInfo(half)
                        .getEncoded()));
            } finally {
                Arrays.fill(secret, (byte) 0);
            }
        } catch (GeneralSecurityException | IOException malformed) {
            throw new IllegalArgumentException("has a private key that cannot be used");
        }
    }

    // ---- what a key is

    /// For a person: `RSA with 2048 bits`.
    public static String describe(PublicKey key) {
        return switch (key) {
            case RSAPublicKey rsa ->
                "RSA with %d bits".formatted(rsa.getModulus().bitLength());
            case ECPublicKey ec -> "ECDSA with %d bits".formatted(bits(ec));
            case EdECPublicKey ed -> ed.getParams().getName();
            default -> key.getAlgorithm();
        };
    }

    static int bits(ECPublicKey key) {
        return key.getParams().getCurve().getField().getFieldSize();
    }

    /// Whether both are halves of one pair: what one signs, the other verifies.
    public static boolean belongTogether(PrivateKey one, PublicKey other) {
        var probe = Bytes.of(MessageDigest.class.getName().getBytes(StandardCharsets.US_ASCII));
        var form = switch (other) {
            case RSAPublicKey _ -> Form.RSA_PSS;
            case ECPublicKey _ -> Form.ECDSA;
            default -> Form.ED25519;
        };
        var way = Way.of(form, SignatureHash.SHA2_256);
        try {
            return verify(way, other, probe, sign(way, one, probe, Entropy.secure()));
        } catch (IllegalStateException otherKind) {
            return false;
        }
    }
}
