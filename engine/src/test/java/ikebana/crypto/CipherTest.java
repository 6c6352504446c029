package ikebana.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.wire.Bytes;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CipherTest {

    @Test
    void aesGcmAgreesWithWycheproof() {
        int compared = 0;
        for (var vector : Published.wycheproof("aes_gcm")) {
            var group = vector.group();
            boolean ours =
                    group.get("ivSize").asInt() == 96 && group.get("tagSize").asInt() == 128;
            if (!ours || group.get("keySize").asInt() == 192) continue;
            compareAead(
                    group.get("keySize").asInt() == 128 ? Encryption.AES_GCM_16_128 : Encryption.AES_GCM_16_256,
                    vector);
            compared++;
        }
        assertThat(compared).isGreaterThan(100);
    }

    @Test
    void chaCha20Poly1305AgreesWithWycheproof() {
        int compared = 0;
        for (var vector : Published.wycheproof("chacha20_poly1305")) {
            if (vector.group().get("ivSize").asInt() != 96) continue;
            compareAead(Encryption.CHACHA20_POLY1305, vector);
            compared++;
        }
        assertThat(compared).isGreaterThan(200);
    }

    private static void compareAead(Encryption encryption, Published.InGroup vector) {
        var key = vector.secret("key");
        var nonce = vector.hex("iv").toArray();
        var associated = vector.hex("aad");
        var sealed = Bytes.concat(vector.hex("ct"), vector.hex("tag"));
        var opened = Providers.openAead(encryption, key, nonce, associated, sealed.toArray())
                .map(Bytes::of);
        if (vector.isValid()) {
            var message = vector.hex("msg");
            assertThat(opened).as(vector.name()).contains(message);
            assertThat(Bytes.of(Providers.sealAead(encryption, key, nonce, associated, message.toArray())))
                    .as(vector.name())
                    .isEqualTo(sealed);
        } else {
            assertThat(opened).as(vector.name()).isEqualTo(Optional.empty());
        }
    }

    /// Ours has no padding of its own, so the padding of PKCS #5 is added here.
    @Test
    void aesCbcAgreesWithWycheproof() {
        int compared = 0;
        for (var vector : Published.wycheproof("aes_cbc_pkcs5")) {
            if (!vector.isValid() || vector.group().get("keySize").asInt() == 192) continue;
            var message = vector.hex("msg");
            int padding = 16 - message.length() % 16;
            var padded = Arrays.copyOf(message.toArray(), message.length() + padding);
            Arrays.fill(padded, message.length(), padded.length, (byte) padding);

            var encrypted = Providers.encryptCbc(vector.secret("key"), vector.hex("iv"), padded);
            assertThat(Bytes.of(encrypted)).as(vector.name()).isEqualTo(vector.hex("ct"));
            var decrypted = Providers.decryptCbc(vector.secret("key"), vector.hex("iv"), encrypted);
            assertThat(Bytes.of(decrypted)).as(vector.name()).isEqualTo(Bytes.of(padded));
            compared++;
        }
        assertThat(compared).isGreaterThan(30);
    }
}
