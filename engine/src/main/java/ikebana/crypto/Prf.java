package ikebana.crypto;

import ikebana.wire.Bytes;
import ikebana.wire.Secret;
import java.util.Arrays;

/// A pseudorandom function (RFC 7296 2.13): HMAC with a hash of the SHA-2 family (RFC 4868).
public enum Prf {
    HMAC_SHA2_256("prfsha256", "HmacSHA256", 5, 32),
    HMAC_SHA2_384("prfsha384", "HmacSHA384", 6, 48),
    HMAC_SHA2_512("prfsha512", "HmacSHA512", 7, 64);

    private final String keyword;
    private final String hmac;
    private final int transformId;
    private final int length;

    Prf(String keyword, String hmac, int transformId, int length) {
        this.keyword = keyword;
        this.hmac = hmac;
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

    public Secret apply(Secret key, Bytes data) {
        var mac = Providers.hmac(hmac, key);
        mac.update(data.toArray());
        return Secret.owning(mac.doFinal());
    }

    public Secret apply(Secret key, Secret data) {
        var exposed = data.expose();
        var mac = Providers.hmac(hmac, key);
        mac.update(exposed);
        Arrays.fill(exposed, (byte) 0);
        return Secret.owning(mac.doFinal());
    }

    /// `prf+`, RFC 7296 2.13: as much keying material as is asked for.
    public Secret plus(Secret key, Secret seed, int length) {
        int rounds = (length + this.length - 1) / this.length;
        if (rounds > 255) throw new IllegalArgumentException("prf+ of %s cannot make %d bytes".formatted(this, length));
        var exposed = seed.expose();
        var stream = new byte[rounds * this.length];
        var mac = Providers.hmac(hmac, key); // doFinal makes it ready for the next round
        for (int round = 1; round <= rounds; round++) {
            int at = (round - 1) * this.length;
            if (round > 1) mac.update(stream, at - this.length, this.length);
            mac.update(exposed);
            mac.update((byte) round);
            var block = mac.doFinal();
            System.arraycopy(block, 0, stream, at, this.length);
            Arrays.fill(block, (byte) 0);
        }
        Arrays.fill(exposed, (byte) 0);
        var material = Secret.owning(Arrays.copyOf(stream, length));
        Arrays.fill(stream, (byte) 0);
        return material;
    }
}
