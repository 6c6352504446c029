package ikebana.sim;

import ikebana.auth.Authority;
import ikebana.auth.Authority.Wish;
import ikebana.auth.CertificateAuthentication;
import ikebana.auth.CertificateKey;
import ikebana.auth.Trust;
import ikebana.crypto.Signatures;
import java.security.cert.X509CRL;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.bouncycastle.asn1.x509.GeneralName;

/// Certificates for hosts: a root, an authority under it, and whoever has a place there. All are Ed25519, whose
/// signatures have no dice.
final class Papers {
    private static final Authority ROOT = Authority.root("O=Example, CN=Root", Authority.edwards(1));
    private static final Authority MIDDLE = ROOT.authority("O=Example, CN=Spokes", Authority.edwards(2));
    private static final Duration LISTS_VALID = Duration.ofDays(20);
    /// As long as an authority of tests says.
    private static final Duration CERTIFICATES_VALID = Duration.ofDays(365);

    private static final List<X509CRL> LISTS = Stream.of(ROOT, MIDDLE)
            .map(authority -> authority.list(Instant.EPOCH, Instant.EPOCH.plus(LISTS_VALID)))
            .toList();

    private static final Authority STRANGE = Authority.root("O=Strange, CN=Root", Authority.edwards(3));

    private final Authority issuer;
    private final Wish wish;
    private final List<X509CRL> lists;
    private final Authority anchor;

    private Papers(Authority issuer, Wish wish, List<X509CRL> lists, Authority anchor) {
        this.issuer = issuer;
        this.wish = wish;
        this.lists = lists;
        this.anchor = anchor;
    }

    static Papers of(String name) {
        var wish = new Wish("O=Example, CN=" + name, Authority.edwards(100 + name.hashCode()))
                .named(GeneralName.dNSName, name + ".example");
        return new Papers(MIDDLE, wish, List.of(), ROOT);
    }

    Papers expired() {
        return new Papers(
                issuer,
                wish.valid(Instant.EPOCH.minus(Duration.ofDays(2)), Instant.EPOCH.minusSeconds(1)),
                lists,
                anchor);
    }

    Papers fromStrangers() {
        return new Papers(STRANGE, wish, lists, anchor);
    }

    /// Neither believes the other: with one who does, a responder has a tunnel for as long as it takes to be told.
    Papers amongStrangers() {
        return new Papers(STRANGE, wish, lists, STRANGE);
    }

    /// Our own list has them.
    Papers knowingRevoked(Papers others) {
        var list = MIDDLE.list(
                Instant.EPOCH.minusSeconds(60),
                Instant.EPOCH.plus(Duration.ofDays(30)),
                others.issuer.issue(others.wish, 77));
        return new Papers(issuer, wish, List.of(list), anchor);
    }

    CertificateAuthentication authentication() {
        return authentication(Trust.Revocation.SOFT, lists);
    }

    /// Whoever is on no valid list of these is refused.
    CertificateAuthentication strictAuthentication() {
        return authentication(Trust.Revocation.HARD, LISTS);
    }

    /// Whether anybody's certificate is to be believed at that time of day.
    static boolean mayConvince(Trust trust, Instant at) {
        var most = trust.revocation() == Trust.Revocation.HARD ? LISTS_VALID : CERTIFICATES_VALID;
        return !at.isBefore(Instant.EPOCH) && !at.isAfter(Instant.EPOCH.plus(most));
    }

    private CertificateAuthentication authentication(Trust.Revocation revocation, List<X509CRL> lists) {
        var own = CertificateKey.of(List.of(issuer.issue(wish, 77), MIDDLE.certificate()), wish.key());
        var trust = new Trust(List.of(anchor.certificate()), lists, revocation, 6, 24 * 1024);
        return new CertificateAuthentication(own, trust, Signatures.Choice.DEFAULT);
    }
}
