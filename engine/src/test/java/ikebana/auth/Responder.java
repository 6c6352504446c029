package ikebana.auth;

import ikebana.wire.Bytes;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1GeneralizedTime;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERTaggedObject;
import org.bouncycastle.asn1.ocsp.BasicOCSPResponse;
import org.bouncycastle.asn1.ocsp.CertID;
import org.bouncycastle.asn1.ocsp.CertStatus;
import org.bouncycastle.asn1.ocsp.OCSPObjectIdentifiers;
import org.bouncycastle.asn1.ocsp.OCSPRequest;
import org.bouncycastle.asn1.ocsp.OCSPResponse;
import org.bouncycastle.asn1.ocsp.OCSPResponseStatus;
import org.bouncycastle.asn1.ocsp.Request;
import org.bouncycastle.asn1.ocsp.ResponderID;
import org.bouncycastle.asn1.ocsp.ResponseBytes;
import org.bouncycastle.asn1.ocsp.ResponseData;
import org.bouncycastle.asn1.ocsp.RevokedInfo;
import org.bouncycastle.asn1.ocsp.SingleResponse;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.jspecify.annotations.Nullable;

/// Answers OCSP requests (RFC 6960) about one certificate, rightly unless a test says otherwise.
public final class Responder {
    private final X509Certificate own;
    private final KeyPair pair;
    private boolean revoked;
    private boolean withNonce = true;
    private boolean answersForAnother;
    private boolean otherNonce;
    private Instant from = Authority.NOW.minus(Duration.ofHours(1));
    private Optional<Instant> until = Optional.of(Authority.NOW.plus(Duration.ofHours(1)));
    private int status = OCSPResponseStatus.SUCCESSFUL;

    /// @param own of whom signs: the issuer, or somebody whom it has appointed
    public Responder(X509Certificate own, KeyPair pair) {
        this.own = own;
        this.pair = pair;
    }

    public Responder revoking() {
        revoked = true;
        return this;
    }

    public Responder withoutNonce() {
        withNonce = false;
        return this;
    }

    public Responder withAnotherNonce() {
        otherNonce = true;
        return this;
    }

    public Responder forAnotherCertificate() {
        answersForAnother = true;
        return this;
    }

    public Responder valid(Instant begin, Optional<Instant> end) {
        from = begin;
        until = end;
        return this;
    }

    public Responder failing(int code) {
        status = code;
        return this;
    }

    public Bytes answer(Bytes request) {
        try {
            if (status != OCSPResponseStatus.SUCCESSFUL) {
                return der(new OCSPResponse(new OCSPResponseStatus(status), null));
            }
            var body = OCSPRequest.getInstance(request.toArray()).getTbsRequest();
            var id = Request.getInstance(body.getRequestList().getObjectAt(0)).getReqCert();
            var single = new SingleResponse(
                    answersForAnother ? another(id) : id,
                    certificateStatus(),
                    time(from),
                    until.map(Responder::time).orElse(null),
                    (Extensions) null);
            var responder = new ResponderID(
                    X500Name.getInstance(own.getSubjectX500Principal().getEncoded()));
            var data = new ResponseData(
                    responder, time(from), new DERSequence(single), extensions(body.getRequestExtensions()));
            var signed =
                    ASN1Sequence.getInstance(Authority.signed(data, Authority.algorithm(pair, false), pair, false));
            var parts = new ASN1EncodableVector();
            signed.forEach(parts::add);
            var certificate = ASN1Sequence.getInstance(own.getEncoded());
            parts.add(new DERTaggedObject(true, 0, new DERSequence(certificate)));
            var basic = BasicOCSPResponse.getInstance(new DERSequence(parts));
            var bytes = new ResponseBytes(
                    OCSPObjectIdentifiers.id_pkix_ocsp_basic, new DEROctetString(basic.getEncoded(ASN1Encoding.DER)));
            return der(new OCSPResponse(new OCSPResponseStatus(status), bytes));
        } catch (IOException | GeneralSecurityException broken) {
            throw new IllegalStateException(broken);
        }
    }

    private static Bytes der(OCSPResponse response) throws IOException {
        return Bytes.of(response.getEncoded(ASN1Encoding.DER));
    }

    private CertStatus certificateStatus() {
        return revoked
                ? new CertStatus(new RevokedInfo(time(from), CRLReason.lookup(CRLReason.keyCompromise)))
                : new CertStatus();
    }

    private static CertID another(CertID id) {
        var next = id.getSerialNumber().getValue().add(BigInteger.ONE);
        return new CertID(id.getHashAlgorithm(), id.getIssuerNameHash(), id.getIssuerKeyHash(), new ASN1Integer(next));
    }

    private @Nullable Extensions extensions(Extensions ofRequest) {
        var extensions = new ArrayList<Extension>();
        var nonce = ofRequest.getExtension(OCSPObjectIdentifiers.id_pkix_ocsp_nonce);
        if (withNonce) {
            var value = otherNonce ? new DEROctetString(new byte[18]) : nonce.getExtnValue();
            extensions.add(new Extension(nonce.getExtnId(), false, value.getOctets()));
        }
        return extensions.isEmpty() ? null : new Extensions(extensions.toArray(Extension[]::new));
    }

    private static ASN1GeneralizedTime time(Instant at) {
        return new ASN1GeneralizedTime(Date.from(at));
    }

    static List<Bytes> noise() {
        return List.of(
                Bytes.EMPTY,
                Bytes.of(new byte[100]),
                Bytes.ofHex("3082ffff"),
                Bytes.ofHex("3000"),
                Bytes.ofHex("30030a0100"));
    }
}
