package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.kernel.Lifetime;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ChildrenTest {
    private static final Lifetime FULL = new Lifetime(
            Optional.of(Duration.ofSeconds(1000)),
            Optional.of(Duration.ofSeconds(2000)),
            Optional.of(10_000L),
            Optional.of(20_000L),
            Optional.of(100L),
            Optional.of(200L));

    @Test
    void chanceTakesUpToATenthFromSoftLimitsAndNothingFromHardOnes() {
        assertThat(Children.jittered(FULL, 0)).isEqualTo(FULL);
        var halfway = Children.jittered(FULL, 0.5);
        assertThat(halfway.softTime()).contains(Duration.ofSeconds(950));
        assertThat(halfway.softBytes()).contains(9_500L);
        assertThat(halfway.softPackets()).contains(95L);
        assertThat(halfway.hardTime()).isEqualTo(FULL.hardTime());
        assertThat(halfway.hardBytes()).isEqualTo(FULL.hardBytes());
        assertThat(halfway.hardPackets()).isEqualTo(FULL.hardPackets());
    }

    @Test
    void noLimitStaysNone() {
        assertThat(Children.jittered(Lifetime.UNLIMITED, 0.9)).isEqualTo(Lifetime.UNLIMITED);
    }
}
