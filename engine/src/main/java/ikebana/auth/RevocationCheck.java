package ikebana.auth;

import ikebana.crypto.Revocation;
import ikebana.crypto.Revocation.Status;
import java.net.URI;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Whether a certificate of a path was taken back, by the lists that are there and by what others say.
///
/// @param links each certificate of the path with the one above it, the peer's own first
record RevocationCheck(Trust trust, List<Link> links) {
    private static final Status UNASKED = new Status.Unknown("nobody was asked");

    record Link(X509Certificate certificate, X509Certificate issuer) {
        DistinguishedName name() {
            return CertificateNames.subject(certificate);
        }
    }

    RevocationCheck {
        links = List.copyOf(links);
    }

    /// Why it is refused whatever others say.
    Optional<String> refusal(Instant at) {
        var lists = trust.inquiries().lists();
        for (var link : links) {
            var status = byLists(link, at);
            if (status instanceof Status.Revoked revoked) return Optional.of(sentence(link, revoked, ""));
            boolean known = status.isConclusive() || lists != Trust.Demand.OFF;
            if (trust.revocation() == Trust.Revocation.HARD && !known) {
                return Optional.of(noList(link, "certificate.revocation is hard"));
            }
        }
        return Optional.empty();
    }

    private Status byLists(Link link, Instant at) {
        return Revocation.byLists(link.certificate(), link.issuer(), trust.lists(), at);
    }

    /// What is to be asked.
    List<Inquiry> inquiries() {
        return links.stream()
                .flatMap(link -> Stream.concat(list(link).stream(), ocsp(link).stream()))
                .toList();
    }

    private Optional<Inquiry> list(Link link) {
        if (trust.inquiries().lists() == Trust.Demand.OFF) return Optional.empty();
        var addresses = Stream.concat(
                        Revocation.listAddresses(link.certificate()).stream(),
                        trust.inquiries().listAddresses().stream())
                .distinct()
                .toList();
        return addresses.isEmpty()
                ? Optional.empty()
                : Optional.of(new Inquiry.RevocationList(link.certificate(), link.issuer(), addresses));
    }

    private Optional<Inquiry> ocsp(Link link) {
        if (trust.inquiries().ocsp() == Trust.Demand.OFF) return Optional.empty();
        List<URI> addresses =
                trust.inquiries().responder().map(List::of).orElseGet(() -> Revocation.responders(link.certificate()));
        return addresses.isEmpty()
                ? Optional.empty()
                : Optional.of(new Inquiry.Ocsp(link.certificate(), link.issuer(), addresses));
    }

    /// Why it is refused, with what others have said.
    ///
    /// @param said of each inquiry; one that is missing has no answer
    Optional<String> refusal(Map<Inquiry, Status> said, Instant at) {
        for (var link : links) {
            var why = refusal(link, said, at);
            if (why.isPresent()) return why;
        }
        return Optional.empty();
    }

    private Optional<String> refusal(Link link, Map<Inquiry, Status> said, Instant at) {
        var list = list(link);
        var ocsp = ocsp(link);
        var fetched = list.map(inquiry -> said.getOrDefault(inquiry, UNASKED));
        var answered = ocsp.map(inquiry -> said.getOrDefault(inquiry, UNASKED));
        if (fetched.orElse(UNASKED) instanceof Status.Revoked revoked) {
            return Optional.of(sentence(link, revoked, ""));
        }
        if (answered.orElse(UNASKED) instanceof Status.Revoked revoked) {
            return Optional.of(sentence(link, revoked, ", says its OCSP responder"));
        }
        if (isHard(trust.inquiries().ocsp()) && answered.isPresent() && !isGood(answered)) {
            return Optional.of(
                    "no OCSP responder says that the certificate of %s is good, and certificate.ocsp is hard: %s"
                            .formatted(link.name(), why(answered.get())));
        }
        // whose authority has no responder has to be on no list
        var demanding = listDemandedBy(ocsp.isEmpty());
        if (demanding.isEmpty() || isGood(fetched) || byLists(link, at).isConclusive()) return Optional.empty();
        return Optional.of(noList(
                link,
                demanding.get() + fetched.map(status -> ": " + why(status)).orElse("")));
    }

    private Optional<String> listDemandedBy(boolean noResponder) {
        var demanding = new ArrayList<String>();
        if (trust.revocation() == Trust.Revocation.HARD) demanding.add("certificate.revocation is hard");
        if (isHard(trust.inquiries().lists())) demanding.add("certificate.crl-http is hard");
        if (isHard(trust.inquiries().ocsp()) && noResponder) {
            demanding.add("certificate.ocsp is hard and it names no responder");
        }
        return demanding.stream().findFirst();
    }

    private static boolean isHard(Trust.Demand demand) {
        return demand == Trust.Demand.HARD;
    }

    private static boolean isGood(Optional<Status> status) {
        return status.orElse(UNASKED) instanceof Status.Good;
    }

    private static String why(Status status) {
        return status instanceof Status.Unknown(var why) ? why : "";
    }

    private static String noList(Link link, String because) {
        return "there is no valid revocation list of %s, and %s"
                .formatted(CertificateNames.issuer(link.certificate()), because);
    }

    private static String sentence(Link link, Status.Revoked revoked, String source) {
        return "the certificate of %s is revoked since %s (%s)%s"
                .formatted(link.name(), revoked.since(), revoked.reason(), source);
    }
}
