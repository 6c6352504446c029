package ikebana.crypto;

import ikebana.wire.Bytes;
import ikebana.wire.Secret;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.security.SecureRandom;
import java.security.Security;
import java.security.spec.AlgorithmParameterSpec;
import java.util.Optional;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.crypto.agreement.DHStandardGroups;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.math.ec.ECPoint;
import org.bouncycastle.math.ec.FixedPointCombMultiplier;
import org.bouncycastle.math.ec.rfc7748.X25519;

/// Which library computes what: the only class that names a JCA provider or Bouncy Castle. Private values always come
/// from the caller, so that no provider throws dice of its own.
///
/// A fresh `Mac` or `Cipher` per call costs about a microsecond, and leaves no key behind in a pool.
public final class Providers {
    private static final Provider SUN_JCE = jdk("SunJCE");
    private static final Provider SUN = jdk("SUN");
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int GCM_TAG_BITS = 128;

    private Providers() {}

    private static Provider jdk(String name) {
        return Optional.ofNullable(Security.getProvider(name))
                .orElseThrow(() -> new IllegalStateException("this Java has no security provider " + name));
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

    /// The u-coordinate of `scalar` times the point with the u-coordinate `point`. All zeros for a point of small
    /// order: the caller refuses it.
    static byte[] x25519(byte[] scalar, byte[] point) {
        var result = new byte[X25519.POINT_SIZE];
        X25519.scalarMult(scalar, 0, point, 0, result, 0);
        return result;
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
        return new PrimeCurve(CustomNamedCurves.getByName(name));
    }

    /// Point arithmetic on one curve. Points are written as in RFC 5903 7: x, then y, each as long as the field.
    static final class PrimeCurve {
        private final X9ECParameters parameters;
        private final int coordinateLength;

        private PrimeCurve(X9ECParameters parameters) {
            this.parameters = parameters;
            this.coordinateLength = (parameters.getCurve().getFieldSize() + 7) / 8;
        }

        /// The order of the base point; private values are from 1 up to, and without, it.
        BigInteger order() {
            return parameters.getN();
        }

        byte[] publicValue(BigInteger scalar) {
            var point = times(parameters.getG(), scalar);
            var encoded = new byte[2 * coordinateLength];
            System.arraycopy(point.getAffineXCoord().getEncoded(), 0, encoded, 0, coordinateLength);
            System.arraycopy(point.getAffineYCoord().getEncoded(), 0, encoded, coordinateLength, coordinateLength);
            return encoded;
        }

        /// The x-coordinate of the product, RFC 5903 7; empty when `theirs` is no point of the curve.
        Optional<byte[]> sharedX(BigInteger scalar, Bytes theirs) {
            if (theirs.length() != 2 * coordinateLength) return Optional.empty();
            var x = new BigInteger(1, theirs.slice(0, coordinateLength).toArray());
            var y = new BigInteger(
                    1, theirs.slice(coordinateLength, theirs.length()).toArray());
            var prime = parameters.getCurve().getField().getCharacteristic();
            if (x.compareTo(prime) >= 0 || y.compareTo(prime) >= 0) return Optional.empty();
            var point = parameters.getCurve().createPoint(x, y);
            if (!point.isValid()) return Optional.empty(); // off the curve: RFC 6989 2.3
            return Optional.of(times(point, scalar).getAffineXCoord().getEncoded());
        }

        /// The comb reads its table without a data-dependent index, and costs hardly more than the default multiplier.
        private static ECPoint times(ECPoint point, BigInteger scalar) {
            return new FixedPointCombMultiplier().multiply(point, scalar).normalize();
        }
    }

    private static IllegalStateException unusable(String primitive, GeneralSecurityException why) {
        return new IllegalStateException("this Java cannot do %s: %s".formatted(primitive, why.getMessage()), why);
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
