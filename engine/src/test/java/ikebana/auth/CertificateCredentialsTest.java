package ikebana.auth;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.Examples;
import ikebana.auth.Authority.Wish;
import ikebana.crypto.Prf;
import ikebana.crypto.SeededEntropy;
import ikebana.crypto.SignatureHash;
import ikebana.crypto.Signatures;
import ikebana.wire.Bytes;
import ikebana.wire.IpAddress;
import ikebana.wire.Secret;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bouncycastle.asn1.x509.GeneralName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The spoke signs, the hub verifies.
class CertificateCredentialsTest {
    private static final Bytes OCTETS = Bytes.of(new byte[100]);
    private static final Optional<List<SignatureHash>> HASHES = Optional.of(List.of(SignatureHash.values()));
    private static final KeyPair KEY = Authority.edwards(2);

    private final Authority root = Authority.root("O=Example, CN=Root", Authority.edwards(1));
    private final Credentials hub = with("O=Example, CN=hub", Authority.edwards(3));

    private Credentials with(String subject, KeyPair pair) {
        return with(new Wish(subject, pair));
    }

    private Credentials with(Wish wish) {
        var own = CertificateKey.of(List.of(root.issue(wish)), wish.pair.getPrivate());
        var trust = new Trust(List.of(root.certificate()), List.of(), Trust.Revocation.SOFT, 6, 32_768);
        var shared = new PreSharedKey(IdentityPattern.of("*"), Secret.owning(new byte[] {1}));
        return new Credentials(
                Map.of("shared", List.of(shared)),
                Map.of("dmvpn", new CertificateAuthentication(own, trust, Signatures.Choice.DEFAULT)),
                new SeededEntropy(1));
    }

    private static Wish spoke() {
        return new Wish("C=CH, O=Example, CN=spoke", KEY)
                .named(GeneralName.dNSName, "spoke.example")
                .named(GeneralName.rfc822Name, "spoke@example")
                .named(GeneralName.iPAddress, "192.0.2.7")
                .named(GeneralName.iPAddress, "2001:db8::7")
                .named(GeneralName.directoryName, "O=Other, OU=GRE=10.0.0.7");
    }

    private Verdict.Signed signed(Credentials credentials) {
        var question = new Question.Sign(
                "dmvpn", Optional.empty(), Identity.of("192.0.2.1"), Prf.HMAC_SHA2_256, OCTETS, HASHES);
        return (Verdict.Signed) credentials.answer(question, Authority.NOW);
    }

    private Verdict verdict(Verdict.Signed signed, String identity) {
        return verdict(List.of("dmvpn"), signed, Identity.of(identity), OCTETS);
    }

    private Verdict verdict(List<String> profiles, Verdict.Signed signed, Identity identity, Bytes octets) {
        var question = new Question.Verify(
                profiles, identity, Prf.HMAC_SHA2_256, octets, signed.method(), signed.data(), signed.certificates());
        return hub.answer(question, Authority.NOW);
    }

    private static String why(Verdict verdict) {
        return ((Verdict.Refused) verdict).why();
    }

    @Test
    void eachNameOfACertificateIsProven() {
        var signed = signed(with(spoke()));
        for (var name : List.of(
                "C=CH, O=Example, CN=spoke",
                "c=ch, o=example, cn=Spoke",
                "spoke.example",
                "Spoke.EXAMPLE",
                "spoke@example",
                "192.0.2.7",
                "2001:db8::7",
                "O=Other, OU=GRE\\=10.0.0.7")) {
            var verdict = verdict(signed, name);
            assertThat(verdict).as(name).isInstanceOf(Verdict.Proven.class);
            var peer = ((Verdict.Proven) verdict).peer();
            assertThat(peer.identity()).isEqualTo(Identity.of(name));
            assertThat(peer.certificate())
                    .contains(signed.certificates().getFirst().data());
        }
    }

