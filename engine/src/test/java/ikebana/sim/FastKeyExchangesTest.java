package ikebana.sim;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.crypto.Entropy;
import ikebana.crypto.KeyExchangeMethod;
import ikebana.crypto.KeyExchanges;
import ikebana.crypto.SeededEntropy;
import ikebana.wire.Bytes;
import ikebana.wire.Secret;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FastKeyExchangesTest {
    private static final KeyExchanges FAST = FastKeyExchanges.ALL;
    private final Entropy entropy = new SeededEntropy(1);

    @ParameterizedTest
    @EnumSource
    void bothEndsAgreeAndNoTwoPairsAlike(KeyExchangeMethod method) {
        var secrets = new ArrayList<Secret>();
        for (int i = 0; i < 20; i++) {
            var ours = FAST.generate(method, entropy);
            var theirs = FAST.answer(method, ours.publicValue(), entropy).orElseThrow();
            assertThat(FAST.agree(method, ours, theirs.value())).contains(theirs.shared());
            secrets.add(theirs.shared());
        }
        assertThat(secrets).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @EnumSource
    void theirValuesAreAsLongAsTheRealOnes(KeyExchangeMethod method) {
        var fast = FAST.generate(method, entropy);
        var real = method.generate(entropy);
        assertThat(fast.publicValue().length()).isEqualTo(real.publicValue().length());
        assertThat(FAST.answer(method, fast.publicValue(), entropy)
                        .orElseThrow()
                        .value()
                        .length())
                .isEqualTo(method.answer(real.publicValue(), entropy)
                        .orElseThrow()
                        .value()
                        .length());
    }

    @Test
    void whatIsNoValueIsRefused() {
        var method = KeyExchangeMethod.CURVE25519;
        for (var bad : List.of("", "00", "00".repeat(32), "00".repeat(31) + "01", "01" + "00".repeat(30) + "05")) {
            assertThat(FAST.answer(method, Bytes.ofHex(bad), entropy)).isEmpty();
        }
    }

    @Test
    void oneSeedInSixteenHasTheRealOnes() {
        for (int residue = 0; residue < 16; residue++) {
            int real = 0;
            for (long seed = residue; seed < 4096; seed += 16) if (World.withRealKeyExchanges(seed)) real++;
            assertThat(real).isEqualTo(16);
        }
    }
}
