package ikebana.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.wire.Bytes;
import java.math.BigInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class KeyExchangeTest {
    private final Entropy entropy = new SeededEntropy(1);

    @ParameterizedTest
    @EnumSource
    void bothSidesComeToTheSameSecret(KeyExchangeMethod method) {
        var ours = method.generate(entropy);
        var theirs = method.generate(entropy);
        assertThat(ours.publicValue().length()).isEqualTo(method.publicLength());
        assertThat(method.agree(ours, theirs.publicValue()))
                .isPresent()
                .isEqualTo(method.agree(theirs, ours.publicValue()));
    }

    @ParameterizedTest
    @EnumSource
    void valuesOfTheWrongLengthAreRefused(KeyExchangeMethod method) {
        var ours = method.generate(entropy);
        var good = method.generate(entropy).publicValue();
        assertThat(method.agree(ours, Bytes.EMPTY)).isEmpty();
        assertThat(method.agree(ours, Bytes.of((byte) 2))).isEmpty();
        assertThat(method.agree(ours, good.slice(0, good.length() - 1))).isEmpty();
        assertThat(method.agree(ours, Bytes.concat(good, Bytes.of((byte) 0)))).isEmpty();
        assertThat(method.agree(ours, Bytes.of(new byte[0xffff]))).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void zeroIsRefused(KeyExchangeMethod method) {
        assertThat(method.agree(method.generate(entropy), Bytes.of(new byte[method.publicLength()])))
                .isEmpty();
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.MATCH_ALL, names = "MODP.*")
    void oneAndTheValuesNextToThePrimeAreRefused(KeyExchangeMethod method) {
        var prime = Providers.modpPrime(method.publicLength() * 8);
        var ours = method.generate(entropy);
        for (var value :
                new BigInteger[] {BigInteger.ONE, prime.subtract(BigInteger.ONE), prime, prime.add(BigInteger.TWO)}) {
            var padded = new byte[method.publicLength()];
            var bytes = value.toByteArray();
            int from = bytes.length > padded.length ? 1 : 0;
            System.arraycopy(bytes, from, padded, padded.length - (bytes.length - from), bytes.length - from);
            assertThat(method.agree(ours, Bytes.of(padded))).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.MATCH_ALL, names = "ECP.*")
    void aPointOffTheCurveIsRefused(KeyExchangeMethod method) {
        var point = method.generate(entropy).publicValue().toArray();
        point[point.length - 1] ^= 1;
        assertThat(method.agree(method.generate(entropy), Bytes.of(point))).isEmpty();
    }
}
