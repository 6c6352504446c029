package ikebana.crypto;

import static ikebana.crypto.Published.revealed;
import static org.assertj.core.api.Assertions.assertThat;

import ikebana.Vectors;
import ikebana.wire.Bytes;
import ikebana.wire.Secret;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

class KeyExchangeMethodTest {
    private static final Map<KeyExchangeMethod, String> CURVES = Map.of(
            KeyExchangeMethod.ECP_256, "secp256r1",
            KeyExchangeMethod.ECP_384, "secp384r1",
            KeyExchangeMethod.ECP_521, "secp521r1");

    @ParameterizedTest
    @EnumSource
    void bothSidesComeToOneSecret(KeyExchangeMethod method) {
        for (int seed = 0; seed < 8; seed++) {
            var ours = method.generate(new SeededEntropy(seed));
            assertThat(ours.publicValue().length()).isEqualTo(method.publicLength());
            var theirs = method.answer(ours.publicValue(), new SeededEntropy(1000 + seed))
                    .orElseThrow();
            assertThat(method.agree(ours, theirs.value())).contains(theirs.shared());
        }
    }

    @ParameterizedTest
    @EnumSource
    void anAnswerIsOtherWithOtherDice_andItsSecretToo(KeyExchangeMethod method) {
        var value = method.generate(new SeededEntropy(1)).publicValue();
        var one = method.answer(value, new SeededEntropy(2)).orElseThrow();
        var other = method.answer(value, new SeededEntropy(3)).orElseThrow();
        assertThat(one).isEqualTo(method.answer(value, new SeededEntropy(2)).orElseThrow());
        assertThat(one.value()).isNotEqualTo(other.value());
        assertThat(one.shared()).isNotEqualTo(other.shared());
        assertThat(one.toString()).doesNotContain(revealed(one.shared()).toString());
    }

    @ParameterizedTest
    @EnumSource
    void theSameDiceMakeTheSameKeys(KeyExchangeMethod method) {
        assertThat(method.generate(new SeededEntropy(7))).isEqualTo(method.generate(new SeededEntropy(7)));
        assertThat(method.generate(new SeededEntropy(7))).isNotEqualTo(method.generate(new SeededEntropy(8)));
    }

    @ParameterizedTest
    @EnumSource
    void aPrivateValueIsNeverPrinted(KeyExchangeMethod method) {
        var pair = method.generate(new SeededEntropy(7));
        assertThat(pair.toString())
                .contains(pair.publicValue().toString())
                .doesNotContain(revealed(pair.privateValue()).toString());
    }

    @ParameterizedTest
    @EnumSource
    void aValueOfAnotherLengthIsRefused(KeyExchangeMethod method) {
        var ours = method.generate(new SeededEntropy(1));
        var good = method.answer(ours.publicValue(), new SeededEntropy(2))
                .orElseThrow()
                .value();
        for (var bad : ofOtherLengths(good)) assertThat(method.agree(ours, bad)).isEmpty();
        for (var bad : ofOtherLengths(ours.publicValue())) {
            assertThat(method.answer(bad, new SeededEntropy(2))).isEmpty();
        }
    }

    private static List<Bytes> ofOtherLengths(Bytes good) {
        return List.of(
                Bytes.EMPTY,
                good.slice(0, good.length() - 1),
                good.slice(1, good.length()),
                Bytes.concat(good, Bytes.of((byte) 0)),
                Bytes.concat(Bytes.of((byte) 0), good),
                Bytes.concat(Bytes.of((byte) 4), good));
    }

    // ---- ML-KEM

    @Test
    void mlKemGrowsTheKeysOfWycheproofFromTheirSeeds() {
        int compared = 0;
        for (var vector : Published.wycheproof("mlkem_768_keygen_seed")) {
            var pair = KeyExchangeMethod.ML_KEM_768.generate(
                    count -> vector.hex("seed").slice(0, count).toArray());
            assertThat(pair.publicValue()).isEqualTo(vector.hex("ek"));
            compared++;
        }
        assertThat(compared).isEqualTo(6);
    }

