package ikebana.crypto;

import static ikebana.crypto.Published.revealed;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import ikebana.Vectors;
import ikebana.wire.Bytes;
import ikebana.wire.IkeSpi;
import ikebana.wire.Secret;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class KeyDerivationTest {
    private static final Map<String, Prf> PRFS = Map.of(
            "SHA-256", Prf.HMAC_SHA2_256,
            "SHA-384", Prf.HMAC_SHA2_384,
            "SHA-512", Prf.HMAC_SHA2_512);

    @Test
    void theStepsComputeNistsAnswers() {
        int compared = 0;
        for (var group : Vectors.json("kdf/cavs-ikev2-kdf-public.json").get("groups")) {
            var prf = PRFS.get(group.get("hash").asText());
            if (prf == null) continue; // SHA-1
            for (var test : group.get("tests")) {
                var nonces = joined(test, "ni", "nr");
                var skeyseed = prf.apply(nonces, secret(test, "gir"));
                assertThat(revealed(skeyseed)).isEqualTo(hex(test, "skeyseed"));

                var dkm = hex(test, "dkm");
                assertThat(revealed(prf.plus(skeyseed, joined(test, "ni", "nr", "spiI", "spiR"), dkm.length())))
                        .isEqualTo(dkm);

                // RFC 7296 2.18: the seed of a rekeyed IKE SA
                var d = Secret.owning(dkm.slice(0, prf.length()).toArray());
                assertThat(revealed(prf.apply(d, joined(test, "girNew", "ni", "nr"))))
                        .isEqualTo(hex(test, "skeyseedRekey"));
                compared++;
            }
        }
        assertThat(compared).isEqualTo(72);
    }

    @Test
    void ikeKeysAreNistsKeyingMaterialInTheOrderOfRfc7296() {
        int compared = 0;
        for (var group : Vectors.json("kdf/cavs-ikev2-kdf-public.json").get("groups")) {
            var prf = PRFS.get(group.get("hash").asText());
            if (prf == null || group.get("dkmBits").asInt() < 3072) continue;
            var suite = new IkeSuite(
                    Encryption.AES_CBC_128,
                    Optional.of(Integrity.HMAC_SHA2_256_128),
                    prf,
                    KeyExchangeMethod.CURVE25519);
            for (var test : group.get("tests")) {
                try (var keys = IkeKeys.derive(
                        suite,
                        secret(test, "gir"),
                        hex(test, "ni"),
                        hex(test, "nr"),
                        spi(test, "spiI"),
                        spi(test, "spiR"))) {
                    var inOrder = Stream.of(keys.d(), keys.ai(), keys.ar(), keys.ei(), keys.er(), keys.pi(), keys.pr())
                            .map(Published::revealed)
                            .toArray(Bytes[]::new);
                    var whole = Bytes.concat(inOrder);
                    assertThat(whole.length()).isEqualTo(3 * prf.length() + 2 * 32 + 2 * 16);
                    assertThat(whole).isEqualTo(hex(test, "dkm").slice(0, whole.length()));
                    compared++;
                }
            }
        }
        assertThat(compared).isEqualTo(36);
    }

    /// RFC 9370 2.2.2 makes the next keys as RFC 7296 2.18 makes a successor's, with the nonces and SPIs that were
    /// there.
    @Test
    void anotherKeyExchangeStrengthensTheKeysByNistsSeed() {
        int compared = 0;
        for (var group : Vectors.json("kdf/cavs-ikev2-kdf-public.json").get("groups")) {
            var prf = PRFS.get(group.get("hash").asText());
            if (prf == null) continue;
            var suite = new IkeSuite(Encryption.AES_GCM_16_256, Optional.empty(), prf, KeyExchangeMethod.CURVE25519);
            for (var test : group.get("tests")) {
                var first = IkeKeys.derive(
                        suite,
                        secret(test, "gir"),
                        hex(test, "ni"),
                        hex(test, "nr"),
                        spi(test, "spiI"),
                        spi(test, "spiR"));
                var next = first.strengthened(
                        secret(test, "girNew"), hex(test, "ni"), hex(test, "nr"), spi(test, "spiI"), spi(test, "spiR"));
                var expected = revealed(prf.plus(
                        secret(test, "skeyseedRekey"),
                        joined(test, "ni", "nr", "spiI", "spiR"),
                        3 * prf.length() + 2 * 36));
                assertThat(Bytes.concat(Stream.of(next.d(), next.ei(), next.er(), next.pi(), next.pr())
                                .map(Published::revealed)
                                .toArray(Bytes[]::new)))
                        .isEqualTo(expected);
                compared++;
            }
        }
        assertThat(compared).isEqualTo(72);
    }

    /// RFC 8784 3: `prf+` of NIST's vectors, with the post-quantum key as the key and SK_d, SK_pi, SK_pr as the seed.
    @Test
    void aPostQuantumKeyGoesIntoWhatMakesKeysAndIntoWhatAuthenticates() {
        var suite = new IkeSuite(
                Encryption.AES_GCM_16_256, Optional.empty(), Prf.HMAC_SHA2_384, KeyExchangeMethod.CURVE25519);
        var nonce = Bytes.of(new byte[32]);
        var plain = IkeKeys.derive(suite, Published.secret("aa"), nonce, nonce, new IkeSpi(1), new IkeSpi(2));
        var ppk = Published.secret("0102030405");
        var mixed = plain.mixedWith(ppk);
        assertThat(List.of(mixed.d(), mixed.pi(), mixed.pr()))
                .containsExactly(plusOnce(ppk, plain.d()), plusOnce(ppk, plain.pi()), plusOnce(ppk, plain.pr()));
        assertThat(List.of(mixed.ei(), mixed.er())).containsExactly(plain.ei(), plain.er());
        plain.closeUnshared();
        assertThat(plain.d()).isEqualTo(Secret.owning(new byte[48]));
        assertThat(plain.ei()).isNotEqualTo(Secret.owning(new byte[36]));
        assertThat(mixed.d()).isNotEqualTo(Secret.owning(new byte[48]));
    }

    /// The first block of `prf+` (RFC 7296 2.13).
    private static Secret plusOnce(Secret key, Secret seed) {
        return Prf.HMAC_SHA2_384.apply(key, Bytes.concat(revealed(seed), Bytes.of((byte) 1)));
    }

    @Test
    void childKeysAreNistsKeyingMaterialWithAndWithoutAFreshKeyExchange() {
        var suite = new EspSuite(Encryption.AES_CBC_128, Optional.of(Integrity.HMAC_SHA2_256_128), false);
        int compared = 0;
        for (var group : Vectors.json("kdf/cavs-ikev2-kdf-public.json").get("groups")) {
            var prf = PRFS.get(group.get("hash").asText());
            if (prf == null) continue;
            for (var test : group.get("tests")) {
                var d = Secret.owning(hex(test, "dkm").slice(0, prf.length()).toArray());
                var ni = hex(test, "ni");
                var nr = hex(test, "nr");
                assertThat(whole(ChildKeys.derive(prf, d, Optional.empty(), ni, nr, suite)))
                        .isEqualTo(hex(test, "dkmChild").slice(0, 96));
                assertThat(whole(ChildKeys.derive(prf, d, Optional.of(secret(test, "girNew")), ni, nr, suite)))
                        .isEqualTo(hex(test, "dkmChildDh").slice(0, 96));
                compared++;
            }
        }
        assertThat(compared).isEqualTo(72);
    }

    @Test
    void closingKeysWipesThemAndPrintingThemShowsNothing() {
        var suite = new IkeSuite(
                Encryption.AES_GCM_16_256, Optional.empty(), Prf.HMAC_SHA2_256, KeyExchangeMethod.CURVE25519);
        var nonce = Bytes.of(new byte[32]);
        var keys = IkeKeys.derive(suite, Published.secret("aa"), nonce, nonce, new IkeSpi(1), new IkeSpi(2));
        assertThat(keys.toString()).doesNotContain(revealed(keys.d()).toString());
        keys.close();
        assertThat(keys.d()).isEqualTo(Secret.owning(new byte[32]));
        assertThat(keys.er()).isEqualTo(Secret.owning(new byte[36]));
    }

    private static Bytes whole(ChildKeys keys) {
        return Bytes.concat(
                revealed(keys.initiatorEncryption()),
                revealed(keys.initiatorIntegrity()),
                revealed(keys.responderEncryption()),
                revealed(keys.responderIntegrity()));
    }

    private static Bytes hex(JsonNode node, String field) {
        return Vectors.hex(node, field);
    }

    private static Secret secret(JsonNode node, String field) {
        return Published.secret(node.get(field).asText());
    }

    private static Secret joined(JsonNode node, String... fields) {
        var parts = Stream.of(fields).map(field -> hex(node, field)).toArray(Bytes[]::new);
        return Secret.owning(Bytes.concat(parts).toArray());
    }

    private static IkeSpi spi(JsonNode node, String field) {
        return new IkeSpi(hex(node, field).asBuffer().getLong());
    }
}