    /// With RFC 7427, and with a peer that announces no hashes and gets the methods of before (1, 9, 10, 11).
    @ParameterizedTest
    @CsvSource({
        "RSA, 2048, 1",
        "RSA, 4096, 1",
        "EC, 256, 9",
        "EC, 384, 10",
        "EC, 521, 11",
        "Ed25519, 255, 0",
    })
    void aKeyOfEachKindProvesItselfToPeersOldAndNew(String algorithm, int bits, int oldMethod) {
        var spoke = with("C=CH, O=Example, CN=spoke", Authority.pair(algorithm, bits, 7));
        var modern = signed(spoke);
        assertThat(modern.method()).isEqualTo(14);
        assertThat(verdict(modern, "C=CH, O=Example, CN=spoke")).isInstanceOf(Verdict.Proven.class);
        var old = spoke.answer(
                new Question.Sign(
                        "dmvpn",
                        Optional.empty(),
                        Identity.of("192.0.2.1"),
                        Prf.HMAC_SHA2_256,
                        OCTETS,
                        Optional.empty()),
                Authority.NOW);
        if (oldMethod == 0) {
            assertThat(why(old)).contains("ours is Ed25519, and it announces no hashes (RFC 7427)");
            return;
        }
        assertThat(((Verdict.Signed) old).method()).isEqualTo(oldMethod);
        assertThat(verdict((Verdict.Signed) old, "C=CH, O=Example, CN=spoke")).isInstanceOf(Verdict.Proven.class);
    }

    @Test
    void noOtherNameIs() {
        var signed = signed(with(spoke()));
        for (var name : List.of(
                "C=CH, O=Example, CN=hub",
                "O=Example, C=CH, CN=spoke",
                "CN=spoke",
                "spoke",
                "hub.example",
                "x.spoke.example",
                "192.0.2.8",
                "keyid:spoke")) {
            assertThat(why(verdict(signed, name)))
                    .isEqualTo("%s is not in the peer's certificate, which is for C=CH, O=Example, CN=spoke,"
                                    .formatted(Identity.of(name))
                            + " spoke.example, spoke@example, 192.0.2.7, 2001:db8::7, O=Other, OU=GRE\\=10.0.0.7");
        }
    }

    @Test
    void whoeverHasTheCertificateAndNotItsKeyIsRefused() {
        var thief = signed(with("O=Example, CN=thief", Authority.edwards(9)));
        var stolen = new Verdict.Signed(
                thief.method(), thief.data(), signed(with(spoke())).certificates());
        assertThat(why(verdict(stolen, "spoke.example")))
                .isEqualTo("spoke.example: AUTH is not signed with the key of its certificate");
        assertThat(why(verdict(
                        List.of("dmvpn"), signed(with(spoke())), Identity.of("spoke.example"), Bytes.of((byte) 1))))
                .isEqualTo("spoke.example: AUTH is not signed with the key of its certificate");
    }

    @Test
    void noProfileAcceptsTheWayOfTheOther() {
        var signed = signed(with(spoke()));
        var id = Identity.of("spoke.example");
        assertThat(why(verdict(List.of(), signed, id, OCTETS))).isEqualTo("no profile accepts spoke.example");
        assertThat(why(verdict(List.of("shared"), signed, id, OCTETS)))
                .isEqualTo("spoke.example has a certificate, and profile shared wants a pre-shared key");
        var shared = new Verdict.Signed(Credentials.SHARED_KEY, OCTETS, List.of());
        assertThat(why(verdict(List.of("dmvpn"), shared, id, OCTETS)))
                .isEqualTo("spoke.example has a pre-shared key, and profile dmvpn wants a certificate");
        assertThat(verdict(List.of("shared", "dmvpn"), signed, id, OCTETS)).isInstanceOf(Verdict.Proven.class);
    }

    @Test
    void aPeerThatCannotVerifyOurKeyIsToldOfInOneSentence() {
        var question = new Question.Sign(
                "dmvpn",
                Optional.empty(),
                Identity.of("192.0.2.1"),
                Prf.HMAC_SHA2_256,
                OCTETS,
                Optional.of(List.of(SignatureHash.SHA2_256)));
        assertThat(why(hub.answer(question, Authority.NOW)))
                .isEqualTo("the peer verifies no signature that our key can make: ours is Ed25519, and it announces"
                        + " [SHA2_256]");
    }

    @Test
    void whatEndsSoonIsToldInTime() {
        var end = Authority.NOW.plus(Duration.ofDays(10));
        var credentials = with(spoke().valid(Instant.EPOCH, end));
        assertThat(credentials.warnings(Authority.NOW, Duration.ofDays(9))).isEmpty();
        assertThat(credentials.warnings(Authority.NOW, Duration.ofDays(30)))
                .containsExactly(
                        "profile dmvpn: our certificate of C=CH, O=Example, CN=spoke, spoke.example, spoke@example,"
                                + " 192.0.2.7, 2001:db8::7, O=Other, OU=GRE\\=10.0.0.7 expires at 1970-04-21T00:00:00Z, in 10 days");
        assertThat(credentials.warnings(end.plusSeconds(1), Duration.ZERO))
                .singleElement()
                .asString()
                .endsWith(" has expired, at 1970-04-21T00:00:00Z");
        assertThat(hub.warnings(Instant.EPOCH.plus(Duration.ofDays(366)), Duration.ZERO))
                .contains("profile dmvpn: the authority O=Example, CN=Root has expired, at 1971-01-01T00:00:00Z");
    }

