package ikebana.auth;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import ikebana.auth.Authority.Wish;
import ikebana.crypto.OcspQuestion;
import ikebana.crypto.Revocation;
import ikebana.crypto.Revocation.Status;
import ikebana.crypto.SeededEntropy;
import ikebana.wire.Bytes;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.bouncycastle.asn1.ocsp.OCSPResponseStatus;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.junit.jupiter.api.Test;

/// Whether somebody's answer about a certificate counts.
class RevocationTest {
    private static final Instant NOW = Authority.NOW;
    private static final KeyPair ROOT = Authority.pair("EC", 256, 1);
    private static final KeyPair APPOINTED = Authority.edwards(2);
    private static final KeyPair END = Authority.edwards(3);

    private final Authority root = Authority.root("C=CH, O=Example, CN=Root", ROOT);
    private final X509Certificate spoke = root.issue(new Wish("CN=spoke", END));
    private final OcspQuestion question = OcspQuestion.about(spoke, root.certificate(), new SeededEntropy(1));

    private Responder itself() {
        return new Responder(root.certificate(), ROOT);
    }

    private Responder appointed(Wish wish) {
        return new Responder(root.issue(wish), wish.pair);
    }

    private Status status(Responder responder) {
        return question.status(responder.answer(question.encoded()), NOW);
    }

    private String why(Responder responder) {
        return ((Status.Unknown) status(responder)).why();
    }

    // ---- OCSP

    @Test
    void theIssuerAndWhomItHasAppointedAnswer() {
        assertThat(status(itself())).isEqualTo(new Status.Good());
        assertThat(status(appointed(new Wish("CN=responder", APPOINTED).responder())))
                .isEqualTo(new Status.Good());
        assertThat(status(itself().revoking()))
                .isEqualTo(new Status.Revoked(NOW.minus(Duration.ofHours(1)), "key compromise"));
    }

    @Test
    void whoeverElseHasSignedItSaysNothing() {
        assertThat(why(appointed(new Wish("CN=spoke2", APPOINTED)))).contains("not valid for signing OCSP responses");
        var other = Authority.root("O=Other, CN=Root", Authority.edwards(7));
        var wish = new Wish("CN=responder", APPOINTED).responder();
        assertThat(why(new Responder(other.issue(wish), APPOINTED).revoking())).contains("not authorized");
        var impostor = Authority.root("C=CH, O=Example, CN=Root", Authority.edwards(7));
        assertThat(why(new Responder(impostor.issue(wish), APPOINTED).revoking()))
                .contains("Unable to verify");
        assertThat(why(new Responder(root.certificate(), Authority.pair("EC", 256, 9)).revoking()))
                .contains("Error verifying");
        var old = new Wish("CN=old", APPOINTED).responder().valid(Instant.EPOCH, NOW.minusSeconds(1));
        assertThat(why(appointed(old))).contains("validity period");
    }

    @Test
    void anAnswerIsForThisCertificateAndForThisQuestion() {
        assertThat(why(itself().revoking().forAnotherCertificate())).contains("does not include a response");
        assertThat(why(itself().withAnotherNonce())).isEqualTo("Nonces don't match");
        assertThat(status(itself().withoutNonce())).isEqualTo(new Status.Good()); // made beforehand, RFC 5019
    }

    @Test
    void anAnswerEnds() {
        var before = NOW.minus(Duration.ofHours(2));
        assertThat(why(itself().valid(before, Optional.of(NOW.minus(Duration.ofMinutes(16))))))
                .contains("out-of-date");
        assertThat(why(itself().valid(NOW.plus(Duration.ofMinutes(16)), Optional.empty())))
                .contains("out-of-date");
        assertThat(why(itself().valid(NOW.minus(Duration.ofMinutes(16)), Optional.empty())))
                .contains("out-of-date");
    }

