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
}
