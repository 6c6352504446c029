package ikebana.crypto;

import ikebana.wire.Bytes;
import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.Provider;
import java.security.cert.CRLException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertStore;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Collection;
import java.util.Date;
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

    /// Validates a path after RFC 5280 6.1, with the JDK's PKIX: signatures, validity at that time, basic constraints,
    /// key usage of the authorities, name constraints, critical extensions. Revocation is for [Revocation].
    ///
    /// @param path the end's certificate first, without the anchor
    /// @throws CertPathValidatorException with the reason and the index of the certificate
    public static void validate(List<X509Certificate> path, TrustAnchor anchor, Instant at)
            throws CertPathValidatorException {
        validate(path, anchor, at, (_, parameters) -> parameters.setRevocationEnabled(false));
    }

    /// What a validation does besides.
    interface Besides {
        void add(CertPathValidator validator, PKIXParameters parameters) throws GeneralSecurityException;
    }

    static void validate(List<X509Certificate> path, TrustAnchor anchor, Instant at, Besides besides)
            throws CertPathValidatorException {
        try {
            var parameters = new PKIXParameters(Set.of(anchor));
            parameters.setDate(Date.from(at));
            var validator = CertPathValidator.getInstance("PKIX", SUN);
            besides.add(validator, parameters);
            validator.validate(certificates().generateCertPath(path), parameters);
        } catch (CertPathValidatorException invalid) {
            throw invalid;
        } catch (GeneralSecurityException broken) {
            throw new IllegalStateException("no provider validates certificates: " + broken.getMessage(), broken);
        }
    }

    /// What a revocation list is kept in while a path is validated.
    static CertStore store(Collection<X509CRL> lists) throws GeneralSecurityException {
        return CertStore.getInstance("Collection", new CollectionCertStoreParameters(lists), SUN);
    }
}
