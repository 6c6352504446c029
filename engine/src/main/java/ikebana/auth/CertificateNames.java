package ikebana.auth;

import ikebana.wire.IpAddress;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The identities that a certificate proves (RFC 4945 3.1, 5.1): its subject, and its alternative names. A name that is
/// only in a part of the subject is none of them.
final class CertificateNames {
    /// Tags of GeneralName, RFC 5280 4.2.1.6.
    private static final int EMAIL = 1;

    private static final int DNS = 2;
    private static final int DIRECTORY = 4;
    private static final int ADDRESS = 7;

    /// So many are shown; a line of a log has no room for more.
    private static final int SHOWN = 8;

    private CertificateNames() {}

    static DistinguishedName subject(X509Certificate certificate) {
        return DistinguishedName.of(certificate.getSubjectX500Principal());
    }

    static DistinguishedName issuer(X509Certificate certificate) {
        return DistinguishedName.of(certificate.getIssuerX500Principal());
    }

    static boolean has(X509Certificate certificate, Identity identity) {
        return of(certificate).stream().anyMatch(name -> isExactly(name, identity));
    }

    /// Its own spelling of this identity.
    static Identity spelt(X509Certificate certificate, Identity identity) {
        return of(certificate).stream()
                .filter(name -> isExactly(name, identity))
                .findFirst()
                .orElse(identity);
    }

    private static boolean isExactly(Identity name, Identity identity) {
        return new IdentityPattern.Exactly(name).matches(identity);
    }

    /// All of them, the subject first.
    static List<Identity> of(X509Certificate certificate) {
        var names = new ArrayList<Identity>();
        var subject = Identity.of(subject(certificate));
        if (DistinguishedName.of(subject.data()).isPresent()) names.add(subject);
        try {
            Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
            if (alternatives != null) {
                alternatives.stream().flatMap(CertificateNames::identity).forEach(names::add);
            }
        } catch (CertificateParsingException malformed) {
            // then it proves none of them
        }
        return names;
    }

    private static Stream<Identity> identity(List<?> alternative) {
        if (!(alternative.get(1) instanceof String text) || text.isBlank()) return Stream.empty();
        try {
            return switch ((Integer) alternative.get(0)) {
                case EMAIL -> Stream.of(Identity.named(Identity.EMAIL, text));
                case DNS -> Stream.of(Identity.named(Identity.FQDN, text));
                case DIRECTORY -> Stream.of(Identity.of(DistinguishedName.ofRfc2253(text)));
                case ADDRESS -> Stream.of(Identity.of(IpAddress.of(text)));
                default -> Stream.empty();
            };
        } catch (IllegalArgumentException odd) {
            return Stream.empty();
        }
    }

    static String describe(X509Certificate certificate) {
        var names = of(certificate);
        return names.isEmpty()
                ? "nobody"
                : names.stream().limit(SHOWN).map(Identity::toString).collect(Collectors.joining(", "))
                        + (names.size() > SHOWN ? " and %d more".formatted(names.size() - SHOWN) : "");
    }
}
