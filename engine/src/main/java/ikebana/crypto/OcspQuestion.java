package ikebana.crypto;

import ikebana.crypto.Revocation.Status;
import ikebana.wire.Bytes;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigInteger;
import java.security.cert.Extension;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.ocsp.CertID;
import org.bouncycastle.asn1.ocsp.OCSPObjectIdentifiers;
import org.bouncycastle.asn1.ocsp.OCSPRequest;
import org.bouncycastle.asn1.ocsp.Request;
import org.bouncycastle.asn1.ocsp.TBSRequest;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x509.X509ObjectIdentifiers;

/// What a responder is asked about one certificate (RFC 6960), and what its answer is worth.
///
/// @param nonce what a fresh answer repeats; those that are made beforehand have none (RFC 5019 4), and their end
/// counts
public record OcspQuestion(X509Certificate certificate, X509Certificate issuer, Bytes nonce) {
    /// RFC 9654 2.1: 32 bytes at least are to be understood, and fewer may be sent; old responders take no more.
    private static final int NONCE_LENGTH = 16;

    private static final String NONCE = OCSPObjectIdentifiers.id_pkix_ocsp_nonce.getId();

    public static OcspQuestion about(X509Certificate certificate, X509Certificate issuer, Entropy entropy) {
        return new OcspQuestion(certificate, issuer, Bytes.of(entropy.bytes(NONCE_LENGTH)));
    }

    /// In DER, the body of a POST.
    public Bytes encoded() {
        try {
            var request = new Request(certificateId(), null);
            var extension = new org.bouncycastle.asn1.x509.Extension(
                    OCSPObjectIdentifiers.id_pkix_ocsp_nonce,
                    false,
                    nonceValue().toArray());
            var body = new TBSRequest(null, new DERSequence(request), new Extensions(extension));
            return Bytes.of(new OCSPRequest(body, null).getEncoded(ASN1Encoding.DER));
        } catch (IOException impossible) {
            throw new IllegalStateException("an OCSP request cannot be written", impossible);
        }
    }

    /// By SHA-1, which names here and proves nothing: it is what RFC 5019 2.1.1 wants, and what the JDK compares with.
    private CertID certificateId() {
        var name = issuer.getSubjectX500Principal().getEncoded();
        var key = SubjectPublicKeyInfo.getInstance(issuer.getPublicKey().getEncoded())
                .getPublicKeyData()
                .getBytes();
        BigInteger serial = certificate.getSerialNumber();
        return new CertID(
                new AlgorithmIdentifier(X509ObjectIdentifiers.id_SHA1, DERNull.INSTANCE),
                new DEROctetString(Providers.sha1(Bytes.of(name))),
                new DEROctetString(Providers.sha1(Bytes.of(key))),
                new ASN1Integer(serial));
    }

    private Bytes nonceValue() {
        try {
            return Bytes.of(new DEROctetString(nonce.toArray()).getEncoded());
        } catch (IOException impossible) {
            throw new IllegalStateException("a nonce cannot be written", impossible);
        }
    }

    /// Whether this answer is by the issuer, or by whom it has appointed (RFC 6960 4.2.2.2); for this certificate; of
    /// now; and for this nonce if it has one.
    ///
    /// @param response in DER, by a stranger
    public Status status(Bytes response, Instant at) {
        try {
            return Revocation.status(certificate, issuer, at, (validator, parameters) -> {
                var checker = (PKIXRevocationChecker) validator.getRevocationChecker();
                checker.setOptions(EnumSet.of(PKIXRevocationChecker.Option.NO_FALLBACK));
                // as it has an answer, it asks nobody
                checker.setOcspResponses(Map.of(certificate, response.toArray()));
                checker.setOcspExtensions(List.of(new Nonce(nonceValue())));
                parameters.addCertPathChecker(checker);
            });
        } catch (IllegalArgumentException | IndexOutOfBoundsException malformed) {
            // the first for a name of a responder that is none, which the JDK does not foresee
            return new Status.Unknown("what came is no OCSP response");
        }
    }

    private record Nonce(Bytes value) implements Extension {
        @Override
        public String getId() {
            return NONCE;
        }

        @Override
        public boolean isCritical() {
            return false;
        }

        @Override
        public byte[] getValue() {
            return value.toArray();
        }

        @Override
        public void encode(OutputStream out) throws IOException {
            out.write(value.toArray());
        }
    }
}