    @Test
    void mlKemEncapsulatesAsWycheproofDoes_andRefusesKeysThatAreNone() {
        int agreed = 0;
        int refused = 0;
        for (var vector : Published.wycheproof("mlkem_768_encaps")) {
            var answer = KeyExchangeMethod.ML_KEM_768.answer(
                    vector.hex("ek"), count -> vector.hex("m").slice(0, count).toArray());
            if (vector.isValid()) {
                assertThat(answer.orElseThrow().value()).isEqualTo(vector.hex("c"));
                assertThat(revealed(answer.orElseThrow().shared())).isEqualTo(vector.hex("K"));
                agreed++;
            } else {
                assertThat(answer).isEmpty();
                refused++;
            }
        }
        assertThat(agreed).isEqualTo(6);
        assertThat(refused).isEqualTo(24);
    }

    /// Among them a ciphertext that differs from an honest one only behind a zero.
    @Test
    void mlKemDecapsulatesAsWycheproofDoes() {
        int agreed = 0;
        int refused = 0;
        for (var vector : Published.wycheproof("mlkem_768")) {
            if (vector.hex("seed").length() != 64) continue; // a seed of ours has its length
            var ours = new KeyPair(Bytes.EMPTY, vector.secret("seed"));
            var shared = KeyExchangeMethod.ML_KEM_768.agree(ours, vector.hex("c"));
            if (vector.isValid()) {
                assertThat(shared.map(Published::revealed)).contains(vector.hex("K"));
                agreed++;
            } else {
                assertThat(shared).isEmpty();
                refused++;
            }
        }
        assertThat(agreed).isEqualTo(7);
        assertThat(refused).isEqualTo(2);
    }

    /// FIPS 203 6.3: what nobody has encapsulated is not refused, and makes a secret that nobody has.
    @Test
    void anotherCiphertextMakesAnotherSecret() {
        var ours = KeyExchangeMethod.ML_KEM_768.generate(new SeededEntropy(1));
        var theirs = KeyExchangeMethod.ML_KEM_768
                .answer(ours.publicValue(), new SeededEntropy(2))
                .orElseThrow();
        var flipped = theirs.value().toArray();
        flipped[100] ^= 1;
        assertThat(KeyExchangeMethod.ML_KEM_768.agree(ours, Bytes.of(flipped)))
                .isPresent()
                .get()
                .isNotEqualTo(theirs.shared());
    }

    @ParameterizedTest
    @EnumSource
    void onlyAnEncapsulationIsTooLongForADatagram(KeyExchangeMethod method) {
        assertThat(method.isEncapsulation()).isEqualTo(method.keyword().startsWith("mlkem"));
    }

    @Test
    void x25519ComputesTheValuesOfRfc7748() {
        var blocks = Published.blocks("rfc/rfc7748-x25519.txt").stream()
                .filter(block -> block.has("OUTPUT_U"))
                .toList();
        assertThat(blocks).hasSize(3);
        for (var block : blocks) {
            var scalar = block.secret("INPUT_SCALAR");
            var expected = block.hex("OUTPUT_U");
            assertThat(x25519(scalar, block.hex("INPUT_U"))).contains(expected);
        }
    }

    /// RFC 7748 5.2.
    @Test
    void x25519IteratedAThousandTimesComesToTheValueOfRfc7748() {
        var scalar = new byte[32];
        scalar[0] = 9;
        var point = scalar.clone();
        for (int round = 0; round < 1000; round++) {
            var product = x25519(Secret.copyOf(scalar), Bytes.of(point)).orElseThrow();
            point = scalar;
            scalar = product.toArray();
        }
        assertThat(Bytes.of(scalar))
                .isEqualTo(Bytes.ofHex("684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51"));
    }

