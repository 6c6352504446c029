package ikebana.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.Vectors;
import ikebana.wire.Bytes;
import ikebana.wire.Secret;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VectorsTest {
    private static Secret secret(Bytes bytes) {
        return Secret.owning(bytes.toArray());
    }

    private static Bytes open(Secret secret) {
        return Bytes.of(secret.expose());
    }

    @Test
    void keysAreDerivedAsNistSays() {
        var prfs = Map.of("SHA-256", Prf.HMAC_SHA2_256, "SHA-384", Prf.HMAC_SHA2_384, "SHA-512", Prf.HMAC_SHA2_512);
        int tests = 0;
        for (var group : Vectors.groups(Vectors.json("kdf/cavs-ikev2-kdf-public.json"))) {
            var prf = prfs.get(group.path("hash").asText());
            if (prf == null) continue;
            for (var test : Vectors.tests(group)) {
                var nonces = Bytes.concat(Vectors.hex(test, "ni"), Vectors.hex(test, "nr"));
                var seed = Bytes.concat(nonces, Vectors.hex(test, "spiI"), Vectors.hex(test, "spiR"));
                var skeyseed = prf.apply(secret(nonces), secret(Vectors.hex(test, "gir")));
                assertThat(open(skeyseed)).isEqualTo(Vectors.hex(test, "skeyseed"));
                var dkm = Vectors.hex(test, "dkm");
                assertThat(open(prf.plus(skeyseed, secret(seed), dkm.length()))).isEqualTo(dkm);
                var d = secret(dkm.slice(0, prf.length()));
                var child = Vectors.hex(test, "dkmChild");
                assertThat(open(prf.plus(d, secret(nonces), child.length()))).isEqualTo(child);
                tests++;
            }
        }
        assertThat(tests).isEqualTo(72);
    }

    @Test
    void x25519AgreesWithWycheproof() {
        for (var group : Vectors.groups(Vectors.json("wycheproof/x25519_test.json"))) {
            for (var test : Vectors.tests(group)) {
                var pair = new KeyPair(Bytes.EMPTY, secret(Vectors.hex(test, "private")));
                var shared = KeyExchangeMethod.CURVE25519.agree(pair, Vectors.hex(test, "public"));
                var expected = Vectors.hex(test, "shared");
                boolean allZero = expected.equals(Bytes.of(new byte[32]));
                assertThat(shared.map(VectorsTest::open))
                        .as("test %s", test.path("tcId"))
                        .isEqualTo(allZero ? Optional.empty() : Optional.of(expected));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"ECP_256,ecdh_secp256r1_ecpoint_test", "ECP_384,ecdh_secp384r1_ecpoint_test"})
    void nistCurvesAgreeWithWycheproof(KeyExchangeMethod method, String file) {
        int refused = 0;
        for (var group : Vectors.groups(Vectors.json("wycheproof/" + file + ".json"))) {
            for (var test : Vectors.tests(group)) {
                var encoded = Vectors.hex(test, "public");
                if (encoded.isEmpty() || encoded.at(0) != 4) continue; // IKE has no compressed points
                var shared = method.agree(
                        new KeyPair(Bytes.EMPTY, secret(Vectors.hex(test, "private"))),
                        encoded.slice(1, encoded.length()));
                if (test.path("result").asText().equals("invalid")) {
                    assertThat(shared).as("test %s", test.path("tcId")).isEmpty();
                    refused++;
                } else {
                    assertThat(open(shared.orElseThrow())).isEqualTo(Vectors.hex(test, "shared"));
                }
            }
        }
        assertThat(refused).isPositive();
    }

    @ParameterizedTest
    @CsvSource({"aes_gcm_test", "chacha20_poly1305_test"})
    void aeadAgreesWithWycheproof(String file) {
        int tests = 0;
        for (var group : Vectors.groups(Vectors.json("wycheproof/" + file + ".json"))) {
            if (group.path("ivSize").asInt() != 96 || group.path("tagSize").asInt() != 128) continue;
            int bits = group.path("keySize").asInt();
            if (file.startsWith("aes") && bits == 192) continue;
            var encryption = file.startsWith("cha")
                    ? Encryption.CHACHA20_POLY1305
                    : bits == 256 ? Encryption.AES_GCM_16_256 : Encryption.AES_GCM_16_128;
            for (var test : Vectors.tests(group)) {
                var opened = Providers.openAead(
                        encryption,
                        secret(Vectors.hex(test, "key")),
                        Vectors.hex(test, "iv").toArray(),
                        Vectors.hex(test, "aad"),
                        Bytes.concat(Vectors.hex(test, "ct"), Vectors.hex(test, "tag"))
                                .toArray());
                boolean valid = test.path("result").asText().equals("valid");
                assertThat(opened.map(Bytes::of))
                        .as("test %s", test.path("tcId"))
                        .isEqualTo(valid ? Optional.of(Vectors.hex(test, "msg")) : Optional.empty());
                tests++;
            }
        }
        assertThat(tests).isGreaterThan(100);
    }

    @ParameterizedTest
    @CsvSource({"HMAC_SHA2_256,hmac_sha256_test", "HMAC_SHA2_512,hmac_sha512_test"})
    void hmacAgreesWithWycheproof(Prf prf, String file) {
        for (var group : Vectors.groups(Vectors.json("wycheproof/" + file + ".json"))) {
            int tag = group.path("tagSize").asInt() / 8;
            for (var test : Vectors.tests(group)) {
                var mac = open(prf.apply(secret(Vectors.hex(test, "key")), Vectors.hex(test, "msg")));
                assertThat(mac.slice(0, tag).equals(Vectors.hex(test, "tag")))
                        .as("test %s", test.path("tcId"))
                        .isEqualTo(test.path("result").asText().equals("valid"));
            }
        }
    }
}
