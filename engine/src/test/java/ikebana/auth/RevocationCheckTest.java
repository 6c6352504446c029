package ikebana.auth;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.auth.Authority.Wish;
import ikebana.auth.Trust.Demand;
import ikebana.auth.Trust.Inquiries;
import ikebana.crypto.Prf;
import ikebana.crypto.Revocation.Status;
import ikebana.crypto.SeededEntropy;
import ikebana.crypto.SignatureHash;
import ikebana.crypto.Signatures;
import ikebana.wire.Bytes;
import ikebana.wire.Certificate;
import java.net.URI;
import java.security.KeyPair;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The spoke has proven itself to the hub; what others say of its certificate, or do not, decides.
class RevocationCheckTest {
    private static final Instant NOW = Authority.NOW;
    private static final Bytes OCTETS = Bytes.of(new byte[100]);
    private static final KeyPair END = Authority.edwards(3);
    private static final String ID = "CN=spoke";
    private static final Status GOOD = new Status.Good();
    private static final Status REVOKED = new Status.Revoked(NOW.minusSeconds(9), "key compromise");
    private static final Status NOTHING = new Status.Unknown("http://x: it answers with status 500");

    private final Authority root = Authority.root("CN=Root", Authority.edwards(1));
    private final Authority middle = root.authority("CN=Middle", Authority.edwards(2));
    private final X509Certificate spoke =
            middle.issue(new Wish(ID, END).listAt("http://crl.example/list").responderAt("http://ocsp.example"));

    private static Inquiries asking(Demand lists, Demand ocsp) {
        return new Inquiries(lists, List.of(), ocsp, Optional.empty());
    }

    private Opinion opinion(Inquiries inquiries, X509CRL... lists) {
        return opinion(inquiries, Trust.Revocation.SOFT, List.of(middle.certificate()), ID, OCTETS, lists);
    }

    private Opinion opinion(
            Inquiries inquiries,
            Trust.Revocation revocation,
            List<X509Certificate> others,
            String id,
            Bytes octets,
            X509CRL... lists) {
        var trust = new Trust(List.of(root.certificate()), List.of(lists), revocation, 6, 32_768, inquiries);
        var own = CertificateKey.of(List.of(spoke), END.getPrivate());
        var hub = new Credentials(
                Map.of(),
                Map.of("dmvpn", new CertificateAuthentication(own, trust, Signatures.Choice.DEFAULT)),
                new SeededEntropy(1));
        var sign = new Question.Sign(
                "dmvpn",
                Optional.empty(),
                Identity.of("192.0.2.1"),
                Prf.HMAC_SHA2_256,
                OCTETS,
                Optional.of(List.of(SignatureHash.values())));
        var signed = (Verdict.Signed) hub.answer(sign, NOW);
        var certificates = new ArrayList<>(signed.certificates());
        others.forEach(certificate ->
                certificates.add(new Certificate(Certificate.X509_SIGNATURE, CertificateKey.encoded(certificate))));
        return hub.consider(
                new Question.Verify(
                        List.of("dmvpn"),
                        Identity.of(id),
                        Prf.HMAC_SHA2_256,
                        octets,
                        signed.method(),
                        signed.data(),
                        certificates),
                NOW);
    }

    private static Verdict verdict(Opinion opinion, Status list, Status ocsp) {
        var open = (Opinion.Open) opinion;
        var said = new HashMap<Inquiry, Status>();
        for (var inquiry : open.inquiries()) {
            said.put(
                    inquiry,
                    switch (inquiry) {
                        case Inquiry.RevocationList _ -> list;
                        case Inquiry.Ocsp _ -> ocsp;
                    });
        }
        return ((Opinion.Settled) open.settled(said, NOW)).verdict();
    }

    private static String why(Verdict verdict) {
        return ((Verdict.Refused) verdict).why();
    }

    private static String why(Opinion opinion) {
        return why(((Opinion.Settled) opinion).verdict());
    }

    private X509CRL rootList() {
        return root.list(NOW.minusSeconds(60), NOW.plusSeconds(60));
    }

    // ---- who is asked, and about whom

    @Test
    void nobodyIsAskedUnlessItIsWanted() {
        assertThat(opinion(Inquiries.NONE)).isInstanceOf(Opinion.Settled.class);
    }

    @Test
    void eachCertificateOfThePathIsAskedAboutWhereItSays() {
        var open = (Opinion.Open) opinion(asking(Demand.SOFT, Demand.SOFT));
        assertThat(open.inquiries())
                .containsExactly(
                        new Inquiry.RevocationList(
                                spoke, middle.certificate(), List.of(URI.create("http://crl.example/list"))),
                        new Inquiry.Ocsp(spoke, middle.certificate(), List.of(URI.create("http://ocsp.example"))));
        var elsewhere = URI.create("http://elsewhere.example/");
        var configured = new Inquiries(Demand.SOFT, List.of(elsewhere), Demand.SOFT, Optional.of(elsewhere));
        assertThat(((Opinion.Open) opinion(configured)).inquiries())
                .containsExactly(
                        new Inquiry.RevocationList(
                                spoke, middle.certificate(), List.of(URI.create("http://crl.example/list"), elsewhere)),
                        new Inquiry.Ocsp(spoke, middle.certificate(), List.of(elsewhere)),
                        new Inquiry.RevocationList(middle.certificate(), root.certificate(), List.of(elsewhere)),
                        new Inquiry.Ocsp(middle.certificate(), root.certificate(), List.of(elsewhere)));
    }

