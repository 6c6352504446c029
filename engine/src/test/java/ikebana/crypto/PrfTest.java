package ikebana.crypto;

import static ikebana.crypto.Published.revealed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ikebana.wire.Bytes;
import ikebana.wire.Secret;
import java.security.GeneralSecurityException;
import java.util.Map;
import javax.crypto.KDF;
import javax.crypto.spec.HKDFParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PrfTest {
    private static final Map<Prf, String> HASH =
            Map.of(Prf.HMAC_SHA2_256, "256", Prf.HMAC_SHA2_384, "384", Prf.HMAC_SHA2_512, "512");

    @ParameterizedTest
    @EnumSource
    void computesTheValuesOfRfc4231(Prf prf) {
        var blocks = Published.blocks("rfc/rfc4231-hmac-sha%s.txt".formatted(HASH.get(prf))).stream()
                .filter(block -> block.has("MD"))
                .toList();
        assertThat(blocks).hasSizeGreaterThanOrEqualTo(6);
        for (var block : blocks) {
            var mac = prf.apply(block.secret("Key"), block.hex("Msg"));
            // test case 5 is truncated to 128 bits
            assertThat(revealed(mac).toString()).startsWith(block.hex("MD").toString());
        }
    }

    @ParameterizedTest
    @EnumSource
    void agreesWithWycheproof(Prf prf) {
        int compared = 0;
        for (var vector : Published.wycheproof("hmac_sha" + HASH.get(prf))) {
            var tag = vector.hex("tag");
            var mac =
                    revealed(prf.apply(vector.secret("key"), vector.hex("msg"))).slice(0, tag.length());
            assertThat(mac.equals(tag)).as(vector.name()).isEqualTo(vector.isValid());
            compared++;
        }
        assertThat(compared).isGreaterThan(100);
    }

    @ParameterizedTest
    @EnumSource
    void truncatesItsMacForIntegrityAsWycheproofDoes(Integrity integrity) {
        int compared = 0;
        for (var vector : Published.wycheproof("hmac_" + integrity.keyword())) {
            if (vector.group().get("tagSize").asInt() != 8 * integrity.icvLength()) continue;
            var icv = integrity.icv(vector.secret("key"), vector.hex("msg").toArray());
            assertThat(Bytes.of(icv).equals(vector.hex("tag")))
                    .as(vector.name())
                    .isEqualTo(vector.isValid());
            compared++;
        }
        assertThat(compared).isGreaterThan(50);
    }

    /// `prf+` of RFC 7296 2.13 with HMAC is what RFC 5869 2.3 calls HKDF-Expand, and the JDK has one.
    @ParameterizedTest
    @EnumSource
    void stretchesAKeyAsHkdfExpandDoes(Prf prf) throws GeneralSecurityException {
        var oracle = KDF.getInstance("HKDF-SHA" + HASH.get(prf));
        var dice = new SeededEntropy(5869);
        for (int length = 1; length <= 400; length += 7) {
            var key = dice.bytes(prf.length());
            var seed = dice.bytes(1 + length % 90);
            var expected =
                    oracle.deriveData(HKDFParameterSpec.expandOnly(new SecretKeySpec(key, "Generic"), seed, length));
            assertThat(revealed(prf.plus(Secret.copyOf(key), Secret.copyOf(seed), length)))
                    .isEqualTo(Bytes.of(expected));
        }
    }

    @ParameterizedTest
    @EnumSource
    void stretchesAKeyTo255BlocksAndRefusesMore(Prf prf) {
        var key = Published.secret("00");
        assertThat(prf.plus(key, key, 255 * prf.length()).length()).isEqualTo(255 * prf.length());
        assertThatThrownBy(() -> prf.plus(key, key, 255 * prf.length() + 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("cannot make");
    }

    @Test
    void takesSecretAndPublicDataAlike() {
        var key = Published.secret("0b0b");
        var data = Bytes.ofHex("4869205468657265");
        assertThat(Prf.HMAC_SHA2_256.apply(key, Secret.copyOf(data.toArray())))
                .isEqualTo(Prf.HMAC_SHA2_256.apply(key, data));
    }

    @Test
    void leavesItsKeyAsItWas() {
        var key = Published.secret("0b0b");
        Prf.HMAC_SHA2_256.plus(key, key, 100);
        assertThat(key).isEqualTo(Published.secret("0b0b"));
    }
}
