package ikebana.crypto;

import ikebana.wire.Secret;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.RSAPrivateKey;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;

/// The forms in which private keys are kept. The JDK reads them, but for two old ones, which Bouncy Castle does.
public final class KeyFormats {
    private static final Provider SUN = Providers.jdk("SUN");
    private static final Provider PBE = Providers.jdk("SunJCE");

    private KeyFormats() {}

    /// A private key in PKCS#8; the caller wipes `pkcs8`.
    ///
    /// @throws IllegalArgumentException with a sentence that has nothing of the key in it
    public static PrivateKey privateKey(byte[] pkcs8) {
        ASN1ObjectIdentifier algorithm;
        try {
            algorithm =
                    PrivateKeyInfo.getInstance(pkcs8).getPrivateKeyAlgorithm().getAlgorithm();
        } catch (IllegalArgumentException | IllegalStateException malformed) {
            throw new IllegalArgumentException("is no private key");
        }
        try {
            var spec = new PKCS8EncodedKeySpec(pkcs8);
            return switch (algorithm.getId()) {
                case "1.2.840.113549.1.1.1" ->
                    KeyFactory.getInstance("RSA", PublicKeys.RSA).generatePrivate(spec);
                case "1.2.840.113549.1.1.10" ->
                    KeyFactory.getInstance("RSASSA-PSS", PublicKeys.RSA).generatePrivate(spec);
                case "1.2.840.10045.2.1" ->
                    KeyFactory.getInstance("EC", PublicKeys.EC).generatePrivate(spec);
                case "1.3.101.112" ->
                    KeyFactory.getInstance("Ed25519", PublicKeys.EC).generatePrivate(spec);
                default ->
                    throw new IllegalArgumentException(
                            "has a key of algorithm %s: RSA, ECDSA and Ed25519 are known".formatted(algorithm));
            };
        } catch (GeneralSecurityException malformed) {
            throw new IllegalArgumentException("has a private key that cannot be used");
        }
    }

    /// PKCS#8 from what OpenSSL writes as `RSA PRIVATE KEY`.
    public static byte[] pkcs8FromPkcs1(byte[] der) {
        try {
            var rsa = RSAPrivateKey.getInstance(der);
            var algorithm = new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE);
            return new PrivateKeyInfo(algorithm, rsa).getEncoded();
        } catch (IOException | IllegalArgumentException | IllegalStateException malformed) {
            throw new IllegalArgumentException("is no RSA private key");
        }
    }

    /// PKCS#8 from what OpenSSL writes as `EC PRIVATE KEY` (RFC 5915).
    public static byte[] pkcs8FromSec1(byte[] der) {
        try {
            var ec = ECPrivateKey.getInstance(der);
            var curve = ec.getParametersObject();
            if (curve == null) throw new IllegalArgumentException("names no curve");
            return new PrivateKeyInfo(new AlgorithmIdentifier(X9ObjectIdentifiers.id_ecPublicKey, curve), ec)
                    .getEncoded();
        } catch (IOException | IllegalArgumentException | IllegalStateException malformed) {
            throw new IllegalArgumentException("is no EC private key");
        }
    }

    /// PKCS#8 from its encrypted form (RFC 5958 3).
    ///
    /// @throws IllegalArgumentException when the passphrase is wrong
    public static byte[] decrypted(byte[] encryptedPkcs8, Secret passphrase) {
        var characters = characters(passphrase);
        var password = new PBEKeySpec(characters);
        try {
            var info = new EncryptedPrivateKeyInfo(encryptedPkcs8);
            var parameters = info.getAlgParameters();
            // for PBES2 the algorithm's own name is that of the whole scheme, and says too little
            var name = info.getAlgName().equals("PBES2") ? String.valueOf(parameters) : info.getAlgName();
            var key = SecretKeyFactory.getInstance(name, PBE).generateSecret(password);
            return info.getKeySpec(key, PBE).getEncoded();
        } catch (IOException | GeneralSecurityException wrong) {
            throw new IllegalArgumentException("cannot be decrypted with that passphrase");
        } finally {
            password.clearPassword();
            Arrays.fill(characters, '\0');
        }
    }

    /// What a PKCS#12 container holds.
    public record Container(PrivateKey key, List<X509Certificate> chain) {}

    public static Container container(byte[] pkcs12, Secret passphrase) {
        var characters = characters(passphrase);
        try {
            var store = KeyStore.getInstance("PKCS12", SUN);
            store.load(new ByteArrayInputStream(pkcs12), characters);
            for (var alias : Collections.list(store.aliases())) {
                Key key = store.getKey(alias, characters);
                if (key instanceof PrivateKey found) {
                    return new Container(
                            found,
                            Arrays.stream(store.getCertificateChain(alias))
                                    .map(X509Certificate.class::cast)
                                    .toList());
                }
            }
        } catch (IOException | GeneralSecurityException wrong) {
            throw new IllegalArgumentException("is no PKCS#12 file, or that is not its passphrase");
        } finally {
            Arrays.fill(characters, '\0');
        }
        throw new IllegalArgumentException("is a PKCS#12 file without a private key");
    }

    private static char[] characters(Secret passphrase) {
        var bytes = passphrase.expose();
        var decoded = StandardCharsets.UTF_8.decode(ByteBuffer.wrap(bytes));
        var characters = new char[decoded.remaining()];
        decoded.get(characters);
        if (decoded.hasArray()) Arrays.fill(decoded.array(), '\0');
        Arrays.fill(bytes, (byte) 0);
        return characters;
    }
}
