package ikebana.crypto;

import ikebana.wire.Bytes;
import ikebana.wire.Secret;
import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.Key;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.security.SecureRandom;
import java.security.Security;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPrivateKeySpec;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.KeyAgreement;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import javax.security.auth.DestroyFailedException;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.crypto.agreement.DHStandardGroups;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.crypto.kems.MLKEMExtractor;
import org.bouncycastle.crypto.kems.MLKEMGenerator;
import org.bouncycastle.crypto.params.MLKEMParameters;
import org.bouncycastle.crypto.params.MLKEMPrivateKeyParameters;
import org.bouncycastle.crypto.params.MLKEMPublicKeyParameters;
import org.bouncycastle.math.ec.ECPoint;
import org.bouncycastle.math.ec.FixedPointCombMultiplier;
import org.bouncycastle.math.ec.rfc7748.X25519;
import org.conscrypt.Conscrypt;

/// Which library computes what. Beside this class only [PublicKeys], [KeyFormats] and [Certificates] name a JCA
/// provider or Bouncy Castle. Private values always come from the caller, so that no provider throws dice
/// of its own.
///
/// A fresh `Mac` or `Cipher` per call costs about a microsecond, and leaves no key behind in a pool.
public final class Providers {
    static final String BOUNCY_CASTLE = "Bouncy Castle";
    private static final Provider SUN_JCE = jdk("SunJCE");
    private static final Provider SUN = jdk("SUN");
    private static final Optional<Provider> CONSCRYPT = conscrypt();
    private static final SecureRandom RANDOM = new SecureRandom();

    private static final int GCM_TAG_BITS = 128;

    /// RFC 8410 7: what stands before the 32 bytes of a private and of a public key.
    private static final Bytes X25519_PKCS8 = Bytes.ofHex("302e020100300506032b656e04220420");

    private static final Bytes X25519_X509 = Bytes.ofHex("302a300506032b656e032100");

    /// Who multiplies on Curve25519; the first one serves.
    static final List<Multiplier> X25519_MULTIPLIERS = Stream.concat(
                    CONSCRYPT
                            .map(conscrypt -> new Multiplier(
                                    conscrypt.getName(), (scalar, point) -> conscryptX25519(conscrypt, scalar, point)))
                            .stream(),
                    Stream.of(new Multiplier(BOUNCY_CASTLE, Providers::bouncyX25519)))
            .toList();

    private Providers() {}

    /// A private scalar times a public point, as the curve's RFC writes them, to the x- or u-coordinate.
    @FunctionalInterface
    interface Multiplication {
        byte[] times(byte[] scalar, byte[] point);
    }

    record Multiplier(String provider, Multiplication by) {}

    /// One line for the start-up log: which provider serves which primitive.
    public static String describe() {
        return "x25519: %s; ecp256: %s; ecp384, ecp521: %s; their public values, mlkem: %s; modp: java.math; "
                        .formatted(
                                X25519_MULTIPLIERS.getFirst().provider(),
                                primeCurve("secp256r1").multipliers().getFirst().provider(),
                                primeCurve("secp384r1").multipliers().getFirst().provider(),
                                BOUNCY_CASTLE)
                + "AES-GCM, ChaCha20-Poly1305, AES-CBC, HMAC: %s; SHA-1: %s; randomness: %s"
                        .formatted(SUN_JCE.getName(), SUN.getName(), RANDOM.getAlgorithm());
    }

    static Provider jdk(String name) {
        return Optional.ofNullable(Security.getProvider(name))
                .orElseThrow(() -> new IllegalStateException("this Java has no security provider " + name));
    }

    /// Conscrypt is native and optional: without its jar, its library, or a place to unpack it, we go on without.
    private static Optional<Provider> conscrypt() {
        try {
            return Conscrypt.isAvailable() ? Optional.of(Conscrypt.newProvider()) : Optional.empty();
        } catch (LinkageError absent) {
            return Optional.empty();
        }
    }

    static byte[] random(int count) {
        var bytes = new byte[count];
        RANDOM.nextBytes(bytes);
        return bytes;
    }

    static byte[] sha1(Bytes data) {
        try {
            return MessageDigest.getInstance("SHA-1", SUN).digest(data.toArray());
        } catch (NoSuchAlgorithmException broken) {
            throw unusable("SHA-1", broken);
        }
    }