    @Test
    void x25519AgreesWithWycheproofAndRefusesWhatComesToZero() {
        int refused = 0;
        for (var vector : Published.wycheproof("x25519")) {
            var expected = vector.hex("shared");
            var computed = x25519(vector.secret("private"), vector.hex("public"));
            if (expected.equals(Bytes.of(new byte[32]))) {
                assertThat(computed).as(vector.name()).isEmpty();
                refused++;
            } else {
                assertThat(computed).as(vector.name()).contains(expected);
            }
        }
        assertThat(refused).isGreaterThan(10);
    }

    @Test
    void everyProviderOfX25519ComputesTheSame() {
        for (var multiplier : Providers.X25519_MULTIPLIERS) {
            for (var vector : Published.wycheproof("x25519")) {
                var point = vector.hex("public").toArray();
                point[31] &= 0x7f;
                var product = multiplier.by().times(vector.hex("private").toArray(), point);
                assertThat(Bytes.of(product))
                        .as("%s by %s", vector.name(), multiplier.provider())
                        .isEqualTo(vector.hex("shared"));
            }
        }
    }

    @Test
    void x25519IgnoresTheTopBitOfAReceivedValue() {
        var ours = KeyExchangeMethod.CURVE25519.generate(new SeededEntropy(1));
        var theirs = KeyExchangeMethod.CURVE25519.generate(new SeededEntropy(2)).publicValue();
        var flipped = theirs.toArray();
        flipped[31] ^= (byte) 0x80;
        assertThat(KeyExchangeMethod.CURVE25519.agree(ours, Bytes.of(flipped)))
                .isPresent()
                .isEqualTo(KeyExchangeMethod.CURVE25519.agree(ours, theirs));
    }

