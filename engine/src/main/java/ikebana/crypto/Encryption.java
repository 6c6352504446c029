package ikebana.crypto;

/// An encryption algorithm as IKEv2 negotiates it: transform ID and key length together (RFC 7296 3.3.2).
///
/// AEAD keys have the four-byte salt behind them: RFC 5282 7.1, RFC 4106 8.1, RFC 7634 2.
public enum Encryption {
    AES_GCM_16_256("aes256gcm16", 20, 256, 36, 8, 16, 4, true),
    AES_GCM_16_128("aes128gcm16", 20, 128, 20, 8, 16, 4, true),
    CHACHA20_POLY1305("chacha20poly1305", 28, 0, 36, 8, 16, 4, true),
    AES_CBC_256("aes256", 12, 256, 32, 16, 0, 16, false),
    AES_CBC_128("aes128", 12, 128, 16, 16, 0, 16, false);

    private final String keyword;
    private final int transformId;
    private final int keyBits;
    private final int keyLength;
    private final int ivLength;
    private final int icvLength;
    private final int blockLength;
    private final boolean aead;

    Encryption(
            String keyword,
            int transformId,
            int keyBits,
            int keyLength,
            int ivLength,
            int icvLength,
            int blockLength,
            boolean aead) {
        this.keyword = keyword;
        this.transformId = transformId;
        this.keyBits = keyBits;
        this.keyLength = keyLength;
        this.ivLength = ivLength;
        this.icvLength = icvLength;
        this.blockLength = blockLength;
        this.aead = aead;
    }

    /// Its name in strongSwan's proposal notation.
    public String keyword() {
        return keyword;
    }

    public int transformId() {
        return transformId;
    }

    /// The Key Length attribute in bits; 0 when the transform has none.
    public int keyBits() {
        return keyBits;
    }

    /// Bytes of keying material, with the salt of AEAD algorithms.
    public int keyLength() {
        return keyLength;
    }

    /// Bytes of explicit IV in each message.
    public int ivLength() {
        return ivLength;
    }

    /// Bytes of ICV that the algorithm itself makes; 0 when an [Integrity] algorithm makes it.
    public int icvLength() {
        return icvLength;
    }

    /// What the plaintext with its padding is a multiple of.
    public int blockLength() {
        return blockLength;
    }

    public boolean isAead() {
        return aead;
    }
}
