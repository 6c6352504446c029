package ikebana.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ikebana.auth.Authority.Wish;
import ikebana.auth.CertificatePath.Judged;
import ikebana.wire.Bytes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.junit.jupiter.api.Test;

/// The time is 100 days after the epoch; certificates are valid for a year from it, if nothing else is said.
class CertificatePathTest {
    private static final Instant NOW = Authority.NOW;
    private static final KeyPair ROOT = Authority.edwards(1);
    private static final KeyPair MIDDLE = Authority.edwards(2);
    private static final KeyPair LOWER = Authority.edwards(3);
    private static final KeyPair END = Authority.edwards(4);

    private final Authority root = Authority.root("C=CH, O=Example, CN=Root", ROOT);
    private final Authority middle = root.authority("C=CH, O=Example, CN=Middle", MIDDLE);
    private final Authority lower = middle.authority("C=CH, O=Example, CN=Lower", LOWER);
    private final X509Certificate spoke = lower.issue(wish());

    private static Wish wish() {
        return new Wish("C=CH, O=Example, CN=spoke", END).named(GeneralName.dNSName, "spoke.example");
    }

    private X509Certificate spokeWith(Consumer<Wish> what) {
        var wish = wish();
        what.accept(wish);
        return lower.issue(wish);
    }

    /// With the lists that are there, as [Credentials] does it.
    private Judged judge(Trust trust, X509Certificate... presented) {
        var judged = CertificatePath.judge(
                trust, Arrays.stream(presented).map(CertificateKey::encoded).toList(), NOW);
        return switch (judged) {
            case Judged.Refused _ -> judged;
            case Judged.Trusted(var end, var links) ->
                new RevocationCheck(trust, links)
                        .refusal(NOW)
                        .<Judged>map(Judged.Refused::new)
                        .orElseGet(() -> trusted(end));
        };
    }

    private String refusal(X509Certificate... presented) {
        return refusal(trust(), presented);
    }

    private String refusal(Trust trust, X509Certificate... presented) {
        return ((Judged.Refused) judge(trust, presented)).why();
    }

    private Trust trust(X509CRL... lists) {
        return new Trust(List.of(root.certificate()), List.of(lists), Trust.Revocation.SOFT, 6, 32_768);
    }

    private Trust hard(X509CRL... lists) {
        return new Trust(List.of(root.certificate()), List.of(lists), Trust.Revocation.HARD, 6, 32_768);
    }

    private static Trust trusting(Authority authority) {
        return new Trust(List.of(authority.certificate()), List.of(), Trust.Revocation.SOFT, 6, 32_768);
    }

    private Judged.Trusted trusted(X509Certificate end) {
        return new Judged.Trusted(end, List.of());
    }

    // ---- what is believed

    @Test
    void aChainIsBelievedInAnyOrderBehindThePeersOwnAndWithItsRoot() {
        var above = new ArrayList<>(List.of(middle.certificate(), lower.certificate(), root.certificate()));
        for (int rotation = 0; rotation < 3; rotation++) {
            Collections.rotate(above, 1);
            var presented = Stream.concat(Stream.of(spoke), above.stream()).toArray(X509Certificate[]::new);
            assertThat(judge(trust(), presented)).isEqualTo(trusted(spoke));
        }
        assertThat(judge(trust(), spoke, lower.certificate(), middle.certificate()))
                .isEqualTo(trusted(spoke));
    }

    @Test
    void anIntermediateAuthorityMayBeTheAnchor() {
        assertThat(judge(trusting(lower), spoke)).isEqualTo(trusted(spoke));
    }

    @Test
    void eachKindOfKeyMaySign() {
        for (var pair : List.of(Authority.pair("RSA", 2048, 1), Authority.pair("EC", 384, 1), Authority.edwards(9))) {
            var authority = Authority.root("CN=A", pair);
            var end = authority.issue(wish());
            assertThat(judge(trusting(authority), end)).isEqualTo(trusted(end));
        }
    }

    @Test
    void ofTwoAuthoritiesWithOneNameTheOneWithTheKeyCounts() {
        var again = Authority.root("C=CH, O=Example, CN=Root", Authority.edwards(7));
        var both = new Trust(
                List.of(again.certificate(), root.certificate()), List.of(), Trust.Revocation.SOFT, 6, 32_768);
        assertThat(judge(both, spoke, lower.certificate(), middle.certificate()))
                .isEqualTo(trusted(spoke));
    }

    // ---- what is not

    @Test
    void anUnknownIssuerIsNamed() {
        var other = Authority.root("O=Other, CN=Root", Authority.edwards(7));
        assertThat(refusal(other.issue(wish())))
                .isEqualTo("nobody we trust has issued the certificate of C=CH, O=Example, CN=spoke: its issuer is"
                        + " O=Other, CN=Root");
        assertThat(refusal(spoke, middle.certificate()))
                .isEqualTo("nobody we trust has issued the certificate of C=CH, O=Example, CN=spoke: its issuer is"
                        + " C=CH, O=Example, CN=Lower");
    }

