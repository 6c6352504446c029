package ikebana.crypto;

import java.net.URI;
import java.net.URISyntaxException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertificateRevokedException;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1String;
import org.bouncycastle.asn1.x509.AccessDescription;
import org.bouncycastle.asn1.x509.AuthorityInformationAccess;
import org.bouncycastle.asn1.x509.CRLDistPoint;
import org.bouncycastle.asn1.x509.DistributionPoint;
import org.bouncycastle.asn1.x509.DistributionPointName;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;

/// Whether an authority has taken a certificate back: by its lists (RFC 5280 6.3), or by [OcspQuestion]. The JDK judges
/// both, one certificate at a time, and asks nobody: its own fetching has no limits, and blocks.
public final class Revocation {
    /// The bit of key usage that says "may sign lists" (RFC 5280 4.2.1.3).
    private static final int CRL_SIGN = 6;

    /// Of one certificate; more would be more places that it can send us to.
    private static final int MOST_ADDRESSES = 3;

    private static final String NO_LIST = "there is no list that its issuer has signed and that has not ended";

    private Revocation() {}

    public sealed interface Status {
        record Good() implements Status {}

        /// @param reason in the words of RFC 5280 5.3.1
        record Revoked(Instant since, String reason) implements Status {}

        /// @param why a sentence without a subject
        record Unknown(String why) implements Status {}

        default boolean isConclusive() {
            return !(this instanceof Unknown);
        }
    }

    /// @param issuer whose lists count, and whose key has signed the certificate
    /// @param lists of anybody
    public static Status byLists(
            X509Certificate certificate, X509Certificate issuer, Collection<X509CRL> lists, Instant at) {
        if (lists.isEmpty() || !maySignLists(issuer)) return new Status.Unknown(NO_LIST);
        var status = status(certificate, issuer, at, (_, parameters) -> {
            // without a checker of its own in the parameters the JDK demands a list, and follows no address in the
            // certificate (com.sun.security.enableCRLDP); with one it does follow it
            parameters.setRevocationEnabled(true);
            parameters.addCertStore(Certificates.store(lists));
        });
        return status.isConclusive() ? status : new Status.Unknown(NO_LIST); // the JDK does not say why
    }

    private static boolean maySignLists(X509Certificate issuer) {
        var usage = issuer.getKeyUsage();
        return usage == null || usage[CRL_SIGN];
    }

    static Status status(
            X509Certificate certificate, X509Certificate issuer, Instant at, Certificates.Besides revocation) {
        try {
            Certificates.validate(List.of(certificate), new TrustAnchor(issuer, null), at, revocation);
            return new Status.Good();
        } catch (CertPathValidatorException invalid) {
            if (invalid.getReason() != BasicReason.REVOKED)
                return new Status.Unknown(String.valueOf(invalid.getMessage()));
            return invalid.getCause() instanceof CertificateRevokedException revoked
                    ? new Status.Revoked(
                            revoked.getRevocationDate().toInstant(),
                            revoked.getRevocationReason()
                                    .name()
                                    .toLowerCase(Locale.ROOT)
                                    .replace('_', ' '))
                    : new Status.Revoked(Instant.EPOCH, "unspecified");
        }
    }

    // ---- where to ask

    /// Where its issuer's list is, as the certificate says (RFC 5280 4.2.1.13). Only `http`: what is fetched is signed,
    /// and a TLS connection would need trust of its own.
    public static List<URI> listAddresses(X509Certificate certificate) {
        return extension(
                        certificate,
                        "2.5.29.31",
                        octets -> Arrays.stream(CRLDistPoint.getInstance(octets).getDistributionPoints())
                                .map(DistributionPoint::getDistributionPoint)
                                .flatMap(Stream::ofNullable)
                                .filter(point -> point.getType() == DistributionPointName.FULL_NAME)
                                .flatMap(point -> Arrays.stream(GeneralNames.getInstance(point.getName())
                                        .getNames())))
                .toList();
    }

    /// Who answers for it by OCSP, as the certificate says (RFC 5280 4.2.2.1).
    public static List<URI> responders(X509Certificate certificate) {
        return extension(
                        certificate,
                        "1.3.6.1.5.5.7.1.1",
                        octets -> Arrays.stream(AuthorityInformationAccess.getInstance(octets)
                                        .getAccessDescriptions())
                                .filter(access -> access.getAccessMethod().equals(AccessDescription.id_ad_ocsp))
                                .map(AccessDescription::getAccessLocation))
                .toList();
    }

    private static Stream<URI> extension(
            X509Certificate certificate, String number, Function<byte[], Stream<GeneralName>> names) {
        var value = certificate.getExtensionValue(number);
        if (value == null) return Stream.empty();
        try {
            return names
                    .apply(ASN1OctetString.getInstance(value).getOctets())
                    .flatMap(name -> address(name).stream())
                    .limit(MOST_ADDRESSES)
                    .toList()
                    .stream();
        } catch (IllegalArgumentException | IllegalStateException malformed) {
            return Stream.empty();
        }
    }

    private static Optional<URI> address(GeneralName name) {
        if (name.getTagNo() != GeneralName.uniformResourceIdentifier) return Optional.empty();
        return name.getName() instanceof ASN1String text ? address(text.getString()) : Optional.empty();
    }

    /// Empty unless it is one that could be asked.
    public static Optional<URI> address(String text) {
        try {
            var address = new URI(text);
            boolean plain = "http".equalsIgnoreCase(address.getScheme())
                    && address.getHost() != null
                    && address.getRawUserInfo() == null
                    && address.getPort() <= 65_535
                    && address.getPort() != 0;
            return plain ? Optional.of(address) : Optional.empty();
        } catch (URISyntaxException noAddress) {
            return Optional.empty();
        }
    }
}
