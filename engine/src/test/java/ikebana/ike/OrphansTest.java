package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.control.Event;
import ikebana.ike.Ledger.Happening;
import ikebana.ike.Ledger.Order;
import ikebana.kernel.Reply;
import ikebana.kernel.StateId;
import ikebana.wire.IpAddress;
import ikebana.wire.Spi;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// States that a former run has left, or that nobody answers for.
class OrphansTest extends OneEndpoint {
    private static final StateId OLD_OUT = new StateId(new Spi(0x5000), THEIRS);
    private static final StateId OLD_IN = new StateId(new Spi(0x5001), OURS);

    private static Happening oldStates() {
        return new Happening.Found(
                List.of(new Reply.Mature(OLD_OUT, OURS, 7, 0, 0), new Reply.Mature(OLD_IN, THEIRS, 7, 0, 0)),
                List.of(OURS));
    }

    @Test
    void statesOfAFormerRunAreDialledAnewToldAsGoneAndRemovedWhenTheirSuccessorStands() {
        happens(new Happening.Remembered(Map.of(ENDPOINT, PEER)));
        var dial = (Order.DialOut) happens(oldStates()).getFirst();
        var question = new Effect.MayAuthenticate(new Ticket(5), ENDPOINT);
        assertThat(happens(new Happening.ClearanceAsked(dial.spi(), question)))
                .containsExactly(new Order.Announce(
                        new Event.Gone(ENDPOINT, now, Optional.of(PEER), "the daemon was started anew")));
        assertThat(happens(new Happening.GoneHeard(ENDPOINT)))
                .containsExactly(
                        new Order.Forget(ENDPOINT), new Order.Tell(dial.spi(), new Input.Cleared(new Ticket(5), true)));
        happens(dialAsks(dial.spi(), HIGH));
        assertThat(stands(dial.spi(), true)).contains(new Order.Remove(OLD_OUT)).anyMatch(OneEndpoint::isUp);
        assertThat(after(SETTINGS.keepInbound())).containsExactly(new Order.Remove(OLD_IN));
    }

    @Test
    void statesOfAFormerRunThatNobodyReplacesAreRemovedAndToldAsGone() {
        var dial = (Order.DialOut) happens(oldStates()).getFirst();
        happens(new Happening.Finished(dial.spi(), Ending.SILENCE, "never answered"));
        assertThat(after(SETTINGS.orphanLifetime()))
                .contains(new Order.Remove(OLD_OUT), new Order.Remove(OLD_IN))
                .anyMatch(OneEndpoint::isGone);
    }

    @Test
    void aDaemonThatStopsTakesAlongWhatAFormerRunLeft() {
        happens(new Happening.Remembered(Map.of(ENDPOINT, PEER)));
        var dial = (Order.DialOut) happens(oldStates()).getFirst();
        assertThat(happens(new Happening.Stopping()))
                .containsExactly(
                        closed(dial.spi(), "the daemon is stopping", false),
                        new Order.Remove(OLD_OUT),
                        new Order.Remove(OLD_IN),
                        new Order.Announce(new Event.Gone(ENDPOINT, now, Optional.of(PEER), "the daemon is stopping")));
    }

    @Test
    void statesOfAFormerRunAtAnAddressThatIsAwayAreFoundInBothDirections() {
        var states = ((Happening.Found) oldStates()).states();
        assertThat(happens(new Happening.Found(states, List.of(IpAddress.of("192.0.2.9")))))
                .isEmpty(); // nothing to dial from
        assertThat(after(SETTINGS.orphanLifetime())).contains(new Order.Remove(OLD_OUT), new Order.Remove(OLD_IN));
    }

    @Test
    void aTunnelThatAFormerRunRememberedAndTheKernelDoesNotIsGone() {
        happens(new Happening.Remembered(Map.of(ENDPOINT, PEER)));
        assertThat(happens(new Happening.Found(List.of(), List.of(OURS))))
                .containsExactly(new Order.Announce(
                        new Event.Gone(ENDPOINT, now, Optional.of(PEER), "the daemon was started anew")));
    }

    @Test
    void aStateThatNobodyAnswersForIsRemovedAfterAGapInWhatTheKernelTells() {
        happens(new Happening.Found(List.of(), List.of(OURS)));
        assertThat(happens(oldStates())).isEmpty();
        assertThat(after(SETTINGS.keepInbound().multipliedBy(2)))
                .containsExactlyInAnyOrder(new Order.Remove(OLD_OUT), new Order.Remove(OLD_IN));
        assertThat(state.size()).isZero();
    }

    @Test
    void whatAnSaThatFailedAfterItsEndHadYetToTakeAwayIsFoundAndRemoved() {
        happens(new Happening.Found(List.of(), List.of(OURS)));
        responderStands(FIRST);
        ends(FIRST, "the peer has deleted it");
        happens(new Happening.GoneHeard(ENDPOINT));
        assertThat(happens(new Happening.Failed(FIRST))).containsExactly(new Order.Count());
        var drains = LedgerTestChild.of(1).inbound().id();
        happens(new Happening.Counted(List.of(new Reply.Mature(drains, THEIRS, 7, 0, 0))));
        assertThat(after(SETTINGS.keepInbound().multipliedBy(2))).containsExactly(new Order.Remove(drains));
    }

    @Test
    void whatIsOnlyReceivedForAWhileIsNotReceivedLongerBecauseAnotherStands() {
        happens(new Happening.Found(List.of(), List.of(OURS)));
        happens(new Happening.Found(List.of(new Reply.Mature(OLD_IN, THEIRS, 7, 0, 0)), List.of(OURS)));
        after(SETTINGS.keepInbound().multipliedBy(2).minusSeconds(1));
        begins(FIRST);
        happens(asks(FIRST, HIGH, false));
        stands(FIRST, true);
        assertThat(after(Duration.ofSeconds(1))).containsExactly(new Order.Remove(OLD_IN));
    }

    @Test
    void aPacketThatAnSaThatFailedWasToMindDialsAnew() {
        happens(new Happening.Found(List.of(), List.of(OURS)));
        responderStands(FIRST);
        happens(new Happening.Failed(FIRST));
        happens(new Happening.GoneHeard(ENDPOINT));
        happens(new Happening.Counted(List.of(new Reply.Larval(ACQUIRE))));
        assertThat(after(SETTINGS.redialPause().multipliedBy(2))).anyMatch(Order.DialOut.class::isInstance);
    }

    @Test
    void theKernelIsNotAskedForTheSakeOfAStranger() {
        begins(FIRST);
        assertThat(happens(new Happening.Failed(FIRST))).noneMatch(Order.Count.class::isInstance);
    }
}
