package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.control.Answer;
import ikebana.ike.Ledger.Happening;
import ikebana.ike.Ledger.Order;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/// A daemon that stops takes its tunnels along.
class StoppingTest extends OneEndpoint {
    @Test
    void aDaemonThatStopsTakesDownWhatStandsAndLetsNothingComeUp() {
        responderStands(FIRST);
        assertThat(happens(new Happening.Stopping())).containsExactly(closed(FIRST, "the daemon is stopping", false));
        assertThat(ends(FIRST, "the daemon is stopping")).anyMatch(OneEndpoint::isGone);
        assertThat(happens(new Happening.Acquired(ACQUIRE))).isEmpty();
        begins(SECOND);
        assertThat(happens(asks(SECOND, HIGH, true)))
                .containsExactly(
                        new Order.Tell(SECOND, new Input.NotAdmitted(new Ticket(2), "it is no longer wanted")));
        assertThat(ordered(1, up(Duration.ofSeconds(30))))
                .containsExactly(new Order.Reply(1, new Answer.Failed(Answer.Why.BUSY, "the daemon is stopping")));
    }

    @Test
    void aDaemonThatStopsIsQuietWhenStrangersHaveLeftToo() {
        begins(FIRST);
        assertThat(happens(new Happening.Stopping())).containsExactly(closed(FIRST, "the daemon is stopping", false));
        assertThat(state.isQuiet()).isFalse();
        ends(FIRST, "the daemon is stopping");
        assertThat(state.isQuiet()).isTrue();
    }

    @Test
    void aDaemonThatStopsRefusesWhoeverStillWaitsForTheHooks() {
        responderStands(FIRST);
        ends(FIRST, "the peer is dead");
        begins(SECOND);
        happens(asks(SECOND, LOW, true));
        assertThat(happens(new Happening.Stopping()))
                .containsExactly(
                        new Order.Tell(SECOND, new Input.NotAdmitted(new Ticket(2), "the daemon is stopping")));
    }
}
