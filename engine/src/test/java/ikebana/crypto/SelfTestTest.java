package ikebana.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ikebana.wire.Bytes;
import java.util.List;
import org.junit.jupiter.api.Test;

class SelfTestTest {

    @Test
    void allProvidersComputeTheKnownAnswers() {
        assertThatCode(SelfTest::run).doesNotThrowAnyException();
    }

    @Test
    void everyProviderThatMayServeIsTested() {
        assertThat(SelfTest.checks())
                .filteredOn(check -> check.primitive().equals("x25519"))
                .extracting(SelfTest.Check::provider)
                .containsExactlyElementsOf(Providers.X25519_MULTIPLIERS.stream()
                        .map(Providers.Multiplier::provider)
                        .toList());
    }

    @Test
    void aWrongValueIsSaidInOneSentence() {
        var wrong = new SelfTest.Check("AES-128-GCM", "Abacus", () -> new byte[] {1, 2}, Bytes.ofHex("0103"));
        assertThatThrownBy(() -> SelfTest.run(List.of(wrong)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the self-test of AES-128-GCM failed: Abacus computes a wrong value");
    }

    @Test
    void aValueThatIsTooShortIsWrong() {
        var shorter = new SelfTest.Check("SHA-1", "Abacus", () -> new byte[] {1}, Bytes.ofHex("0103"));
        assertThatThrownBy(() -> SelfTest.run(List.of(shorter))).isInstanceOf(IllegalStateException.class);
    }
}
