package ikebana.ike;

import ikebana.auth.Profile;
import ikebana.crypto.SignatureHash;
import ikebana.wire.Bytes;
import ikebana.wire.Certificate;
import ikebana.wire.CertificateRequest;
import ikebana.wire.Message;
import ikebana.wire.Notify;
import ikebana.wire.NotifyType;
import ikebana.wire.Payload;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// What the first two exchanges carry where certificates prove who is who: CERT, CERTREQ (RFC 7296 3.6, 3.7) and
/// SIGNATURE_HASH_ALGORITHMS (RFC 7427 4).
final class CertificatePayloads {
    /// "X.509 Certificate - Signature", the only encoding here.
    private static final int X509_SIGNATURE = 4;

    private CertificatePayloads() {}

    // ---- IKE_SA_INIT

    static List<Payload> inRequest(Profile profile) {
        return profile.usesCertificates() ? List.of(announcement()) : List.of();
    }

    /// @param profiles that the initiator may mean
    static List<Payload> inResponse(List<Profile> profiles, List<Payload> request) {
        if (profiles.stream().noneMatch(Profile::usesCertificates)) return List.of();
        var announcements = Message.has(request, NotifyType.SIGNATURE_HASH_ALGORITHMS)
                ? Stream.<Payload>of(announcement())
                : Stream.<Payload>empty();
        return Stream.concat(wanted(profiles).stream(), announcements).toList();
    }

    private static Notify announcement() {
        return Notify.of(NotifyType.SIGNATURE_HASH_ALGORITHMS, SignatureHash.announcement());
    }

    /// What the peer has announced; empty when it has not, and knows nothing of RFC 7427.
    static Optional<List<SignatureHash>> announced(Negotiated negotiated) {
        var theirs = negotiated.initiator() ? negotiated.response() : negotiated.request();
        return Message.decode(theirs) instanceof Message.Decoded.Whole(var message)
                ? Message.notification(message.payloads(), NotifyType.SIGNATURE_HASH_ALGORITHMS)
                        .map(notify -> SignatureHash.announced(notify.data()))
                : Optional.empty();
    }

    // ---- IKE_AUTH

    /// Which authorities' certificates we want to see; nothing where no profile wants one.
    static List<Payload> wanted(List<Profile> profiles) {
        var authorities = profiles.stream()
                .flatMap(profile -> profile.authorities().stream())
                .flatMap(List::stream)
                .distinct()
                .toArray(Bytes[]::new);
        return authorities.length == 0
                ? List.of()
                : List.of(new CertificateRequest(X509_SIGNATURE, Bytes.concat(authorities)));
    }

    static List<Payload> carrying(List<Bytes> certificates) {
        return certificates.stream()
                .<Payload>map(der -> new Certificate(X509_SIGNATURE, der))
                .toList();
    }

    static List<Bytes> carried(List<Payload> payloads) {
        return Message.all(payloads, Certificate.class)
                .filter(certificate -> certificate.encoding() == X509_SIGNATURE)
                .map(Certificate::data)
                .toList();
    }
}
