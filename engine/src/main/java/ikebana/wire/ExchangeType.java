package ikebana.wire;

/// Which exchange a message belongs to (RFC 7296 3.1). An open set: a peer may send a number that we have never heard
/// of.
public sealed interface ExchangeType {
    int code();

    enum Known implements ExchangeType {
        IKE_SA_INIT(34),
        IKE_AUTH(35),
        CREATE_CHILD_SA(36),
        INFORMATIONAL(37),
        /// RFC 9242
        IKE_INTERMEDIATE(43),
        /// RFC 9370
        IKE_FOLLOWUP_KE(44);

        private final int code;

        Known(int code) {
            this.code = code;
        }

        @Override
        public int code() {
            return code;
        }
    }

    record Other(int code) implements ExchangeType {}

    static ExchangeType of(int code) {
        for (var known : Known.values()) {
            if (known.code == code) return known;
        }
        return new Other(code);
    }
}
