package ikebana.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.wire.IkeSpi;
import ikebana.wire.Spi;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class EntropyTest {

    @Test
    void theSystemsDiceDoNotRepeatThemselves() {
        var secure = Entropy.secure();
        assertThat(secure.publicBytes(32)).isNotEqualTo(secure.publicBytes(32));
    }

    @Test
    void anIkeSpiIsNeverZero() {
        assertThat(scripted(0, 0, 5).ikeSpi()).isEqualTo(new IkeSpi(0x0505050505050505L));
    }

    @Test
    void anEspSpiIsNeverReserved() {
        assertThat(scripted(0, 1).espSpi()).isEqualTo(new Spi(0x01010101));
        var draws = Stream.of(1, 255, 256).iterator();
        Entropy entropy = count -> new byte[] {0, 0, (byte) (draws.next() >> 8), (byte) 0xff};
        assertThat(entropy.espSpi()).isEqualTo(new Spi(0x000001ff));
    }

    @Test
    void aFractionIsBelowOneAndNotBelowZero() {
        assertThat(scripted(0).fraction()).isZero();
        assertThat(scripted(0xff).fraction()).isLessThan(1).isGreaterThan(0.999);
    }

    private static Entropy scripted(int... values) {
        var draws = Arrays.stream(values).iterator();
        return count -> {
            var bytes = new byte[count];
            Arrays.fill(bytes, (byte) draws.nextInt());
            return bytes;
        };
    }
}