    @Test
    void anIssuerOfTheSameNameWithAnotherKeyIsNoIssuer() {
        var impostor = Authority.root("C=CH, O=Example, CN=Root", Authority.edwards(7));
        assertThat(refusal(impostor.issue(wish())))
                .isEqualTo("the certificate of C=CH, O=Example, CN=spoke is not signed by C=CH, O=Example, CN=Root");
        assertThat(refusal(impostor.issue(wish()), impostor.certificate())).contains("is not signed by");
    }

    @Test
    void timeIsTheOneThatComesIn() {
        assertThat(refusal(
                        spokeWith(wish -> wish.valid(Instant.EPOCH, NOW.minusSeconds(1))),
                        lower.certificate(),
                        middle.certificate()))
                .isEqualTo("the certificate of C=CH, O=Example, CN=spoke has expired, at 1970-04-10T23:59:59Z");
        assertThat(refusal(
                        spokeWith(wish -> wish.valid(NOW.plusSeconds(1), NOW.plusSeconds(9))),
                        lower.certificate(),
                        middle.certificate()))
                .isEqualTo("the certificate of C=CH, O=Example, CN=spoke is not valid before 1970-04-11T00:00:01Z");
    }

    @Test
    void anAuthorityEndsTooEvenTheRoot() {
        var old = Authority.root(new Wish("CN=Old", ROOT)
                .authority(new BasicConstraints(true))
                .valid(Instant.EPOCH, NOW.minusSeconds(1)));
        assertThat(refusal(trusting(old), old.issue(wish())))
                .isEqualTo("the certificate of CN=Old has expired, at 1970-04-10T23:59:59Z");
        var lowerOld = root.authority(new Wish("CN=Old", MIDDLE)
                .authority(new BasicConstraints(true))
                .valid(Instant.EPOCH, NOW.minusSeconds(1)));
        assertThat(refusal(trusting(lowerOld), lowerOld.issue(wish()))).contains("CN=Old has expired");
    }

    @Test
    void whoeverIsNoAuthorityIssuesNothing() {
        var end = root.issue(new Wish("CN=end", LOWER));
        var claimed = Authority.root("CN=end", LOWER).issue(wish());
        assertThat(refusal(claimed, end)).isEqualTo("CN=end has issued a certificate and is no certificate authority");
        var usage = root.authority(new Wish("CN=usage", LOWER).authority(new BasicConstraints(true)));
        assertThat(judge(trust(), usage.issue(wish()), usage.certificate())).isInstanceOf(Judged.Trusted.class);
        var wrongUsage = new Wish("CN=usage", LOWER).authority(new BasicConstraints(true));
        wrongUsage.usage = Optional.of(KeyUsage.digitalSignature);
        var useless = root.authority(wrongUsage);
        assertThat(refusal(useless.issue(wish()), useless.certificate()))
                .isEqualTo("CN=usage has issued a certificate and is no certificate authority");
    }

    @Test
    void aPathIsNotLongerThanItsAuthoritiesAllow() {
        var last = root.authority(new Wish("CN=last", MIDDLE).authority(new BasicConstraints(0)));
        var under = last.authority("CN=under", LOWER);
        assertThat(refusal(under.issue(wish()), under.certificate(), last.certificate()))
                .isEqualTo("the path through CN=under is longer than an authority above it allows");
    }

    @Test
    void nameConstraintsOfEachAuthorityCountAlsoOfTheRoot() {
        var permitted = new NameConstraints(
                new GeneralSubtree[] {new GeneralSubtree(new GeneralName(GeneralName.dNSName, "example"))}, null);
        var excluded = new NameConstraints(
                null, new GeneralSubtree[] {new GeneralSubtree(new GeneralName(new X500Name("C=CH, O=Example")))});
        for (boolean atTheRoot : new boolean[] {true, false}) {
            assertThat(constrained(atTheRoot, permitted, "spoke.example", "C=CH, O=Example, CN=x"))
                    .isEmpty();
            assertThat(constrained(atTheRoot, permitted, "spoke.other", "C=CH, O=Example, CN=x"))
                    .contains("the certificate of C=CH, O=Example, CN=x (C=CH, O=Example, CN=x, spoke.other) is outside"
                            + " of the name constraints of its authorities");
            assertThat(constrained(atTheRoot, excluded, "spoke.example", "C=CH, O=Else, CN=x"))
                    .isEmpty();
            // CVE-2026-35328 and its like were about excluded distinguished names
            assertThat(constrained(atTheRoot, excluded, "spoke.example", "C=CH, O=Example, CN=x"))
                    .isPresent();
        }
    }

