package ikebana.auth;

import ikebana.crypto.Certificates;
import ikebana.wire.Bytes;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.List;

/// Whom we believe when they say who a peer is.
///
/// @param anchors the authorities
/// @param lists what they have taken back; a later list replaces nothing, it adds
/// @param revocation whether it matters that there is no list
/// @param longestChain how many certificates a peer may send
/// @param largestChain how many bytes they may have in all
public record Trust(
        List<X509Certificate> anchors, List<X509CRL> lists, Revocation revocation, int longestChain, int largestChain) {

    public enum Revocation {
        /// A certificate that is on a valid list is refused.
        SOFT,

        /// A certificate is refused, too, when its issuer has no valid list.
        HARD
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

    /// What CERTREQ names (RFC 7296 3.7).
    public List<Bytes> authorities() {
        return anchors.stream().map(Certificates::authority).toList();
    }
}