    /// An HMAC ready for data. `algorithm` is a JCA name such as `HmacSHA256`.
    static Mac hmac(String algorithm, Secret key) {
        try {
            var mac = Mac.getInstance(algorithm, SUN_JCE);
            mac.init(new RawKey(algorithm, key));
            return mac;
        } catch (GeneralSecurityException broken) {
            throw unusable(algorithm, broken);
        }
    }

    /// Ciphertext and tag. `nonce` has twelve bytes.
    static byte[] sealAead(Encryption encryption, Secret key, byte[] nonce, Bytes associated, byte[] plaintext) {
        try {
            return aead(encryption, Cipher.ENCRYPT_MODE, key, nonce, associated).doFinal(plaintext);
        } catch (GeneralSecurityException broken) {
            throw unusable(encryption.keyword(), broken);
        }
    }

    /// The plaintext; empty when the tag is wrong.
    static Optional<byte[]> openAead(
            Encryption encryption, Secret key, byte[] nonce, Bytes associated, byte[] ciphertextAndTag) {
        try {
            return Optional.of(aead(encryption, Cipher.DECRYPT_MODE, key, nonce, associated)
                    .doFinal(ciphertextAndTag));
        } catch (AEADBadTagException forged) {
            return Optional.empty();
        } catch (GeneralSecurityException broken) {
            throw unusable(encryption.keyword(), broken);
        }
    }

    private static Cipher aead(Encryption encryption, int mode, Secret key, byte[] nonce, Bytes associated)
            throws GeneralSecurityException {
        Cipher cipher = switch (encryption) {
            case AES_GCM_16_256, AES_GCM_16_128 ->
                initialised(
                        Cipher.getInstance("AES/GCM/NoPadding", SUN_JCE),
                        mode,
                        new RawKey("AES", key),
                        new GCMParameterSpec(GCM_TAG_BITS, nonce));
            case CHACHA20_POLY1305 ->
                initialised(
                        Cipher.getInstance("ChaCha20-Poly1305", SUN_JCE),
                        mode,
                        new RawKey("ChaCha20", key),
                        new IvParameterSpec(nonce));
            case AES_CBC_256, AES_CBC_128 -> throw new IllegalArgumentException(encryption + " is not AEAD");
        };
        cipher.updateAAD(associated.toArray());
        return cipher;
    }

    static byte[] encryptCbc(Secret key, Bytes iv, byte[] blocks) {
        return cbc(Cipher.ENCRYPT_MODE, key, iv, blocks);
    }

    static byte[] decryptCbc(Secret key, Bytes iv, byte[] blocks) {
        return cbc(Cipher.DECRYPT_MODE, key, iv, blocks);
    }

    // CBC without an ICV is unsafe, which is why its only caller, Envelope, verifies one first.
    @SuppressWarnings("InsecureCryptoUsage")
    private static byte[] cbc(int mode, Secret key, Bytes iv, byte[] blocks) {
        try {
            var cipher = Cipher.getInstance("AES/CBC/NoPadding", SUN_JCE);
            return initialised(cipher, mode, new RawKey("AES", key), new IvParameterSpec(iv.toArray()))
                    .doFinal(blocks);
        } catch (GeneralSecurityException broken) {
            throw unusable("AES-CBC", broken);
        }
    }

    private static Cipher initialised(Cipher cipher, int mode, Key key, AlgorithmParameterSpec parameters)
            throws GeneralSecurityException {
        cipher.init(mode, key, parameters);
        return cipher;
    }

    /// The u-coordinate of `scalar` times the base point, RFC 7748 6.1.
    static byte[] x25519Public(byte[] scalar) {
        var point = new byte[X25519.POINT_SIZE];
        X25519.generatePublicKey(scalar, 0, point, 0);
        return point;
    }

    /// The u-coordinate of `scalar` times the point with the u-coordinate `point`, whose top bit is not set. All zeros
    /// for a point of small order: the caller refuses it.
    static byte[] x25519(byte[] scalar, byte[] point) {
        return X25519_MULTIPLIERS.getFirst().by().times(scalar, point);
    }

    private static byte[] bouncyX25519(byte[] scalar, byte[] point) {
        var result = new byte[X25519.POINT_SIZE];
        X25519.scalarMult(scalar, 0, point, 0, result, 0);
        return result;
    }

