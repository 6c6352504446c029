package ikebana.kernel.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// Sequence numbers, short and extended.
class ReplayWindowTest {

    @Test
    void aWindowOfAnySizeTakesEachNumberOnce_asASetWould() {
        var dice = new SplittableRandom(1);
        for (int size : new int[] {1, 31, 32, 64, 1024}) {
            var window = ReplayWindow.of(size);
            var taken = new HashSet<Long>();
            for (int i = 0; i < 3000; i++) {
                long sequence = Math.max(0, window.highest() + dice.nextLong(-2L * size, size + 3L));
                boolean expected = sequence > 0 && sequence > window.highest() - size && !taken.contains(sequence);
                assertThat(window.accepts(sequence)).isEqualTo(expected);
                if (expected) {
                    window = window.with(sequence);
                    taken.add(sequence);
                }
            }
        }
    }

    @Test
    void withoutAWindowEverythingIsTaken() {
        var window = ReplayWindow.of(0);
        assertThat(window.with(5).accepts(5)).isTrue();
    }

    @Test
    void theHighHalfIsGuessedAcrossTheEndOfTheLowOne() {
        var dice = new SplittableRandom(2);
        for (int i = 0; i < 10_000; i++) {
            int size = dice.nextInt(1, 4097);
            long edge = (1L + dice.nextInt(5)) << 32;
            long highest = edge + dice.nextLong(-2L * size, 2L * size);
            var window = ReplayWindow.of(size).with(highest);
            long sent = highest + dice.nextLong(1 - size, 1L << 20);
            assertThat(window.complete((int) sent)).isEqualTo(sent);
        }
    }

    @Test
    void atTheBeginningTheHighHalfIsZero() {
        var window = ReplayWindow.of(64);
        assertThat(window.complete(1)).isEqualTo(1);
        assertThat(window.complete(100_000)).isEqualTo(100_000);
        assertThat(window.with(10).complete(3)).isEqualTo(3);
    }
}
