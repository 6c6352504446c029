package ikebana.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ikebana.crypto.Signatures;
import ikebana.wire.Secret;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The files are OpenSSL's; `make.sh` beside them tells how they were made.
class KeyFileTest {
    private static final Optional<Secret> PASSPHRASE = Optional.of(secret("open sesame"));

    @ParameterizedTest
    @CsvSource({
        "ec-certificate.pem, ec-sec1.pem",
        "ec-certificate.pem, ec.pem",
        "ec-certificate.der, ec.der",
        "ec-certificate.pem, ec-encrypted.pem",
        "ec-certificate.der, ec-encrypted.der",
        "text.pem, ec.pem",
        "rsa-certificate.pem, rsa.pem",
        "rsa-certificate.pem, rsa-pkcs1.pem",
        "rsa-pss-certificate.pem, rsa-pss.pem",
        "ed25519-certificate.pem, ed25519.pem"
    })
    void eachFormOfKeyIsRead(String certificate, String key) {
        var read = CertificateKey.of(file(certificate), Optional.of(file(key)), PASSPHRASE);
        assertThat(read.identity().toString()).startsWith("C=CH, O=Example, CN=");
    }

    @Test
    void aCertificateAndItsKeyMayBeInOneFile() {
        assertThat(CertificateKey.of(file("both.pem"), Optional.empty(), PASSPHRASE)
                        .names())
                .isEqualTo("C=CH, O=Example, CN=ec");
    }

    @ParameterizedTest
    @CsvSource({"ec.p12, ec", "rsa-legacy.p12, rsa"})
    void aContainerHasBoth(String container, String name) {
        assertThat(CertificateKey.of(file(container), Optional.empty(), PASSPHRASE)
                        .names())
                .isEqualTo("C=CH, O=Example, CN=" + name);
    }

    @ParameterizedTest
    @CsvSource({"ec-encrypted.pem", "ec-encrypted.der"})
    void anEncryptedKeyNeedsItsPassphrase(String key) {
        var certificate = file("ec-certificate.pem");
        refuses(certificate, key, Optional.empty(), "is encrypted: passphrase-file has to say with what");
        refuses(certificate, key, Optional.of(secret("wrong")), "cannot be decrypted with that passphrase");
    }

    @Test
    void aContainerNeedsItsPassphrase() {
        assertThatThrownBy(() -> CertificateKey.of(file("ec.p12"), Optional.empty(), Optional.empty()))
                .hasMessage("is encrypted: passphrase-file has to say with what");
        assertThatThrownBy(() -> CertificateKey.of(file("ec.p12"), Optional.empty(), Optional.of(secret("wrong"))))
                .hasMessage("is no PKCS#12 file, or that is not its passphrase");
    }

    @Test
    void whatCannotBeUsedIsRefusedWithASentence() {
        var certificate = file("ec-certificate.pem");
        refuses(certificate, "rsa.pem", PASSPHRASE, "has no certificate that belongs to the private key");
        refuses(
                certificate,
                "x25519.pem",
                PASSPHRASE,
                "has a key of algorithm 1.3.101.110: RSA, ECDSA and Ed25519 are known");
        refuses(certificate, "ec-certificate.pem", PASSPHRASE, "has no private key");
        assertThatThrownBy(() -> file("ec-old-encryption.pem"))
                .hasMessage("has a key in OpenSSL's old encryption: openssl pkcs8 -topk8 -in FILE -out NEW gives it a"
                        + " good one");
        assertThatThrownBy(() -> file("ec.pem").certificates()).hasMessage("has no certificate");
        assertThatThrownBy(() -> file("ec.pem").revocationLists()).hasMessage("has no certificate revocation list");
    }

    @ParameterizedTest
    @CsvSource({
        "'', is empty",
        "hello, is neither PEM nor DER",
        "'-----BEGIN PRIVATE KEY-----', has a PRIVATE KEY without an end",
        "'-----BEGIN PRIVATE KEY-----\n%%%\n-----END PRIVATE KEY-----', has a PRIVATE KEY that is no Base64"
    })
    void noiseIsRefusedWithASentence(String text, String sentence) {
        assertThatThrownBy(() -> KeyFile.of(text.getBytes(StandardCharsets.US_ASCII)))
                .hasMessage(sentence)
                .hasNoCause();
    }

    @Test
    void truncatedKeysAndContainersAreRefusedWithASentence() {
        for (var name : new String[] {"ec.der", "ec-encrypted.der", "ec.p12", "ec-certificate.der"}) {
            var whole = bytes(name);
            for (int length = 1; length < whole.length; length += 7) {
                var part = Arrays.copyOf(whole, length);
                assertThatThrownBy(() -> CertificateKey.of(
                                KeyFile.of(bytes("ec-certificate.pem")), Optional.of(KeyFile.of(part)), PASSPHRASE))
                        .isInstanceOf(IllegalArgumentException.class);
                assertThatThrownBy(() -> CertificateKey.of(KeyFile.of(part), Optional.empty(), PASSPHRASE))
                        .isInstanceOf(IllegalArgumentException.class);
            }
        }
    }

    @Test
    void nothingOfAKeyIsPrinted() {
        var read = CertificateKey.of(file("both.pem"), Optional.empty(), PASSPHRASE);
        assertThat(read.toString()).isEqualTo("the key of C=CH, O=Example, CN=ec");
        assertThat(new CertificateAuthentication(
                                read,
                                new Trust(List.of(), List.of(), Trust.Revocation.SOFT, 1, 1),
                                Signatures.Choice.DEFAULT)
                        .toString())
                .contains("own=the key of C=CH, O=Example, CN=ec,");
    }

    private static void refuses(KeyFile certificate, String key, Optional<Secret> passphrase, String sentence) {
        assertThatThrownBy(() -> CertificateKey.of(certificate, Optional.of(file(key)), passphrase))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(sentence);
    }

    private static KeyFile file(String name) {
        return KeyFile.of(bytes(name));
    }

    private static byte[] bytes(String name) {
        try {
            return Files.readAllBytes(Path.of("src/test/resources/keys", name));
        } catch (IOException missing) {
            throw new UncheckedIOException(missing);
        }
    }

    private static Secret secret(String text) {
        return Secret.owning(text.getBytes(StandardCharsets.US_ASCII));
    }
}
