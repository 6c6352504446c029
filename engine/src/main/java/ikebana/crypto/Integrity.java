package ikebana.crypto;

import ikebana.wire.Secret;
import java.util.Arrays;

/// An integrity algorithm, for encryption that is not AEAD (RFC 4868).
public enum Integrity {
    HMAC_SHA2_256_128("sha256", "HmacSHA256", 12, 32, 16),
    HMAC_SHA2_384_192("sha384", "HmacSHA384", 13, 48, 24),
    HMAC_SHA2_512_256("sha512", "HmacSHA512", 14, 64, 32);

    private final String keyword;
    private final String hmac;
    private final int transformId;
    private final int keyLength;
    private final int icvLength;

    Integrity(String keyword, String hmac, int transformId, int keyLength, int icvLength) {
        this.keyword = keyword;
        this.hmac = hmac;
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

    /// The truncated MAC over all `parts`, one behind the other.
    byte[] icv(Secret key, byte[]... parts) {
        var mac = Providers.hmac(hmac, key);
        for (var part : parts) mac.update(part);
        return Arrays.copyOf(mac.doFinal(), icvLength);
    }
}
