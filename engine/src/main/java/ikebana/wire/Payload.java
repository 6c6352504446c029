package ikebana.wire;

/// A payload of RFC 7296 section 3 or RFC 7383 2.5, without its generic header.
public sealed interface Payload
        permits SecurityAssociation,
                KeyExchange,
                Identification,
                Certificate,
                CertificateRequest,
                Authentication,
                Nonce,
                Notify,
                Delete,
                VendorId,
                TrafficSelectors,
                Encrypted,
                EncryptedFragment,
                Configuration,
                Eap,
                Unknown {

    PayloadType type();

    void encodeBody(Writer out);

    /// @param nextPayload the generic header's field, which for encrypted payloads names the first one inside
    static Payload decode(PayloadType type, int nextPayload, boolean critical, Reader body) {
        Payload payload = switch (type) {
            case PayloadType.Known known ->
                switch (known) {
                    case SECURITY_ASSOCIATION -> SecurityAssociation.decode(body);
                    case KEY_EXCHANGE -> KeyExchange.decode(body);
                    case IDENTIFICATION_INITIATOR -> Identification.decode(true, body);
                    case IDENTIFICATION_RESPONDER -> Identification.decode(false, body);
                    case CERTIFICATE -> Certificate.decode(body);
                    case CERTIFICATE_REQUEST -> CertificateRequest.decode(body);
                    case AUTHENTICATION -> Authentication.decode(body);
                    case NONCE -> new Nonce(body.rest());
                    case NOTIFY -> Notify.decode(body);
                    case DELETE -> Delete.decode(body);
                    case VENDOR_ID -> new VendorId(body.rest());
                    case TRAFFIC_SELECTORS_INITIATOR -> TrafficSelectors.decode(true, body);
                    case TRAFFIC_SELECTORS_RESPONDER -> TrafficSelectors.decode(false, body);
                    case ENCRYPTED -> new Encrypted(nextPayload, body.rest());
                    case CONFIGURATION -> Configuration.decode(body);
                    case EAP -> new Eap(body.rest());
                    case ENCRYPTED_FRAGMENT -> EncryptedFragment.decode(nextPayload, body);
                };
            case PayloadType.Other(int code) -> new Unknown(code, critical, body.rest());
        };
        body.expectEnd(type.toString());
        return payload;
    }
}
