package ikebana.crypto;

import ikebana.wire.Bytes;
import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.Provider;
import java.security.cert.CRLException;
import java.security.cert.CertPath;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertStore;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Date;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// X.509: what a certificate says, and whether a path of them leads to somebody we trust. The JDK does all of it.
public final class Certificates {
    private static final Provider SUN = Providers.jdk("SUN");

    private Certificates() {}

    /// @throws IllegalArgumentException with a sentence
    public static X509Certificate certificate(Bytes der) {
        var in = new ByteArrayInputStream(der.toArray());
        try {
            var certificate = (X509Certificate) certificates().generateCertificate(in);
            if (in.available() > 0) throw new IllegalArgumentException("has something behind the certificate");
            return certificate;
        } catch (CertificateException | IndexOutOfBoundsException malformed) {
            // the second for an Edwards key without a byte, which the JDK does not foresee
            throw new IllegalArgumentException("is no X.509 certificate");
        }
    }

    /// @throws IllegalArgumentException with a sentence
    public static X509CRL revocationList(Bytes der) {
        try {
            return (X509CRL) certificates().generateCRL(new ByteArrayInputStream(der.toArray()));
        } catch (CRLException malformed) {
            throw new IllegalArgumentException("is no certificate revocation list");
        }
    }

    private static CertificateFactory certificates() {
        try {
            return CertificateFactory.getInstance("X.509", SUN);
        } catch (CertificateException broken) {
            throw new IllegalStateException("no provider reads X.509", broken);
        }
    }

    /// What a CERTREQ payload calls an authority: the SHA-1 of its public key (RFC 7296 3.7).
    public static Bytes authority(X509Certificate anchor) {
        return Bytes.of(Providers.sha1(Bytes.of(anchor.getPublicKey().getEncoded())));
    }

    /// Which revocation lists count, and what it means when there is none.
    ///
    /// @param required whether each certificate needs a valid list of its issuer
    public record Revocation(Collection<X509CRL> lists, boolean required) {}

    /// Validates a path after RFC 5280 6.1, with the JDK's PKIX: signatures, validity at that time, basic constraints,
    /// key usage of the authorities, name constraints, critical extensions, revocation. It fetches nothing.
    ///
    /// @param path the end's certificate first, without the anchor
    /// @throws CertPathValidatorException with the reason and the index of the certificate
    public static void validate(List<X509Certificate> path, TrustAnchor anchor, Revocation revocation, Instant at)
            throws CertPathValidatorException {
        try {
            CertPath certificates = certificates().generateCertPath(path);
            var parameters = new PKIXParameters(Set.of(anchor));
            parameters.setDate(Date.from(at));
            parameters.setSigProvider(null);
            var validator = CertPathValidator.getInstance("PKIX", SUN);
            boolean checked = revocation.required() || !revocation.lists().isEmpty();
            parameters.setRevocationEnabled(checked);
            if (checked) {
                var checker = (PKIXRevocationChecker) validator.getRevocationChecker();
                // without these it would ask servers that the certificate names
                var options =
                        EnumSet.of(PKIXRevocationChecker.Option.PREFER_CRLS, PKIXRevocationChecker.Option.NO_FALLBACK);
                if (!revocation.required()) options.add(PKIXRevocationChecker.Option.SOFT_FAIL);
                checker.setOptions(options);
                parameters.addCertPathChecker(checker);
                parameters.addCertStore(CertStore.getInstance(
                        "Collection", new CollectionCertStoreParameters(new ArrayList<>(revocation.lists())), SUN));
            }
            validator.validate(certificates, parameters);
        } catch (CertPathValidatorException invalid) {
            throw invalid;
        } catch (GeneralSecurityException broken) {
            throw new IllegalStateException("no provider validates certificates: " + broken.getMessage(), broken);
        }
    }
}
