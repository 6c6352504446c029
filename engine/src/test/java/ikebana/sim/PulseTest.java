package ikebana.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class PulseTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final Agenda agenda = new Agenda();
    private final Clock clock = new Clock(agenda);
    private final Pulse pulse = new Pulse(agenda, clock);
    private final List<String> happened = new ArrayList<>();

    @Test
    void whatCameDueWhileItStoodStillComesAtOnceAndInOrder() {
        pulse.after(SECOND, () -> happened.add("first"));
        pulse.after(SECOND.multipliedBy(2), () -> happened.add("second"));
        pulse.standStill();
        run(10);
        assertThat(happened).isEmpty();
        pulse.goOn(new SplittableRandom(1));
        assertThat(happened).containsExactly("first", "second");
        assertThat(pulse.mayBeLate(pulse.now().minusSeconds(9))).isTrue();
        assertThat(pulse.mayBeLate(pulse.now().plusNanos(1))).isFalse();
    }

    @Test
    void whatFindsNoRoomIsLost() {
        pulse.standStill();
        pulse.room(Pulse.Place.SOCKET, 1);
        assertThat(pulse.pass(Pulse.Place.SOCKET, () -> happened.add("in"))).isTrue();
        assertThat(pulse.pass(Pulse.Place.SOCKET, () -> happened.add("out"))).isFalse();
        pulse.goOn(new SplittableRandom(1));
        assertThat(happened).containsExactly("in");
    }

    @Test
    void aSteadyClockDoesNotCountSleepAndTheTimeOfDayDoes() {
        pulse.after(SECOND.multipliedBy(5), () -> happened.add("steady"));
        pulse.afterCountingSleep(SECOND.multipliedBy(5), () -> happened.add("counting"));
        pulse.standStill();
        run(10);
        clock.slept(SECOND.multipliedBy(10));
        pulse.goOn(new SplittableRandom(1));
        assertThat(happened).containsExactly("counting");
        assertThat(Duration.between(clock.assumedTimeOfDay(), clock.timeOfDay()))
                .isEqualTo(SECOND.multipliedBy(10));
        run(5);
        assertThat(happened).containsExactly("counting", "steady");
    }

    private void run(int seconds) {
        agenda.runUntil(agenda.now().plusSeconds(seconds), 100);
    }
}
