package ikebana.wire;

/// The number that says which payload follows (RFC 7296 3.2, RFC 7383 2.5). An open set.
public sealed interface PayloadType {
    /// "No Next Payload".
    int NONE = 0;

    int code();

    enum Known implements PayloadType {
        SECURITY_ASSOCIATION(33),
        KEY_EXCHANGE(34),
        IDENTIFICATION_INITIATOR(35),
        IDENTIFICATION_RESPONDER(36),
        CERTIFICATE(37),
        CERTIFICATE_REQUEST(38),
        AUTHENTICATION(39),
        NONCE(40),
        NOTIFY(41),
        DELETE(42),
        VENDOR_ID(43),
        TRAFFIC_SELECTORS_INITIATOR(44),
        TRAFFIC_SELECTORS_RESPONDER(45),
        ENCRYPTED(46),
        CONFIGURATION(47),
        EAP(48),
        ENCRYPTED_FRAGMENT(53);

        private final int code;

        Known(int code) {
            this.code = code;
        }

        @Override
        public int code() {
            return code;
        }
    }

    record Other(int code) implements PayloadType {}

    static PayloadType of(int code) {
        for (var known : Known.values()) {
            if (known.code == code) return known;
        }
        return new Other(code);
    }
}