    @Test
    void aResponderThatFailsSaysNothing() {
        assertThat(why(itself().failing(OCSPResponseStatus.TRY_LATER))).contains("TRY_LATER");
        assertThat(why(itself().failing(OCSPResponseStatus.UNAUTHORIZED))).contains("UNAUTHORIZED");
    }

    /// The JDK is not to throw anything else, and nothing that is flipped is to be believed.
    @Test
    void noiseIsNoAnswer() {
        for (var noise : Responder.noise())
            assertThat(question.status(noise, NOW).isConclusive()).isFalse();
        var whole = itself().revoking().answer(question.encoded());
        for (int at = 0; at < whole.length(); at++) {
            assertThat(question.status(whole.slice(0, at), NOW).isConclusive()).isFalse();
            var changed = whole.toArray();
            changed[at] ^= 1;
            assertThat(question.status(Bytes.of(changed), NOW))
                    .as("byte %d", at)
                    .isNotEqualTo(new Status.Good());
        }
    }

    // ---- lists

    @Test
    void aListIsSignedByWhoMaySignLists() {
        var wish = new Wish("CN=no lists", APPOINTED).authority(new BasicConstraints(true));
        wish.usage = Optional.of(KeyUsage.keyCertSign);
        var authority = root.authority(wish);
        var end = authority.issue(new Wish("CN=end", END));
        var list = authority.list(NOW.minusSeconds(60), NOW.plusSeconds(60), end);
        assertThat(Revocation.byLists(end, authority.certificate(), List.of(list), NOW)
                        .isConclusive())
                .isFalse();
    }

    /// The JDK's own way to a list has no limits and blocks; it took it, where an explicit checker was set.
    @Test
    void nobodyIsAskedByTheWay() throws IOException {
        var asked = new AtomicInteger();
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            asked.incrementAndGet();
            exchange.sendResponseHeaders(404, -1);
            exchange.close();
        });
        server.start();
        try {
            var address = "http://127.0.0.1:%d/".formatted(server.getAddress().getPort());
            var end =
                    root.issue(new Wish("CN=end", END).listAt(address + "list").responderAt(address));
            var other = Authority.root("O=Other", APPOINTED);
            var lists = List.of(other.list(NOW.minusSeconds(60), NOW.plusSeconds(60)));
            for (var revocation : Trust.Revocation.values()) {
                var trust = new Trust(List.of(root.certificate()), lists, revocation, 6, 32_768);
                var presented = List.of(CertificateKey.encoded(end));
                if (CertificatePath.judge(trust, presented, NOW)
                        instanceof CertificatePath.Judged.Trusted(var _, var links)) {
                    assertThat(new RevocationCheck(trust, links).refusal(NOW).isPresent())
                            .isEqualTo(revocation == Trust.Revocation.HARD);
                }
            }
            assertThat(asked).hasValue(0);
        } finally {
            server.stop(0);
        }
    }

    // ---- addresses

    @Test
    void aCertificateNamesAFewAddressesOfHttp() {
        var wish = new Wish("CN=end", END)
                .listAt("ldap://ldap.example/cn=list")
                .listAt("https://crl.example/")
                .listAt("file:///etc/passwd")
                .listAt("http://user@crl.example/")
                .listAt("http:///no-host")
                .listAt("http://crl.example:0/")
                .listAt("no address at all")
                .listAt("http://crl.example/1")
                .listAt("HTTP://crl.example:8080/2?x=y")
                .listAt("http://crl.example/3")
                .listAt("http://crl.example/4")
                .responderAt("http://ocsp.example");
        var end = root.issue(wish);
        assertThat(Revocation.listAddresses(end))
                .extracting(URI::toString)
                .containsExactly("http://crl.example/1", "HTTP://crl.example:8080/2?x=y", "http://crl.example/3");
        assertThat(Revocation.responders(end)).containsExactly(URI.create("http://ocsp.example"));
        assertThat(Revocation.listAddresses(spoke)).isEmpty();
        assertThat(Revocation.responders(spoke)).isEmpty();
    }
}