    /// The points of order 1, 2, 4 and 8, and their other representations below 2^255.
    @Test
    void x25519RefusesEveryPointOfSmallOrder() {
        var ours = KeyExchangeMethod.CURVE25519.generate(new SeededEntropy(1));
        var points = List.of(
                "0000000000000000000000000000000000000000000000000000000000000000",
                "0100000000000000000000000000000000000000000000000000000000000000",
                "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
                "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
                "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
        for (var point : points) {
            var value = Bytes.ofHex(point).toArray();
            assertThat(KeyExchangeMethod.CURVE25519.agree(ours, Bytes.of(value)))
                    .as(point)
                    .isEmpty();
            value[31] |= (byte) 0x80;
            assertThat(KeyExchangeMethod.CURVE25519.agree(ours, Bytes.of(value)))
                    .as(point + " with the top bit")
                    .isEmpty();
        }
    }

    @Test
    void ecpComputesTheValuesOfRfc5903() {
        int compared = 0;
        for (var group : Vectors.json("rfc/rfc5903-ecp.json").get("groups")) {
            var method = Stream.of(KeyExchangeMethod.values())
                    .filter(candidate ->
                            candidate.transformId() == group.get("group").asInt())
                    .findFirst()
                    .orElseThrow();
            var shared = Published.secret(group.get("shared").asText());
            for (var side : List.of("i", "r")) {
                var ours = method.generate(
                        count -> Bytes.ofHex(group.get(side).asText()).toArray());
                var theirs =
                        Bytes.ofHex(group.get(side.equals("i") ? "gr" : "gi").asText());
                assertThat(ours.publicValue().toString())
                        .isEqualTo(group.get("g" + side).asText());
                assertThat(method.agree(ours, theirs)).contains(shared);
            }
            compared++;
        }
        assertThat(compared).isEqualTo(3);
    }

    @ParameterizedTest
    @EnumSource(
            mode = Mode.INCLUDE,
            names = {"ECP_256", "ECP_384"})
    void ecpAgreesWithWycheproof(KeyExchangeMethod method) {
        int agreed = 0;
        int refused = 0;
        for (var vector : Published.wycheproof("ecdh_%s_ecpoint".formatted(CURVES.get(method)))) {
            var point = vector.hex("public");
            // IKE has only x and y, without the byte in front of them; what else Wycheproof tries has no form here
            boolean uncompressed = !point.isEmpty() && point.at(0) == 4;
            var theirs = uncompressed ? point.slice(1, point.length()) : point;
            var computed = method.agree(new KeyPair(Bytes.EMPTY, vector.secret("private")), theirs);
            if (uncompressed && vector.isValid()) {
                assertThat(computed.map(Published::revealed)).as(vector.name()).contains(vector.hex("shared"));
                agreed++;
            } else {
                assertThat(computed).as(vector.name()).isEmpty();
                refused++;
            }
        }
        assertThat(agreed).isGreaterThan(200);
        assertThat(refused).isGreaterThan(10);
    }

    @ParameterizedTest
    @EnumSource(
            mode = Mode.INCLUDE,
            names = {"ECP_256", "ECP_384", "ECP_521"})
    void everyProviderOfAPrimeCurveComputesTheSame(KeyExchangeMethod method) {
        var curve = Providers.primeCurve(String.valueOf(CURVES.get(method)));
        for (int seed = 0; seed < 20; seed++) {
            var ours = revealed(method.generate(new SeededEntropy(seed)).privateValue());
            var theirs = method.generate(new SeededEntropy(1000 + seed)).publicValue();
            var products = curve.multipliers().stream()
                    .map(multiplier -> Bytes.of(multiplier.by().times(ours.toArray(), theirs.toArray())))
                    .distinct();
            assertThat(products).hasSize(1);
        }
    }

    @ParameterizedTest
    @EnumSource(
            mode = Mode.INCLUDE,
            names = {"ECP_256", "ECP_384", "ECP_521"})
    void ecpRefusesWhatIsNoPointOfItsCurve(KeyExchangeMethod method) {
        var ours = method.generate(new SeededEntropy(1));
        var good = method.generate(new SeededEntropy(2)).publicValue();
        int length = good.length();
        assertThat(method.agree(ours, Bytes.of(new byte[length]))).isEmpty();

        var ones = new byte[length];
        Arrays.fill(ones, (byte) 0xff);
        assertThat(method.agree(ours, Bytes.of(ones))).isEmpty();

        for (int at = 0; at < length; at++) {
            var flipped = good.toArray();
            flipped[at] ^= 1;
            assertThat(method.agree(ours, Bytes.of(flipped))).as("byte %d", at).isEmpty();
        }
        // y and x exchanged
        assertThat(method.agree(ours, Bytes.concat(good.slice(length / 2, length), good.slice(0, length / 2))))
                .isEmpty();
    }

    /// A coordinate that is reduced on the way in would let one point have two names.
    @Test
    void ecpRefusesACoordinateThatIsNotBelowThePrime() {
        var prime = new BigInteger("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff", 16);
        // x = 5 is the coordinate of a point of P-256, and x + p fits into 32 bytes
        var x = BigInteger.valueOf(5);
        var b = new BigInteger("5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b", 16);
        var y = x.pow(3)
                .subtract(x.multiply(BigInteger.valueOf(3)))
                .add(b)
                .modPow(prime.add(BigInteger.ONE).shiftRight(2), prime);
        var ours = KeyExchangeMethod.ECP_256.generate(new SeededEntropy(1));
        assertThat(KeyExchangeMethod.ECP_256.agree(ours, Bytes.concat(number(x, 32), number(y, 32))))
                .isPresent();
        assertThat(KeyExchangeMethod.ECP_256.agree(ours, Bytes.concat(number(x.add(prime), 32), number(y, 32))))
                .isEmpty();
    }

    @ParameterizedTest
    @EnumSource(
            mode = Mode.INCLUDE,
            names = {"ECP_256", "ECP_384", "ECP_521"})
    void aPrivateValueOutsideTheOrderIsDrawnAgain(KeyExchangeMethod method) {
        var draws = Stream.of((byte) 0xff, (byte) 0x00, (byte) 0x01).iterator();
        var pair = method.generate(count -> {
            var bytes = new byte[count];
            Arrays.fill(bytes, draws.next());
            return bytes;
        });
        assertThat(draws.hasNext()).isFalse();
        assertThat(revealed(pair.privateValue()).at(5)).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(
            mode = Mode.INCLUDE,
            names = {"MODP_2048", "MODP_3072", "MODP_4096"})
    void modpRefusesTheSmallSubgroupsAndWhatIsNotBelowThePrime(KeyExchangeMethod method) {
        var ours = method.generate(new SeededEntropy(1));
        int length = method.publicLength();
        var prime = Providers.modpPrime(8 * length);
        for (var bad : List.of(
                BigInteger.ZERO,
                BigInteger.ONE,
                prime.subtract(BigInteger.ONE),
                prime,
                prime.add(BigInteger.ONE),
                prime.add(BigInteger.TWO),
                BigInteger.ONE.shiftLeft(8 * length).subtract(BigInteger.ONE))) {
            assertThat(method.agree(ours, number(bad, length))).isEmpty();
        }
        assertThat(method.agree(ours, number(BigInteger.TWO, length))).isPresent();
        assertThat(method.agree(ours, number(prime.subtract(BigInteger.TWO), length)))
                .isPresent();
    }

    /// RFC 7296 2.14: leading zeros stay, or one exchange in 256 fails with peers that keep them.
    @Test
    void aModpSecretHasTheLengthOfThePrimeAlsoWhenItBeginsWithZeros() {
        var method = KeyExchangeMethod.MODP_2048;
        var two = number(BigInteger.TWO, 256);
        var exponentOfNine = new KeyPair(Bytes.EMPTY, Published.secret("09"));
        assertThat(method.agree(exponentOfNine, two).map(Published::revealed))
                .contains(number(BigInteger.valueOf(512), 256));
    }

    /// 2^n - 2^(n-64) - 1 + 2^64 * ([2^(n-130) pi] + c), RFC 3526.
    @Test
    void theModpPrimesAreTheOnesOfRfc3526() {
        var constants = Map.of(2048, 124476, 3072, 1690314, 4096, 240904);
        constants.forEach((bits, constant) -> {
            var tail = pi(bits - 130).add(BigInteger.valueOf(constant)).shiftLeft(64);
            var prime = BigInteger.ONE
                    .shiftLeft(bits)
                    .subtract(BigInteger.ONE.shiftLeft(bits - 64))
                    .subtract(BigInteger.ONE)
                    .add(tail);
            assertThat(Providers.modpPrime(bits)).isEqualTo(prime);
        });
    }

    private static Optional<Bytes> x25519(Secret scalar, Bytes point) {
        return KeyExchangeMethod.CURVE25519
                .agree(new KeyPair(Bytes.EMPTY, scalar), point)
                .map(Published::revealed);
    }

    private static Bytes number(BigInteger value, int length) {
        var digits = value.toString(16);
        return Bytes.ofHex("0".repeat(2 * length - digits.length()) + digits);
    }

    /// 2^bits times pi, without its fraction: Machin's formula.
    private static BigInteger pi(int bits) {
        int guard = 64;
        var one = BigInteger.ONE.shiftLeft(bits + guard);
        return inverseTangent(one, 5)
                .shiftLeft(2)
                .subtract(inverseTangent(one, 239))
                .shiftLeft(2)
                .shiftRight(guard);
    }

    private static BigInteger inverseTangent(BigInteger one, long divisor) {
        var term = one.divide(BigInteger.valueOf(divisor));
        var sum = term;
        for (long k = 3; term.signum() != 0; k += 2) {
            term = term.divide(BigInteger.valueOf(divisor * divisor)).negate();
            sum = sum.add(term.divide(BigInteger.valueOf(k)));
        }
        return sum;
    }
}
