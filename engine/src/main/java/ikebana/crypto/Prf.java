package ikebana.crypto;

/// A pseudorandom function (RFC 7296 2.13): HMAC with a hash of the SHA-2 family (RFC 4868).
public enum Prf {
    HMAC_SHA2_256("prfsha256", 5, 32),
    HMAC_SHA2_384("prfsha384", 6, 48),
    HMAC_SHA2_512("prfsha512", 7, 64);

    private final String keyword;
    private final int transformId;
    private final int length;

    Prf(String keyword, int transformId, int length) {
        this.keyword = keyword;
        this.transformId = transformId;
        this.length = length;
    }

    /// Its name in strongSwan's proposal notation.
    public String keyword() {
        return keyword;
    }

    public int transformId() {
        return transformId;
    }

    /// Bytes of output, and the preferred length of a key.
    public int length() {
        return length;
    }
}
