package ikebana.auth;

import ikebana.crypto.Certificates;
import ikebana.wire.Bytes;
import java.net.URI;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;

/// Whom we believe when they say who a peer is.
///
/// @param anchors the authorities
/// @param lists what they have taken back; a later list replaces nothing, it adds
/// @param revocation whether it matters that there is no list
/// @param longestChain how many certificates a peer may send
/// @param largestChain how many bytes they may have in all
/// @param inquiries what is asked of others about a certificate
public record Trust(
        List<X509Certificate> anchors,
        List<X509CRL> lists,
        Revocation revocation,
        int longestChain,
        int largestChain,
        Inquiries inquiries) {

    public enum Revocation {
        /// A certificate that is on a valid list is refused.
        SOFT,

        /// A certificate is refused, too, when its issuer has no valid list.
        HARD
    }

    /// Whether others are asked, and what it means when they do not answer.
    public enum Demand {
        /// Nobody is asked.
        OFF,

        /// Whom an answer calls revoked is refused; without an answer a peer is let in.
        SOFT,

        /// Whoever is not known to be good is refused.
        HARD
    }

    /// @param lists revocation lists by HTTP
    /// @param listAddresses where they are, besides where the certificates say
    /// @param ocsp what responders say (RFC 6960)
    /// @param responder who is asked instead of those that the certificates name
    public record Inquiries(Demand lists, List<URI> listAddresses, Demand ocsp, Optional<URI> responder) {
        public static final Inquiries NONE = new Inquiries(Demand.OFF, List.of(), Demand.OFF, Optional.empty());

        public Inquiries {
            listAddresses = List.copyOf(listAddresses);
        }
    }

    /// Asks nobody.
    public Trust(
            List<X509Certificate> anchors,
            List<X509CRL> lists,
            Revocation revocation,
            int longestChain,
            int largestChain) {
        this(anchors, lists, revocation, longestChain, largestChain, Inquiries.NONE);
    }

    /// @throws IllegalArgumentException with a sentence
    public Trust {
        anchors = List.copyOf(anchors);
        lists = List.copyOf(lists);
        for (var anchor : anchors) require(anchor);
    }

    private static void require(X509Certificate anchor) {
        if (anchor.getBasicConstraints() < 0) {
            throw new IllegalArgumentException(
                    "has %s, which is no certificate authority".formatted(CertificateNames.subject(anchor)));
        }
        // the JDK applies the constraints of what is in a path, and a path to it cannot be built from below
        boolean constrained = anchor.getExtensionValue("2.5.29.30") != null;
        if (constrained && !CertificatePath.isSelfIssued(anchor)) {
            throw new IllegalArgumentException(
                    "has %s, an intermediate authority with name constraints: name its root instead"
                            .formatted(CertificateNames.subject(anchor)));
        }
    }

    boolean asksOthers() {
        return inquiries.lists() != Demand.OFF || inquiries.ocsp() != Demand.OFF;
    }

    /// What CERTREQ names (RFC 7296 3.7).
    public List<Bytes> authorities() {
        return anchors.stream().map(Certificates::authority).toList();
    }
}