    private Optional<String> constrained(boolean atTheRoot, NameConstraints constraints, String dns, String subject) {
        var wish = new Wish("CN=Constrained", MIDDLE).authority(new BasicConstraints(true));
        wish.constraints = Optional.of(constraints);
        var authority = atTheRoot ? Authority.root(wish) : root.authority(wish);
        var end = authority.issue(new Wish(subject, END).named(GeneralName.dNSName, dns));
        var judged = atTheRoot ? judge(trusting(authority), end) : judge(trust(), end, authority.certificate());
        return judged instanceof Judged.Refused(var why) ? Optional.of(why) : Optional.empty();
    }

    @Test
    void aKeyThatIsNotForSignaturesSignsNothing() {
        assertThat(refusal(
                        spokeWith(wish -> wish.usage = Optional.of(KeyUsage.keyEncipherment)),
                        lower.certificate(),
                        middle.certificate()))
                .isEqualTo("the key usage of the certificate of C=CH, O=Example, CN=spoke is not for signatures");
        for (var usage : List.of(Optional.<Integer>empty(), Optional.of(KeyUsage.nonRepudiation))) {
            var fine = spokeWith(wish -> wish.usage = usage);
            assertThat(judge(trust(), fine, lower.certificate(), middle.certificate()))
                    .isEqualTo(trusted(fine));
        }
    }

    @Test
    void ofTwoIntermediatesWithOneNameTheOneThatHasSignedCounts() {
        var again = middle.authority("C=CH, O=Example, CN=Lower", Authority.edwards(7));
        var huge = root.issue(new Wish("C=CH, O=Example, CN=Lower", Authority.pair("RSA", 1024, 3)));
        for (var others :
                List.of(List.of(again.certificate(), lower.certificate()), List.of(huge, lower.certificate()))) {
            var presented = new ArrayList<>(List.of(spoke));
            presented.addAll(others);
            presented.add(middle.certificate());
            assertThat(judge(trust(), presented.toArray(X509Certificate[]::new)))
                    .isEqualTo(trusted(spoke));
        }
    }

    @Test
    void anExtensionThatMustBeUnderstoodAndIsNotIsRefused() {
        assertThat(refusal(
                        spokeWith(wish -> wish.unknownCriticalExtension = true),
                        lower.certificate(),
                        middle.certificate()))
                .startsWith("the certificate of C=CH, O=Example, CN=spoke is not valid: ");
    }

    @Test
    void sha1AndShortKeysAreRefusedAnywhereBelowTheAnchor() {
        var rsa = Authority.root("CN=RSA", Authority.pair("RSA", 2048, 1));
        var old = wish();
        old.sha1 = true;
        assertThat(refusal(trusting(rsa), rsa.issue(old)))
                .isEqualTo("the certificate of C=CH, O=Example, CN=spoke is signed with SHA1withRSA, which has been"
                        + " broken");
        var small = rsa.issue(new Wish("CN=small", Authority.pair("RSA", 1024, 1)));
        assertThat(refusal(trusting(rsa), small))
                .startsWith("the certificate of CN=small has a key that is refused: RSA with 1024 bits is not used");
    }

    // ---- revocation

    @Test
    void whatIsOnAListIsRefused() {
        var list = lower.list(NOW.minusSeconds(60), NOW.plusSeconds(60), spoke);
        for (var trust : List.of(trust(list), hard(list, middleList(), rootList()))) {
            assertThat(refusal(trust, spoke, lower.certificate(), middle.certificate()))
                    .isEqualTo("the certificate of C=CH, O=Example, CN=spoke is revoked since 1970-04-10T23:59:00Z (key"
                            + " compromise)");
        }
        var authority = middle.list(NOW.minusSeconds(60), NOW.plusSeconds(60), lower.certificate());
        assertThat(refusal(trust(authority), spoke, lower.certificate(), middle.certificate()))
                .startsWith("the certificate of C=CH, O=Example, CN=Lower is revoked");
    }

    private X509CRL middleList() {
        return middle.list(NOW.minusSeconds(60), NOW.plusSeconds(60));
    }

    private X509CRL rootList() {
        return root.list(NOW.minusSeconds(60), NOW.plusSeconds(60));
    }

