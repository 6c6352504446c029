package ikebana.crypto;

import ikebana.wire.Bytes;
import ikebana.wire.Secret;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// AUTH with a pre-shared key, RFC 7296 2.15.
public final class Psk {
    private static final Bytes KEY_PAD = Bytes.of("Key Pad for IKEv2".getBytes(StandardCharsets.US_ASCII));

    private Psk() {}

    /// The AUTH data for `octets`, which are the sender's first message, the receiver's nonce and the MAC of its ID.
    public static Bytes authenticate(Prf prf, Secret psk, Bytes octets) {
        try (var padded = prf.apply(psk, KEY_PAD);
                var mac = prf.apply(padded, octets)) {
            var exposed = mac.expose();
            var data = Bytes.of(exposed);
            Arrays.fill(exposed, (byte) 0);
            return data;
        }
    }
}
