package ikebana.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.wire.Bytes;
import ikebana.wire.Secret;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

class PskTest {
    private static final byte[] KEY = "probe-psk-1".getBytes(StandardCharsets.US_ASCII);

    @Test
    void authIsThePrfUnderThePaddedKey() throws GeneralSecurityException {
        var octets = Bytes.of(new SeededEntropy(1).bytes(400));
        var mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(KEY, "HmacSHA256"));
        var padded = mac.doFinal("Key Pad for IKEv2".getBytes(StandardCharsets.US_ASCII));
        mac.init(new SecretKeySpec(padded, "HmacSHA256"));
        assertThat(Psk.authenticate(Prf.HMAC_SHA2_256, Secret.copyOf(KEY), octets))
                .isEqualTo(Bytes.of(mac.doFinal(octets.toArray())));
    }

    @Test
    void theKeyIsStillThereAfterwards() {
        var key = Secret.copyOf(KEY);
        Psk.authenticate(Prf.HMAC_SHA2_512, key, Bytes.EMPTY);
        assertThat(key).isEqualTo(Secret.copyOf(KEY));
    }
}
