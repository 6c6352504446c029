package ikebana.auth;

import ikebana.crypto.Certificates;
import ikebana.crypto.Signatures;
import ikebana.wire.Bytes;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.PKIXReason;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The way from a peer's certificate to somebody we trust. Which certificate is above which is found out here by their
/// names, and decides nothing: the JDK validates the result (RFC 5280 6.1). Revocation is for [RevocationCheck].
final class CertificatePath {
    /// Signatures over MD2, MD5 and SHA-1: whoever finds a collision has an authority's signature.
    private static final Set<String> BROKEN = Set.of(
            "1.2.840.113549.1.1.2",
            "1.2.840.113549.1.1.4",
            "1.2.840.113549.1.1.5",
            "1.2.840.10045.4.1",
            "1.2.840.10040.4.3");

    private CertificatePath() {}

    sealed interface Judged {
        /// @param end the peer's own certificate
        /// @param links of the path, for whether something in it was taken back
        record Trusted(X509Certificate end, List<RevocationCheck.Link> links) implements Judged {
            public Trusted {
                links = List.copyOf(links);
            }
        }

        record Refused(String why) implements Judged {}
    }

    /// @param presented DER, the peer's own first (RFC 7296 3.6), the others in any order
    static Judged judge(Trust trust, List<Bytes> presented, Instant at) {
        if (presented.isEmpty()) return new Judged.Refused("it sends no certificate");
        int size = presented.stream().mapToInt(Bytes::length).sum();
        if (presented.size() > trust.longestChain() || size > trust.largestChain()) {
            return new Judged.Refused(
                    "it sends %d certificates with %d bytes, and certificates.longest-chain is %d, largest-chain %d"
                            .formatted(presented.size(), size, trust.longestChain(), trust.largestChain()));
        }
        var certificates = new ArrayList<X509Certificate>();
        for (var der : presented) {
            try {
                certificates.add(Certificates.certificate(der));
            } catch (IllegalArgumentException malformed) {
                return new Judged.Refused("what it sends as a certificate " + malformed.getMessage());
            }
        }
        return judgeRead(trust, certificates, at);
    }

    private static Judged judgeRead(Trust trust, List<X509Certificate> certificates, Instant at) {
        var path = upwards(trust, certificates);
        var top = path.getLast();
        var anchors = trust.anchors().stream()
                .filter(anchor -> anchor.getSubjectX500Principal().equals(top.getIssuerX500Principal()))
                .toList();
        if (anchors.isEmpty()) {
            return new Judged.Refused("nobody we trust has issued the certificate of %s: its issuer is %s"
                    .formatted(CertificateNames.subject(top), CertificateNames.issuer(top)));
        }
        for (var certificate : path) {
            var weakness = weakness(certificate);
            if (weakness.isPresent()) return new Judged.Refused(weakness.get());
        }
        Optional<String> why = Optional.empty();
        var issuer = anchors.getFirst();
        for (var anchor : anchors) { // several where an authority has changed its key
            issuer = anchor;
            why = refusal(path, anchor, at);
            if (why.isEmpty()) break;
        }
        if (why.isPresent()) return new Judged.Refused(why.get());
        var end = path.getFirst();
        if (!maySign(end)) {
            return new Judged.Refused("the key usage of the certificate of %s is not for signatures"
                    .formatted(CertificateNames.subject(end)));
        }
        return new Judged.Trusted(end, links(path, issuer));
    }

    /// An anchor is trusted as it is: nobody but the operator takes it back.
    private static List<RevocationCheck.Link> links(List<X509Certificate> path, X509Certificate anchor) {
        var links = new ArrayList<RevocationCheck.Link>();
        for (int index = 0; index < path.size(); index++) {
            var issuer = index + 1 < path.size() ? path.get(index + 1) : anchor;
            links.add(new RevocationCheck.Link(path.get(index), issuer));
        }
        return links;
    }

    /// From the peer's own certificate up to one that an anchor has issued, or as far as it goes.
    private static List<X509Certificate> upwards(Trust trust, List<X509Certificate> certificates) {
        var path = new ArrayList<>(List.of(certificates.getFirst()));
        while (trust.anchors().stream()
                .noneMatch(anchor ->
                        anchor.getSubjectX500Principal().equals(path.getLast().getIssuerX500Principal()))) {
            var next = issuer(path.getLast(), certificates).filter(above -> !path.contains(above));
            if (next.isEmpty()) break;
            path.add(next.get());
        }
        return path;
    }

