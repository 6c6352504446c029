package ikebana.auth;

import ikebana.crypto.PublicKeys;
import ikebana.crypto.Signatures;
import ikebana.wire.Bytes;
import ikebana.wire.Certificate;
import ikebana.wire.Secret;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What we prove ourselves with: a certificate, those between it and its authority, and its private key, which nothing
/// here hands out.
public final class CertificateKey {
    private final List<X509Certificate> chain;
    private final PrivateKey key;

    private CertificateKey(List<X509Certificate> chain, PrivateKey key) {
        this.chain = List.copyOf(chain);
        this.key = key;
    }

    /// @param certificates the file with our certificate, wherever in it; it may be a container with the key, too
    /// @param separateKey the file with its private key, if that is another
    /// @throws IllegalArgumentException with a sentence
    public static CertificateKey of(KeyFile certificates, Optional<KeyFile> separateKey, Optional<Secret> passphrase) {
        if (certificates.isContainer()) {
            var container = certificates.container(passphrase);
            return of(container.chain(), container.key());
        }
        return of(certificates.certificates(), separateKey.orElse(certificates).privateKey(passphrase));
    }

    public static CertificateKey of(List<X509Certificate> certificates, PrivateKey key) {
        var own = certificates.stream()
                .filter(certificate -> PublicKeys.belongTogether(key, certificate.getPublicKey()))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("has no certificate that belongs to the private key"));
        Signatures.weakness(own.getPublicKey()).ifPresent(why -> {
            throw new IllegalArgumentException("has a key that peers would refuse: " + why);
        });
        if (!CertificatePath.maySign(own)) {
            throw new IllegalArgumentException("has a certificate whose key usage is not for signatures");
        }
        return new CertificateKey(upwards(own, certificates), key);
    }

    /// Ours, and what leads from it to its authority, without that: peers have it (RFC 7296 3.6).
    private static List<X509Certificate> upwards(X509Certificate own, List<X509Certificate> certificates) {
        var chain = new ArrayList<>(List.of(own));
        for (var next = CertificatePath.issuer(own, certificates); next.isPresent(); ) {
            var issuer = next.get();
            if (CertificatePath.isSelfIssued(issuer) || chain.contains(issuer)) break;
            chain.add(issuer);
            next = CertificatePath.issuer(issuer, certificates);
        }
        return chain;
    }

    public X509Certificate certificate() {
        return chain.getFirst();
    }

    /// The subject, as an identity; without one the first alternative name.
    ///
    /// @throws IllegalArgumentException when it is for nobody
    public Identity identity() {
        return CertificateNames.of(certificate()).stream()
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("has a certificate for nobody"));
    }

    /// Whether a peer would believe it.
    public boolean proves(Identity identity) {
        return CertificateNames.has(certificate(), identity);
    }

    /// As the certificate spells it, for a name may be spelt in several ways.
    public Identity spelt(Identity identity) {
        return CertificateNames.spelt(certificate(), identity);
    }

    public String names() {
        return CertificateNames.describe(certificate());
    }

    /// The first of ours to end ends this.
    public Instant expiresAt() {
        return chain.stream()
                .map(certificate -> certificate.getNotAfter().toInstant())
                .min(Instant::compareTo)
                .orElseThrow();
    }

    /// What CERT payloads carry, ours first.
    List<Certificate> payloads() {
        return chain.stream()
                .map(certificate -> new Certificate(Certificate.X509_SIGNATURE, encoded(certificate)))
                .toList();
    }

    static Bytes encoded(X509Certificate certificate) {
        try {
            return Bytes.of(certificate.getEncoded());
        } catch (CertificateEncodingException impossible) {
            throw new IllegalStateException("a certificate that was read cannot be written", impossible);
        }
    }

    PrivateKey privateKey() {
        return key;
    }

    PublicKey publicKey() {
        return certificate().getPublicKey();
    }

    @Override
    public String toString() {
        return "the key of " + names();
    }
}