    @Test
    void aMissingOrOldListCountsOnlyWhereItIsRequired() {
        // the JDK takes one for a quarter of an hour more
        var old = lower.list(NOW.minus(Duration.ofHours(2)), NOW.minus(Duration.ofMinutes(16)));
        for (var trust : List.of(trust(), trust(old), trust(rootList()))) {
            assertThat(judge(trust, spoke, lower.certificate(), middle.certificate()))
                    .isEqualTo(trusted(spoke));
        }
        for (var trust : List.of(hard(middleList(), rootList()), hard(old, middleList(), rootList()))) {
            assertThat(refusal(trust, spoke, lower.certificate(), middle.certificate()))
                    .isEqualTo("there is no valid revocation list of C=CH, O=Example, CN=Lower, and"
                            + " certificate.revocation is hard");
        }
        var current = lower.list(NOW.minusSeconds(60), NOW.plusSeconds(60));
        assertThat(judge(hard(current, middleList(), rootList()), spoke, lower.certificate(), middle.certificate()))
                .isEqualTo(trusted(spoke));
    }

    @Test
    void aListThatSomebodyElseHasSignedDoesNotCount() {
        var impostor = Authority.root("C=CH, O=Example, CN=Lower", Authority.edwards(7));
        var list = impostor.list(NOW.minusSeconds(60), NOW.plusSeconds(60), spoke);
        assertThat(judge(trust(list), spoke, lower.certificate(), middle.certificate()))
                .isEqualTo(trusted(spoke));
    }

    // ---- limits and noise

    @Test
    void aChainHasALimitOfCertificatesAndOfBytes() {
        var many = Collections.nCopies(7, spoke).toArray(X509Certificate[]::new);
        assertThat(refusal(many)).startsWith("it sends 7 certificates with ");
        var small = new Trust(List.of(root.certificate()), List.of(), Trust.Revocation.SOFT, 6, 100);
        assertThat(refusal(small, spoke)).endsWith("longest-chain is 6, largest-chain 100");
    }

    @Test
    void noCertificateAndNoiseAreRefused() {
        assertThat(refusal()).isEqualTo("it sends no certificate");
        var noise = List.of(Bytes.EMPTY, Bytes.of(new byte[100]), Bytes.ofHex("3082ffff"), Bytes.ofHex("3000"));
        for (var der : noise) {
            assertThat(CertificatePath.judge(trust(), List.of(der), NOW))
                    .isEqualTo(new Judged.Refused("what it sends as a certificate is no X.509 certificate"));
        }
        var whole = CertificateKey.encoded(spoke);
        for (int length = 0; length < whole.length(); length++) {
            assertThat(CertificatePath.judge(trust(), List.of(whole.slice(0, length)), NOW))
                    .isInstanceOf(Judged.Refused.class);
        }
        assertThat(CertificatePath.judge(trust(), List.of(Bytes.concat(whole, Bytes.of((byte) 0))), NOW))
                .isEqualTo(new Judged.Refused("what it sends as a certificate has something behind the certificate"));
    }

    /// Found by fuzzing: the JDK leaves the bounds of an array there.
    @Test
    void aCertificateForAnEdwardsKeyWithoutAByteIsNone() throws Exception {
        var found = Files.readAllBytes(Path.of("src/test/fuzz/certificate/certificate-ed25519-without-its-key"));
        var der = Bytes.of(Arrays.copyOfRange(found, 1, found.length));
        assertThat(CertificatePath.judge(trust(), List.of(der), NOW))
                .isEqualTo(new Judged.Refused("what it sends as a certificate is no X.509 certificate"));
    }

    @Test
    void everyFlippedByteIsRefusedOrOutsideOfWhatIsSigned() throws Exception {
        var whole = CertificateKey.encoded(spoke);
        for (int at = 0; at < whole.length(); at++) {
            var changed = whole.toArray();
            changed[at] ^= 1;
            var presented = List.of(
                    Bytes.of(changed),
                    CertificateKey.encoded(lower.certificate()),
                    CertificateKey.encoded(middle.certificate()));
            if (CertificatePath.judge(trust(), presented, NOW) instanceof Judged.Trusted(var end, var _)) {
                assertThat(end.getTBSCertificate()).as("byte %d", at).isEqualTo(spoke.getTBSCertificate());
            }
        }
    }

    @Test
    void anAnchorIsAnAuthorityAndItsConstraintsAreOnesThatCount() {
        assertThatThrownBy(() -> new Trust(List.of(spoke), List.of(), Trust.Revocation.SOFT, 6, 32_768))
                .hasMessage("has C=CH, O=Example, CN=spoke, which is no certificate authority");
        var wish = new Wish("CN=Constrained", MIDDLE).authority(new BasicConstraints(true));
        wish.constraints = Optional.of(new NameConstraints(
                new GeneralSubtree[] {new GeneralSubtree(new GeneralName(GeneralName.dNSName, "example"))}, null));
        var constrained = root.authority(wish);
        assertThatThrownBy(() -> trusting(constrained))
                .hasMessage("has CN=Constrained, an intermediate authority with name constraints: name its root"
                        + " instead");
    }
}
