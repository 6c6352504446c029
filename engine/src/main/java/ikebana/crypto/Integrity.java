package ikebana.crypto;

/// An integrity algorithm, for encryption that is not AEAD (RFC 4868).
public enum Integrity {
    HMAC_SHA2_256_128("sha256", 12, 32, 16),
    HMAC_SHA2_384_192("sha384", 13, 48, 24),
    HMAC_SHA2_512_256("sha512", 14, 64, 32);

    private final String keyword;
    private final int transformId;
    private final int keyLength;
    private final int icvLength;

    Integrity(String keyword, int transformId, int keyLength, int icvLength) {
        this.keyword = keyword;
        this.transformId = transformId;
        this.keyLength = keyLength;
        this.icvLength = icvLength;
    }

    /// Its name in strongSwan's proposal notation.
    public String keyword() {
        return keyword;
    }

    public int transformId() {
        return transformId;
    }

    /// Bytes of key.
    public int keyLength() {
        return keyLength;
    }

    /// Bytes of truncated MAC on the wire.
    public int icvLength() {
        return icvLength;
    }
}