    @Test
    void newKeysAreForTheSameProfilesAndTheSameName() {
        var address = IpAddress.of("192.0.2.1");
        var ours = profile("dmvpn", address, "O=Example, CN=hub", true);
        assertThat(hub.objections(List.of(ours))).isEmpty();
        assertThat(with("O=Example, CN=hub", Authority.edwards(8)).objections(List.of(ours)))
                .isEmpty();
        assertThat(with("O=Example, CN=other", Authority.edwards(8)).objections(List.of(ours)))
                .containsExactly(
                        "profile dmvpn: O=Example, CN=hub is not in the new certificate, which is for O=Example,"
                                + " CN=other");
        assertThat(hub.objections(List.of(profile("nobody", address, "hub.example", false))))
                .containsExactly("profile nobody: it has no key any more");
        assertThat(hub.objections(List.of(profile("shared", address, "hub.example", false))))
                .isEmpty();
        assertThat(hub.objections(List.of(profile("dmvpn", address, "O=Example, CN=hub", false))))
                .containsExactly("profile dmvpn: its auth has changed");
    }

    private static Profile profile(String name, IpAddress local, String id, boolean certificates) {
        var like = Examples.profile(local);
        return new Profile(
                name,
                like.local(),
                like.greKeys(),
                like.reqid(),
                like.guard(),
                Optional.of(Identity.of(id)),
                like.remoteIdentities(),
                like.sharedIdentity(),
                like.ikeProposals(),
                like.espProposals(),
                like.lifetime(),
                like.ikeLifetime(),
                like.replayWindow(),
                certificates ? Optional.of(List.of(Bytes.of(new byte[20]))) : Optional.empty(),
                like.uniqueness(),
                like.inactivity(),
                like.ppk(),
                like.children());
    }

    @Test
    void distinguishedNamesArePatternsToo() {
        var pattern = IdentityPattern.of("C=CH, O=Example, CN=*");
        assertThat(pattern.matches(Identity.of("C=CH, O=Example, CN=spoke"))).isTrue();
        assertThat(pattern.matches(Identity.of("C=CH, O=example, CN=hub"))).isTrue();
        assertThat(pattern.matches(Identity.of("C=CH, O=Example, OU=x, CN=spoke")))
                .isFalse();
        assertThat(pattern.matches(Identity.of("C=CH, O=Example, CN=spoke, OU=x")))
                .isFalse();
        assertThat(pattern.matches(Identity.of("C=CH, O=Example"))).isFalse();
        assertThat(pattern.matches(Identity.of("C=CH, O=Other, CN=spoke"))).isFalse();
        assertThat(pattern.matches(Identity.of("C=CH, O=Example, OU=spoke"))).isFalse();
        assertThat(pattern.matches(Identity.of("spoke.example"))).isFalse();
        assertThat(pattern.matches(new Identity(Identity.DISTINGUISHED_NAME, Bytes.of(new byte[9]))))
                .isFalse();
        assertThat(IdentityPattern.of("CN=a")).isEqualTo(new IdentityPattern.Exactly(Identity.of("CN=a")));
        assertThat(pattern.overlaps(IdentityPattern.of("C=CH, O=*, CN=x"))).isTrue();
        assertThat(pattern.overlaps(IdentityPattern.of("C=DE, O=*, CN=x"))).isFalse();
        assertThat(pattern.overlaps(IdentityPattern.of("C=CH, O=Example, CN=x")))
                .isTrue();
        assertThat(pattern.overlaps(IdentityPattern.of("*"))).isTrue();
        assertThat(pattern.overlaps(IdentityPattern.of("*.example"))).isFalse();
    }

    /// A peer chooses what is in its name, and the name is in our log.
    @Test
    void aNameMovesNoCursorAndFillsNoScreen() {
        assertThat(Identity.of("CN=a\u001b[2Jb").toString()).isEqualTo("CN=a?[2Jb");
        assertThat(Identity.of("CN=" + "x".repeat(1000)).toString()).hasSize(203);
    }
}
