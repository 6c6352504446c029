package ikebana.sim;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.wire.IpAddress;
import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class GustsTest {
    private static final IpAddress ONE = IpAddress.of("192.0.2.1");
    private static final IpAddress OTHER = IpAddress.of("192.0.2.2");
    private static final int PACKETS = 20_000;

    @Test
    void lossesComeTogether() {
        var agenda = new Agenda();
        var gusts = new Gusts(agenda, new SplittableRandom(7), Duration.ofSeconds(4));
        int lost = 0;
        int together = 0;
        boolean before = false;
        for (int i = 0; i < PACKETS; i++) {
            agenda.runUntil(agenda.now().plusMillis(50), 1);
            boolean now = gusts.takes(ONE, OTHER);
            if (now) lost++;
            if (now && before) together++;
            before = now;
        }
        double loss = (double) lost / PACKETS;
        assertThat(loss).isBetween(0.01, 0.9);
        // whoever has just lost one loses the next one much more often than anybody
        assertThat((double) together / lost).isGreaterThan(2 * loss).isGreaterThan(0.5);
    }

    @Test
    void theWayBackHasSpellsOfItsOwn() {
        var agenda = new Agenda();
        var gusts = new Gusts(agenda, new SplittableRandom(7), Duration.ofSeconds(4));
        int one = 0;
        for (int i = 0; i < PACKETS; i++) {
            agenda.runUntil(agenda.now().plusMillis(50), 1);
            if (gusts.takes(ONE, OTHER) != gusts.takes(OTHER, ONE)) one++;
        }
        assertThat(one).isGreaterThan(PACKETS / 100);
    }
}
