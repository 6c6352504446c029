package ikebana.crypto;

/// A key exchange method (RFC 7296 3.3.2, "Diffie-Hellman group"): RFC 3526, 5903 and 8031.
public enum KeyExchangeMethod {
    CURVE25519("x25519", 31, 32),
    ECP_256("ecp256", 19, 64),
    ECP_384("ecp384", 20, 96),
    ECP_521("ecp521", 21, 132),
    MODP_2048("modp2048", 14, 256),
    MODP_3072("modp3072", 15, 384),
    MODP_4096("modp4096", 16, 512);

    private final String keyword;
    private final int transformId;
    private final int publicLength;

    KeyExchangeMethod(String keyword, int transformId, int publicLength) {
        this.keyword = keyword;
        this.transformId = transformId;
        this.publicLength = publicLength;
    }

    /// Its name in strongSwan's proposal notation.
    public String keyword() {
        return keyword;
    }

    public int transformId() {
        return transformId;
    }

    /// Bytes of key exchange data, exactly.
    public int publicLength() {
        return publicLength;
    }
}
