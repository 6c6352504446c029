package ikebana.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.crypto.Signatures.Choice;
import ikebana.crypto.Signatures.RsaPadding;
import ikebana.crypto.Signatures.Signed;
import ikebana.wire.Bytes;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SignaturesTest {
    private static final Bytes OCTETS = Bytes.of(new byte[200]);
    private static final Choice PKCS1 = new Choice(RsaPadding.PKCS1, false);
    private static final Choice SHA1 = new Choice(RsaPadding.PSS, true);
    private static final String NOT_THE_KEY = "AUTH is not signed with the key of its certificate";

    private static final java.security.KeyPair RSA = generated("RSA", 2048);
    private static final java.security.KeyPair OTHER_RSA = generated("RSA", 2048);
    private static final java.security.KeyPair P256 = onCurve("secp256r1");
    private static final java.security.KeyPair P384 = onCurve("secp384r1");
    private static final java.security.KeyPair P521 = onCurve("secp521r1");
    private static final java.security.KeyPair ED25519 = generated("Ed25519", 255);
    private static final List<java.security.KeyPair> ALL = List.of(RSA, P256, P384, P521, ED25519);

    // ---- published values

    @Test
    void ecdsaAgreesWithWycheproof() {
        agrees("ecdsa_secp256r1_sha256", "EC", "300a06082a8648ce3d040302", 100);
        agrees("ecdsa_secp384r1_sha384", "EC", "300a06082a8648ce3d040303", 100);
    }

    @Test
    void ed25519AgreesWithWycheproof() {
        agrees("ed25519", "Ed25519", "300506032b6570", 50);
    }

    @Test
    void rsaPkcs1AgreesWithWycheproof() {
        agrees("rsa_signature_2048_sha256", "RSA", "300d06092a864886f70d01010b0500", 200);
    }

    @Test
    void rsaPssAgreesWithWycheproof() {
        agrees("rsa_pss_2048_sha256_mgf1_32", "RSA", pss("01", "01", "a203020120"), 40);
        agrees("rsa_pss_2048_sha256_mgf1_32_params", "RSASSA-PSS", pss("01", "01", "a203020120"), 40);
    }

    private static void agrees(String file, String algorithm, String label, int invalid) {
        int refused = 0;
        for (var vector : Published.wycheproof(file)) {
            var key = publicKey(
                    algorithm, Bytes.ofHex(vector.group().get("publicKeyDer").asText()));
            var data = labelled(label, vector.hex("sig"));
            boolean taken = refusal(key, Signatures.DIGITAL_SIGNATURE, data, vector.hex("msg"))
                    .isEmpty();
            // the one that is "acceptable" lacks the NULL of its DigestInfo
            if (vector.test().get("result").asText().equals("acceptable")) continue;
            assertThat(taken).as(vector.name()).isEqualTo(vector.isValid());
            if (!taken) refused++;
        }
        assertThat(refused).isGreaterThan(invalid);
    }

    /// RFC 7427 A, RFC 8420 A: what stands in front of our signatures.
    @Test
    void theLabelsAreThoseOfRfc7427() {
        assertThat(label(RSA, Choice.DEFAULT)).isEqualTo(pss("01", "01", "a203020120"));
        assertThat(label(RSA, PKCS1)).isEqualTo("300d06092a864886f70d01010b0500");
        assertThat(label(P256, PKCS1)).isEqualTo("300a06082a8648ce3d040302");
        assertThat(label(P384, PKCS1)).isEqualTo("300a06082a8648ce3d040303");
        assertThat(label(P521, PKCS1)).isEqualTo("300a06082a8648ce3d040304");
        assertThat(label(ED25519, PKCS1)).isEqualTo("300506032b6570");
    }

    private static String label(java.security.KeyPair pair, Choice choice) {
        var data = sign(pair, Optional.of(List.of(SignatureHash.values())), choice)
                .orElseThrow()
                .data();
        return data.slice(1, 1 + data.at(0)).toString();
    }

    // ---- laws

    @Test
    void whatAKeySignsItsPublicHalfVerifiesWithEachHash() {
        for (var pair : ALL) {
            for (var hash : SignatureHash.values()) {
                for (var choice : List.of(Choice.DEFAULT, PKCS1)) {
                    boolean edwards = pair == ED25519;
                    var signed = sign(pair, Optional.of(List.of(hash)), choice);
                    assertThat(signed.isPresent())
                            .as("%s with %s", pair.getPublic().getAlgorithm(), hash)
                            .isEqualTo(edwards == (hash == SignatureHash.IDENTITY));
                    signed.ifPresent(it -> {
                        assertThat(it.method()).isEqualTo(Signatures.DIGITAL_SIGNATURE);
                        assertThat(refusal(pair.getPublic(), it, OCTETS)).isEmpty();
                    });
                }
            }
        }
    }

    @Test
    void aCurveTakesTheHashOfItsOwnStrengthWhereThePeerKnowsIt() {
        var all = Optional.of(List.of(SignatureHash.SHA2_256, SignatureHash.SHA2_384, SignatureHash.SHA2_512));
        assertThat(sign(P384, all, Choice.DEFAULT)
                        .orElseThrow()
                        .data()
                        .slice(1, 13)
                        .toString())
                .isEqualTo("300a06082a8648ce3d040303");
    }

    @Test
    void nothingElseIsTaken() {
        for (var pair : ALL) {
            var signed = sign(pair, Optional.of(List.of(SignatureHash.values())), Choice.DEFAULT)
                    .orElseThrow();
            assertThat(refusal(pair.getPublic(), signed, Bytes.of(new byte[201])))
                    .contains(NOT_THE_KEY);
            for (var other : List.of(OTHER_RSA, onCurve("secp256r1"), generated("Ed25519", 255))) {
                assertThat(refusal(other.getPublic(), signed, OCTETS)).contains(NOT_THE_KEY);
            }
            for (int at = 0; at < signed.data().length(); at++) {
                var changed = signed.data().toArray();
                changed[at] ^= 1;
                assertThat(refusal(pair.getPublic(), signed.method(), Bytes.of(changed), OCTETS))
                        .as("byte %d", at)
                        .isPresent();
                assertThat(refusal(
                                pair.getPublic(), signed.method(), signed.data().slice(0, at), OCTETS))
                        .as("%d bytes", at)
                        .isPresent();
            }
        }
    }

    @Test
    void anotherHashThanTheLabelSaysIsRefused() {
        var signed = sign(P256, Optional.of(List.of(SignatureHash.SHA2_256)), Choice.DEFAULT)
                .orElseThrow();
        var signature = signed.data().slice(13, signed.data().length());
        var data = labelled("300a06082a8648ce3d040303", signature);
        assertThat(refusal(P256.getPublic(), Signatures.DIGITAL_SIGNATURE, data, OCTETS))
                .contains(NOT_THE_KEY);
    }

    /// CVE-2021-41990 was a salt longer than the key; the default of RFC 4055 is SHA-1 with a salt of 20.
    @Test
    void oddPssParametersAreRefusedByName() {
        for (var label : List.of(
                pss("01", "02", "a203020120"), // another hash in the mask
                pss("01", "01", "a203020114"), // a salt of another length
                pss("01", "01", "a20602047fffffff"),
                pss("01", "01", "a2030201ff"),
                pss("01", "01", "a203020120a303020102"), // another trailer
                pss("01", "01", ""), // a salt of 20, by default
                "300d06092a864886f70d01010a3000", // SHA-1, by default
                "300b06092a864886f70d01010a",
                "300d06092a864886f70d01010a0500")) {
            var data = labelled(label, Bytes.of(new byte[256]));
            assertThat(refusal(RSA.getPublic(), Signatures.DIGITAL_SIGNATURE, data, OCTETS)
                            .orElseThrow())
                    .startsWith("AUTH is signed in a way that is not accepted here: 30");
        }
    }

    @Test
    void sha1IsNoHashOfRfc7427Here() {
        for (var label : List.of("300d06092a864886f70d0101050500", "300906072a8648ce3d0401")) {
            var data = labelled(label, Bytes.of(new byte[256]));
            assertThat(refusal(RSA.getPublic(), Signatures.DIGITAL_SIGNATURE, data, OCTETS)
                            .orElseThrow())
                    .startsWith("AUTH is signed in a way that is not accepted here");
        }
    }

    // ---- old peers

    @Test
    void aPeerWithoutRfc7427GetsMethod1WithSha256AndEcdsaAfterRfc4754() throws Exception {
        var rsa = sign(RSA, Optional.empty(), Choice.DEFAULT).orElseThrow();
        assertThat(rsa.method()).isEqualTo(1);
        assertThat(plainly("SHA256withRSA", rsa.data())).isTrue();
        assertThat(refusal(RSA.getPublic(), rsa, OCTETS)).isEmpty();
        var ecdsa = sign(P256, Optional.empty(), Choice.DEFAULT).orElseThrow();
        assertThat(ecdsa.method()).isEqualTo(9);
        assertThat(ecdsa.data().length()).isEqualTo(64);
        assertThat(refusal(P256.getPublic(), ecdsa, OCTETS)).isEmpty();
        assertThat(sign(P384, Optional.empty(), Choice.DEFAULT)
                        .orElseThrow()
                        .data()
                        .length())
                .isEqualTo(96);
        assertThat(sign(P521, Optional.empty(), Choice.DEFAULT)
                        .orElseThrow()
                        .data()
                        .length())
                .isEqualTo(132);
        assertThat(sign(ED25519, Optional.empty(), Choice.DEFAULT)).isEmpty();
    }

    @Test
    void ecdsaAfterRfc4754IsTiedToItsCurve() {
        var ecdsa = sign(P256, Optional.empty(), Choice.DEFAULT).orElseThrow();
        assertThat(refusal(P256.getPublic(), 10, ecdsa.data(), OCTETS)).contains(NOT_THE_KEY);
        assertThat(refusal(P384.getPublic(), 9, ecdsa.data(), OCTETS)).contains(NOT_THE_KEY);
    }

    @Test
    void sha1IsSignedAndTakenOnlyOnDemand() throws Exception {
        var old = sign(RSA, Optional.empty(), SHA1).orElseThrow();
        assertThat(plainly("SHA1withRSA", old.data())).isTrue();
        assertThat(Signatures.refusal(RSA.getPublic(), 1, old.data(), SHA1, OCTETS))
                .isEmpty();
        assertThat(refusal(RSA.getPublic(), 1, old.data(), OCTETS))
                .contains("AUTH is signed with SHA-1 (see certificate.sha1)");
    }

    @Test
    void shortAndLongRsaKeysAreRefused() {
        assertThat(refusal(generated("RSA", 1024).getPublic(), 1, Bytes.EMPTY, OCTETS)
                        .orElseThrow())
                .startsWith("RSA with 1024 bits is not used here");
        assertThat(Signatures.weakness(RSA.getPublic())).isEmpty();
    }

    @Test
    void theAnnouncementIsReadAsItIsWritten() {
        assertThat(SignatureHash.announced(SignatureHash.announcement())).containsExactly(SignatureHash.values());
        assertThat(SignatureHash.announced(Bytes.ofHex("000100030003ffff00"))).containsExactly(SignatureHash.SHA2_384);
    }

    @Test
    void signaturesReplayFromASeed() {
        for (var pair : ALL) {
            var hashes = Optional.of(List.of(SignatureHash.values()));
            assertThat(sign(pair, hashes, Choice.DEFAULT)).isEqualTo(sign(pair, hashes, Choice.DEFAULT));
        }
    }

    @Test
    void aPairIsKnownAsAPair() {
        for (var one : ALL) {
            for (var other : ALL) {
                assertThat(PublicKeys.belongTogether(one.getPrivate(), other.getPublic()))
                        .isEqualTo(one == other);
            }
        }
    }

    // ---- tools

    private static Optional<Signed> sign(
            java.security.KeyPair pair, Optional<List<SignatureHash>> announced, Choice choice) {
        return Signatures.sign(pair.getPrivate(), pair.getPublic(), announced, choice, OCTETS, new SeededEntropy(1));
    }

    private static Optional<String> refusal(PublicKey key, Signed signed, Bytes octets) {
        return refusal(key, signed.method(), signed.data(), octets);
    }

    private static Optional<String> refusal(PublicKey key, int method, Bytes data, Bytes octets) {
        return Signatures.refusal(key, method, data, Choice.DEFAULT, octets);
    }

    private static boolean plainly(String algorithm, Bytes signature) throws GeneralSecurityException {
        var verifier = java.security.Signature.getInstance(algorithm);
        verifier.initVerify(RSA.getPublic());
        verifier.update(OCTETS.toArray());
        return verifier.verify(signature.toArray());
    }

    private static Bytes labelled(String label, Bytes signature) {
        var der = Bytes.ofHex(label);
        return Bytes.concat(Bytes.of((byte) der.length()), der, signature);
    }

    private static String pss(String hash, String maskHash, String tail) {
        var body = "a00f300d06096086480165030402" + hash + "0500" + "a11c301a06092a864886f70d010108"
                + "300d06096086480165030402" + maskHash + "0500" + tail;
        var parameters = "30%02x%s".formatted(body.length() / 2, body);
        return "30%02x06092a864886f70d01010a%s".formatted(11 + parameters.length() / 2, parameters);
    }

    private static PublicKey publicKey(String algorithm, Bytes der) {
        try {
            return KeyFactory.getInstance(algorithm).generatePublic(new X509EncodedKeySpec(der.toArray()));
        } catch (GeneralSecurityException broken) {
            throw new IllegalStateException(broken);
        }
    }

    private static java.security.KeyPair generated(String algorithm, int bits) {
        try {
            var generator = KeyPairGenerator.getInstance(algorithm);
            generator.initialize(bits);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException broken) {
            throw new IllegalStateException(broken);
        }
    }

    private static java.security.KeyPair onCurve(String name) {
        try {
            var generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec(name));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException broken) {
            throw new IllegalStateException(broken);
        }
    }
}