    private static byte[] conscryptX25519(Provider conscrypt, byte[] scalar, byte[] point) {
        var encoded = joined(X25519_PKCS8.toArray(), scalar);
        try {
            var keys = KeyFactory.getInstance("XDH", conscrypt);
            var theirs = keys.generatePublic(new X509EncodedKeySpec(joined(X25519_X509.toArray(), point)));
            var ours = keys.generatePrivate(new PKCS8EncodedKeySpec(encoded));
            var agreement = KeyAgreement.getInstance("XDH", conscrypt);
            agreement.init(ours);
            try {
                agreement.doPhase(theirs, true);
                return agreement.generateSecret();
            } catch (InvalidKeyException allZero) {
                return new byte[X25519.POINT_SIZE]; // it throws where RFC 7748 has all zeros
            } finally {
                ours.destroy();
            }
        } catch (GeneralSecurityException | DestroyFailedException broken) {
            throw unusable("x25519", broken);
        } finally {
            Arrays.fill(encoded, (byte) 0);
        }
    }

    private static byte[] joined(byte[] front, byte[] back) {
        var whole = Arrays.copyOf(front, front.length + back.length);
        System.arraycopy(back, 0, whole, front.length, back.length);
        return whole;
    }

    /// The prime of an RFC 3526 group.
    static BigInteger modpPrime(int bits) {
        return switch (bits) {
            case 2048 -> DHStandardGroups.rfc3526_2048.getP();
            case 3072 -> DHStandardGroups.rfc3526_3072.getP();
            case 4096 -> DHStandardGroups.rfc3526_4096.getP();
            default -> throw new IllegalArgumentException("no MODP group of %d bits".formatted(bits));
        };
    }

    /// A NIST curve over a prime field, named as in SEC 2, for example `secp256r1`.
    static PrimeCurve primeCurve(String name) {
        return new PrimeCurve(name, CustomNamedCurves.getByName(name));
    }

    /// Point arithmetic on one curve. Points are written as in RFC 5903 7: x, then y, each as long as the field.
    static final class PrimeCurve {
        private final X9ECParameters parameters;
        private final int coordinateLength;
        private final List<Multiplier> multipliers;

        private PrimeCurve(String name, X9ECParameters parameters) {
            this.parameters = parameters;
            this.coordinateLength = (parameters.getCurve().getFieldSize() + 7) / 8;
            // Conscrypt is three times faster on P-256, and half as fast on the others
            var conscrypt = CONSCRYPT
                    .filter(provider -> name.equals("secp256r1"))
                    .map(provider -> new Multiplier(
                            provider.getName(), (scalar, point) -> conscryptX(provider, name, scalar, point)));
            this.multipliers = Stream.concat(
                            conscrypt.stream(), Stream.of(new Multiplier(BOUNCY_CASTLE, this::bouncyX)))
                    .toList();
        }

        /// The first one serves.
        List<Multiplier> multipliers() {
            return multipliers;
        }

        /// The order of the base point; private values are from 1 up to, and without, it.
        BigInteger order() {
            return parameters.getN();
        }

        byte[] publicValue(byte[] scalar) {
            var point = times(parameters.getG(), scalar);
            return joined(
                    point.getAffineXCoord().getEncoded(),
                    point.getAffineYCoord().getEncoded());
        }

        /// The x-coordinate of the product, RFC 5903 7; empty when `theirs` is no point of the curve.
        Optional<byte[]> sharedX(byte[] scalar, Bytes theirs) {
            if (theirs.length() != 2 * coordinateLength) return Optional.empty();
            var point = theirs.toArray();
            var prime = parameters.getCurve().getField().getCharacteristic();
            if (x(point).compareTo(prime) >= 0 || y(point).compareTo(prime) >= 0) return Optional.empty();
            if (!point(point).isValid()) return Optional.empty(); // off the curve: RFC 6989 2.3
            return Optional.of(multipliers.getFirst().by().times(scalar, point));
        }

        private BigInteger x(byte[] point) {
            return new BigInteger(1, point, 0, coordinateLength);
        }

        private BigInteger y(byte[] point) {
            return new BigInteger(1, point, coordinateLength, coordinateLength);
        }

        private ECPoint point(byte[] encoded) {
            return parameters.getCurve().createPoint(x(encoded), y(encoded));
        }

        private byte[] bouncyX(byte[] scalar, byte[] point) {
            return times(point(point), scalar).getAffineXCoord().getEncoded();
        }

        /// The comb reads its table without an index that depends on the scalar; the default multiplier does not, and
        /// is a third faster for it.
        private static ECPoint times(ECPoint point, byte[] scalar) {
            return new FixedPointCombMultiplier()
                    .multiply(point, new BigInteger(1, scalar))
                    .normalize();
        }

