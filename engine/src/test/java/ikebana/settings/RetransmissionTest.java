package ikebana.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RetransmissionTest {
    @Test
    void givingUpTakesAllTheWaitsAtTheirLongest() {
        var three = new Retransmission(Duration.ofSeconds(1), 2, Duration.ofSeconds(3), 3, 0.5);
        assertThat(three.untilGivenUp()).as("1.5 s, 3 s, 4.5 s").isEqualTo(Duration.ofSeconds(9));
    }

    @Test
    void whatWasOrderedIsRepeatedMoreOftenAndGivenUpNoSooner() {
        var usual =
                new Retransmission(Duration.ofMillis(500), 1.8, Duration.ofSeconds(20), 8, 0.2, Duration.ofSeconds(5));
        var wanted = usual.wanted();
        for (int sent = 1; sent <= wanted.tries(); sent++) {
            assertThat(wanted.waitAfter(sent, 0)).isLessThanOrEqualTo(Duration.ofSeconds(5));
        }
        assertThat(wanted.untilGivenUp())
                .isBetween(usual.untilGivenUp(), usual.untilGivenUp().plusSeconds(6));
        var quick =
                new Retransmission(Duration.ofMillis(500), 1.8, Duration.ofSeconds(2), 8, 0.2, Duration.ofSeconds(5));
        assertThat(quick.wanted()).isEqualTo(quick);
    }
}
