package ikebana.wire;

import java.util.Optional;

/// The notify types of RFC 7296 3.10.1 and of the extensions that we meet. Errors are below 16384.
public enum NotifyType {
    UNSUPPORTED_CRITICAL_PAYLOAD(1),
    INVALID_IKE_SPI(4),
    INVALID_MAJOR_VERSION(5),
    INVALID_SYNTAX(7),
    INVALID_MESSAGE_ID(9),
    INVALID_SPI(11),
    NO_PROPOSAL_CHOSEN(14),
    INVALID_KE_PAYLOAD(17),
    AUTHENTICATION_FAILED(24),
    SINGLE_PAIR_REQUIRED(34),
    NO_ADDITIONAL_SAS(35),
    INTERNAL_ADDRESS_FAILURE(36),
    FAILED_CP_REQUIRED(37),
    TS_UNACCEPTABLE(38),
    INVALID_SELECTORS(39),
    TEMPORARY_FAILURE(43),
    CHILD_SA_NOT_FOUND(44),
    /// RFC 9370
    STATE_NOT_FOUND(47),
    INITIAL_CONTACT(16384),
    SET_WINDOW_SIZE(16385),
    ADDITIONAL_TS_POSSIBLE(16386),
    IPCOMP_SUPPORTED(16387),
    NAT_DETECTION_SOURCE_IP(16388),
    NAT_DETECTION_DESTINATION_IP(16389),
    COOKIE(16390),
    USE_TRANSPORT_MODE(16391),
    HTTP_CERT_LOOKUP_SUPPORTED(16392),
    REKEY_SA(16393),
    ESP_TFC_PADDING_NOT_SUPPORTED(16394),
    NON_FIRST_FRAGMENTS_ALSO(16395),
    MOBIKE_SUPPORTED(16396),
    ADDITIONAL_IP4_ADDRESS(16397),
    UPDATE_SA_ADDRESSES(16400),
    COOKIE2(16401),
    /// RFC 4478
    AUTH_LIFETIME(16403),
    MULTIPLE_AUTH_SUPPORTED(16404),
    REDIRECT_SUPPORTED(16406),
    CHILDLESS_IKEV2_SUPPORTED(16418),
    QUICK_CRASH_DETECTION(16419),
    FRAGMENTATION_SUPPORTED(16430),
    SIGNATURE_HASH_ALGORITHMS(16431),
    /// RFC 8784
    USE_PPK(16435),
    PPK_IDENTITY(16436),
    NO_PPK_AUTH(16437),
    INTERMEDIATE_EXCHANGE_SUPPORTED(16438),
    /// RFC 9370
    ADDITIONAL_KEY_EXCHANGE(16441);

    static final int FIRST_STATUS = 16384;

    private final int code;

    NotifyType(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }

    public boolean isError() {
        return code < FIRST_STATUS;
    }

    public static Optional<NotifyType> of(int code) {
        for (var type : values()) {
            if (type.code == code) return Optional.of(type);
        }
        return Optional.empty();
    }

    /// The name for a person: the RFC's, or the number.
    public static String describe(int code) {
        return of(code).map(NotifyType::name).orElse("notify " + code);
    }
}