    /// Who of these has issued it: by name, and where several have that name, by their keys.
    static Optional<X509Certificate> issuer(X509Certificate issued, List<X509Certificate> certificates) {
        var named = certificates.stream()
                .filter(above -> above.getSubjectX500Principal().equals(issued.getIssuerX500Principal()))
                .filter(above -> !above.equals(issued))
                .toList();
        if (named.size() <= 1) return named.stream().findFirst();
        return named.stream()
                // a stranger's key of any size would cost what the stranger likes
                .filter(above -> Signatures.weakness(above.getPublicKey()).isEmpty())
                .filter(above -> isSignedBy(issued, above))
                .findFirst();
    }

    private static boolean isSignedBy(X509Certificate issued, X509Certificate above) {
        try {
            issued.verify(above.getPublicKey());
            return true;
        } catch (GeneralSecurityException no) {
            return false;
        }
    }

    static boolean isSelfIssued(X509Certificate certificate) {
        return certificate.getSubjectX500Principal().equals(certificate.getIssuerX500Principal());
    }

    /// RFC 4945 5.1.3.2: with the extension, one of the two bits for signatures has to be there.
    static boolean maySign(X509Certificate certificate) {
        var usage = certificate.getKeyUsage();
        return usage == null || usage[0] || usage[1];
    }

    private static Optional<String> weakness(X509Certificate certificate) {
        var name = CertificateNames.subject(certificate);
        if (BROKEN.contains(certificate.getSigAlgOID())) {
            return Optional.of("the certificate of %s is signed with %s, which has been broken"
                    .formatted(name, certificate.getSigAlgName()));
        }
        return Signatures.weakness(certificate.getPublicKey())
                .map(why -> "the certificate of %s has a key that is refused: %s".formatted(name, why));
    }

    private static Optional<String> refusal(List<X509Certificate> path, X509Certificate anchor, Instant at) {
        var whole = new ArrayList<>(path);
        TrustAnchor end;
        if (isSelfIssued(anchor)) {
            // as part of the path, so that its own validity and its name constraints count
            whole.add(anchor);
            end = new TrustAnchor(anchor.getSubjectX500Principal(), anchor.getPublicKey(), null);
        } else {
            if (at.isAfter(anchor.getNotAfter().toInstant())) return Optional.of(expired(anchor));
            end = new TrustAnchor(anchor, null);
        }
        try {
            Certificates.validate(whole, end, at);
            return Optional.empty();
        } catch (CertPathValidatorException invalid) {
            return Optional.of(sentence(whole, invalid));
        }
    }

    private static String expired(X509Certificate certificate) {
        return "the certificate of %s has expired, at %s"
                .formatted(
                        CertificateNames.subject(certificate),
                        certificate.getNotAfter().toInstant());
    }

    private static String sentence(List<X509Certificate> path, CertPathValidatorException invalid) {
        int index = Math.clamp(invalid.getIndex(), 0, path.size() - 1);
        var certificate = path.get(index);
        var name = CertificateNames.subject(certificate);
        var reason = invalid.getReason();
        if (reason == BasicReason.EXPIRED) return expired(certificate);
        if (reason == BasicReason.NOT_YET_VALID) {
            return "the certificate of %s is not valid before %s"
                    .formatted(name, certificate.getNotBefore().toInstant());
        }
        if (reason == BasicReason.INVALID_SIGNATURE || invalid.getCause() instanceof InvalidKeyException) {
            return "the certificate of %s is not signed by %s".formatted(name, CertificateNames.issuer(certificate));
        }
        if (reason == PKIXReason.NOT_CA_CERT || reason == PKIXReason.INVALID_KEY_USAGE) {
            return "%s has issued a certificate and is no certificate authority".formatted(name);
        }
        if (reason == PKIXReason.PATH_TOO_LONG) {
            return "the path through %s is longer than an authority above it allows".formatted(name);
        }
        if (reason == PKIXReason.INVALID_NAME || isAboutNames(invalid)) {
            return "the certificate of %s (%s) is outside of the name constraints of its authorities"
                    .formatted(name, CertificateNames.describe(certificate));
        }
        return "the certificate of %s is not valid: %s".formatted(name, invalid.getMessage());
    }

    /// The JDK has no reason for this one.
    private static boolean isAboutNames(CertPathValidatorException invalid) {
        return String.valueOf(invalid.getMessage()).contains("name constraints");
    }
}