        private byte[] conscryptX(Provider conscrypt, String name, byte[] scalar, byte[] point) {
            try {
                var curve = AlgorithmParameters.getInstance("EC", conscrypt);
                curve.init(new ECGenParameterSpec(name));
                var spec = curve.getParameterSpec(ECParameterSpec.class);
                var keys = KeyFactory.getInstance("EC", conscrypt);
                var agreement = KeyAgreement.getInstance("ECDH", conscrypt);
                agreement.init(keys.generatePrivate(new ECPrivateKeySpec(new BigInteger(1, scalar), spec)));
                var theirs = new java.security.spec.ECPoint(x(point), y(point));
                agreement.doPhase(keys.generatePublic(new ECPublicKeySpec(theirs, spec)), true);
                return agreement.generateSecret();
            } catch (GeneralSecurityException broken) {
                throw unusable(name, broken);
            }
        }
    }

    /// ML-KEM of FIPS 203 with a key of so many bits, as its name has them.
    static MlKem mlKem(int strength) {
        return new MlKem(
                switch (strength) {
                    case 512 -> MLKEMParameters.ml_kem_512;
                    case 768 -> MLKEMParameters.ml_kem_768;
                    case 1024 -> MLKEMParameters.ml_kem_1024;
                    default -> throw new IllegalArgumentException("no ML-KEM-" + strength);
                });
    }

    /// Key encapsulation with values as they are on the wire. The JDK's own throws dice itself, and wraps its keys.
    record MlKem(MLKEMParameters parameters) {
        /// A coefficient has so many bits, and is less than `FIELD`.
        private static final int COEFFICIENT_BITS = 12;

        private static final int FIELD = 3329;

        private static final int COEFFICIENTS = 256;

        private int vectorLength() {
            return parameters.getK() * COEFFICIENTS * COEFFICIENT_BITS / Byte.SIZE;
        }

        Bytes encapsulationKey(byte[] seed) {
            var key = new MLKEMPrivateKeyParameters(parameters, seed);
            try {
                return Bytes.of(key.getPublicKey());
            } finally {
                key.destroy();
            }
        }

        /// Empty when `key` is none.
        ///
        /// @param message `m` of FIPS 203 7.2, which is wiped
        Optional<KeyExchangeMethod.Answer> encapsulate(Bytes key, byte[] message) {
            try {
                if (!isKey(key)) return Optional.empty();
                var theirs = new MLKEMPublicKeyParameters(parameters, key.toArray());
                var made = MLKEMGenerator.internalGenerateEncapsulated(theirs, message);
                return Optional.of(new KeyExchangeMethod.Answer(
                        Bytes.of(made.getEncapsulation()), Secret.owning(made.getSecret())));
            } finally {
                Arrays.fill(message, (byte) 0);
            }
        }

        /// Empty when the ciphertext has another length. What nobody has encapsulated makes a secret that nobody has.
        Optional<byte[]> decapsulate(byte[] seed, Bytes ciphertext) {
            if (ciphertext.length() != parameters.getEncapsulationLength()) return Optional.empty();
            var key = new MLKEMPrivateKeyParameters(parameters, seed);
            try {
                return Optional.of(new MLKEMExtractor(key).extractSecret(ciphertext.toArray()));
            } finally {
                key.destroy();
            }
        }

        /// The two checks of FIPS 203 7.2: the length, and that each coefficient is reduced.
        private boolean isKey(Bytes key) {
            if (key.length() != vectorLength() + 32) return false;
            for (int at = 0; at < vectorLength(); at += 3) {
                int low = key.at(at) | (key.at(at + 1) & 0xf) << 8;
                int high = key.at(at + 1) >>> 4 | key.at(at + 2) << 4;
                if (low >= FIELD || high >= FIELD) return false;
            }
            return true;
        }
    }

    private static IllegalStateException unusable(String primitive, Exception why) {
        return new IllegalStateException("no provider can do %s: %s".formatted(primitive, why.getMessage()), why);
    }

    /// A key whose only lasting copy is its [Secret]; the JDK's providers wipe the encoding that they are given.
    private static final class RawKey implements SecretKey {
        private final String algorithm;
        private final transient Secret value;

        RawKey(String algorithm, Secret value) {
            this.algorithm = algorithm;
            this.value = value;
        }

        @Override
        public String getAlgorithm() {
            return algorithm;
        }

        @Override
        public String getFormat() {
            return "RAW";
        }

        @Override
        public byte[] getEncoded() {
            return value.expose();
        }
    }
}
