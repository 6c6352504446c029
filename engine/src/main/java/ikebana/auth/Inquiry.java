package ikebana.auth;

import java.net.URI;
import java.security.cert.X509Certificate;
import java.util.List;

/// What others may know about a certificate of a peer that has proven itself: nobody else's certificate sends us
/// anywhere (CVE-2022-40617).
public sealed interface Inquiry {

    X509Certificate certificate();

    /// Whose key has signed it.
    X509Certificate issuer();

    /// In the order in which they are tried; none is the same as no answer.
    List<URI> addresses();

    /// Whether it is on its issuer's list.
    record RevocationList(X509Certificate certificate, X509Certificate issuer, List<URI> addresses) implements Inquiry {
        public RevocationList {
            addresses = List.copyOf(addresses);
        }
    }

    /// What a responder says about it (RFC 6960).
    record Ocsp(X509Certificate certificate, X509Certificate issuer, List<URI> addresses) implements Inquiry {
        public Ocsp {
            addresses = List.copyOf(addresses);
        }
    }
}
