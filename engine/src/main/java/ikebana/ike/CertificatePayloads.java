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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// What the first two exchanges carry where certificates prove who is who: CERT, CERTREQ (RFC 7296 3.6, 3.7) and
/// SIGNATURE_HASH_ALGORITHMS (RFC 7427 4).
final class CertificatePayloads {
    private CertificatePayloads() {}

    // ---- IKE_SA_INIT

    static List<Payload> inRequest(Profile profile) {
        return profile.signs() ? List.of(announcement()) : List.of();
    }

    /// @param profiles that the initiator may mean
    static List<Payload> inResponse(List<Profile> profiles, List<Payload> request) {
        if (profiles.stream().noneMatch(Profile::signs)) return List.of();
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

    /// Which authorities' certificates we want to see, and whether a key alone; nothing where no profile wants one.
    static List<Payload> wanted(List<Profile> profiles) {
        var wanted = new ArrayList<Payload>();
        var authorities = profiles.stream()
                .flatMap(profile -> profile.authorities().stream())
                .flatMap(List::stream)
                .distinct()
                .toArray(Bytes[]::new);
        if (authorities.length > 0) {
            wanted.add(new CertificateRequest(Certificate.X509_SIGNATURE, Bytes.concat(authorities)));
        }
        // RFC 7670 3: no authority stands above a raw key
        if (profiles.stream().anyMatch(Profile::usesRawKeys)) {
            wanted.add(new CertificateRequest(Certificate.RAW_PUBLIC_KEY, Bytes.EMPTY));
        }
        return wanted;
    }

    static List<Certificate> carried(List<Payload> payloads) {
        return Message.all(payloads, Certificate.class)
                .filter(certificate -> certificate.encoding() == Certificate.X509_SIGNATURE
                        || certificate.encoding() == Certificate.RAW_PUBLIC_KEY)
                .toList();
    }
}