    /// CVE-2022-40617 was that a stranger's certificate could name any server.
    @Test
    void nobodyIsAskedForWhomWeDoNotBelieveAnyway() {
        var all = asking(Demand.HARD, Demand.HARD);
        var soft = Trust.Revocation.SOFT;
        var chain = List.of(middle.certificate());
        assertThat(why(opinion(all, soft, List.of(), ID, OCTETS))).contains("nobody we trust has issued");
        assertThat(why(opinion(all, soft, chain, "CN=other", OCTETS))).contains("is not in the peer's certificate");
        assertThat(why(opinion(all, soft, chain, ID, Bytes.of(new byte[9])))).contains("AUTH is not signed");
        var list = middle.list(NOW.minusSeconds(60), NOW.plusSeconds(60), spoke);
        assertThat(why(opinion(all, list))).contains("is revoked since");
    }

    // ---- what the answers mean

    @ParameterizedTest
    @EnumSource(names = {"SOFT", "HARD"})
    void whoeverIsRevokedIsRefused(Demand demand) {
        assertThat(why(verdict(opinion(asking(demand, Demand.OFF)), REVOKED, NOTHING)))
                .isEqualTo(
                        "CN=spoke: the certificate of CN=spoke is revoked since 1970-04-10T23:59:51Z (key compromise)");
        assertThat(why(verdict(opinion(asking(Demand.OFF, demand)), NOTHING, REVOKED)))
                .isEqualTo("CN=spoke: the certificate of CN=spoke is revoked since 1970-04-10T23:59:51Z (key"
                        + " compromise), says its OCSP responder");
        assertThat(why(verdict(opinion(asking(demand, demand)), GOOD, REVOKED))).contains("revoked");
    }

    @Test
    void softGoesOnWithoutAnAnswer() {
        assertThat(verdict(opinion(asking(Demand.SOFT, Demand.SOFT)), NOTHING, NOTHING))
                .isInstanceOf(Verdict.Proven.class);
    }

    @Test
    void hardNeedsAListOfEachAuthority() {
        var hard = asking(Demand.HARD, Demand.OFF);
        assertThat(why(verdict(opinion(hard), GOOD, NOTHING)))
                .isEqualTo("CN=spoke: there is no valid revocation list of CN=Root, and certificate.crl-http is hard");
        assertThat(verdict(opinion(hard, rootList()), GOOD, NOTHING)).isInstanceOf(Verdict.Proven.class);
        assertThat(why(verdict(opinion(hard, rootList()), NOTHING, NOTHING)))
                .isEqualTo("CN=spoke: there is no valid revocation list of CN=Middle, and certificate.crl-http is hard:"
                        + " http://x: it answers with status 500");
        var middleList = middle.list(NOW.minusSeconds(60), NOW.plusSeconds(60));
        assertThat(verdict(opinion(hard, rootList(), middleList), NOTHING, NOTHING))
                .isInstanceOf(Verdict.Proven.class);
    }

    @Test
    void hardNeedsAResponderThatSaysGood_orAListOfWhoeverHasNone() {
        var hard = asking(Demand.OFF, Demand.HARD);
        assertThat(verdict(opinion(hard, rootList()), NOTHING, GOOD)).isInstanceOf(Verdict.Proven.class);
        assertThat(why(verdict(opinion(hard), NOTHING, GOOD)))
                .isEqualTo("CN=spoke: there is no valid revocation list of CN=Root, and certificate.ocsp is hard and it"
                        + " names no responder");
        assertThat(why(verdict(opinion(hard, rootList()), NOTHING, NOTHING)))
                .isEqualTo("CN=spoke: no OCSP responder says that the certificate of CN=spoke is good, and"
                        + " certificate.ocsp is hard: http://x: it answers with status 500");
    }

    @Test
    void aListThatHasToBeThereMayAlsoBeFetched() {
        var chain = List.of(middle.certificate());
        var fetching = asking(Demand.SOFT, Demand.OFF);
        var opinion = opinion(fetching, Trust.Revocation.HARD, chain, ID, OCTETS, rootList());
        assertThat(verdict(opinion, GOOD, NOTHING)).isInstanceOf(Verdict.Proven.class);
        assertThat(why(verdict(opinion, NOTHING, NOTHING))).contains("and certificate.revocation is hard: http://x");
        assertThat(why(opinion(Inquiries.NONE, Trust.Revocation.HARD, chain, ID, OCTETS, rootList())))
                .isEqualTo("CN=spoke: there is no valid revocation list of CN=Middle, and certificate.revocation is"
                        + " hard");
    }

    @Test
    void whereNobodyAsksNobodyHasAnswered() {
        var open = (Opinion.Open) opinion(asking(Demand.HARD, Demand.OFF), rootList());
        assertThat(why(open.settled(Map.of(), NOW))).endsWith("nobody was asked");
    }
}
