package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.ike.Ledger.Happening;
import ikebana.ike.Ledger.Order;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Both ends have dialled at once: which of the two IKE SAs stays (RFC 7296 2.8.1).
class CrossingTest extends OneEndpoint {
    private static final String CROSSED = "another IKE SA with this peer was made at the same time, and stays";

    @Test
    void ofTwoCrossingSasOurLoserGoesWhenThePeerIsKnownToHoldTheWinner() {
        var ours = dials();
        begins(SECOND);
        assertThat(happens(asks(SECOND, HIGH, false))).containsExactly(admitted(SECOND, false));
        stands(SECOND, false);
        assertThat(happens(dialAsks(ours, LOW))).containsExactly(admitted(ours, true));
        assertThat(stands(ours, true)).containsExactly(new Order.Tell(SECOND, new Input.Probe()));
        assertThat(happens(new Happening.Confirmed(SECOND))).containsExactly(closed(ours, CROSSED, true));
        // the loser's end is not the endpoint's
        assertThat(ends(ours, "lost")).hasOnlyElementsOfType(Order.Passed.class);
    }

    @Test
    void anInitiatorWaitsUntilTheStatesOfAResponderThatCameFirstAreInstalledSoThatItsOwnAreTheNewest() {
        var ours = dials();
        begins(SECOND);
        assertThat(happens(asks(SECOND, HIGH, false))).containsExactly(admitted(SECOND, false));
        assertThat(happens(dialAsks(ours, LOW))).isEmpty();
        assertThat(stands(SECOND, false)).contains(admitted(ours, true));
    }

    @Test
    void anInitiatorThatWaitsForAResponderIsAdmittedWhenThatComesToNothing() {
        var ours = dials();
        begins(SECOND);
        happens(asks(SECOND, HIGH, false));
        happens(dialAsks(ours, LOW));
        assertThat(ends(SECOND, "the kernel refused")).contains(admitted(ours, false));
    }

    @Test
    void anInitiatorThatWaitsForAResponderIsAdmittedWhenItsChildComesToNothing() {
        var ours = dials();
        begins(SECOND);
        happens(asks(SECOND, HIGH, false));
        happens(dialAsks(ours, LOW));
        assertThat(happens(new Happening.Changed(SECOND, new Effect.Changed(List.of(), view(SECOND)))))
                .containsExactly(admitted(ours, true));
    }

    @Test
    void ofTwoCrossingSasThePeersLoserIsLeftToThePeerForAWhile() {
        var ours = dials();
        begins(SECOND);
        happens(asks(SECOND, LOW, false));
        stands(SECOND, false);
        happens(dialAsks(ours, HIGH));
        assertThat(stands(ours, true)).isEmpty();
        assertThat(after(SETTINGS.crossingGrace()))
                .containsExactly(closed(SECOND, "another IKE SA with this peer has taken its place", true));
    }

    @Test
    void withAStrangerBothStayUntilItHasDecided() {
        var ours = dials();
        begins(SECOND);
        happens(asks(SECOND, PEER, false, false, HIGH, true));
        stands(SECOND, false);
        happens(asks(ours, PEER, true, false, LOW, false));
        assertThat(stands(ours, true)).isEmpty();
        // it deletes what we would have kept: that is its verdict
        assertThat(ends(SECOND, "the peer deleted the IKE SA")).hasOnlyElementsOfType(Order.Passed.class);
        assertThat(after(SETTINGS.crossingGrace())).isEmpty();
    }

    @Test
    void withAStrangerTheSaThatSaidInitialContactStaysBecauseThePeerMayHaveDroppedTheOther() {
        var ours = dials();
        happens(new Happening.ClearanceAsked(ours, new Effect.MayAuthenticate(new Ticket(5), ENDPOINT)));
        begins(SECOND);
        happens(asks(SECOND, PEER, false, false, HIGH, true));
        stands(SECOND, false);
        happens(asks(ours, PEER, true, false, LOW, false));
        stands(ours, true);
        assertThat(after(SETTINGS.crossingGrace()))
                .containsExactly(closed(SECOND, "another IKE SA with this peer has taken its place", true));
    }

    @Test
    void aWinnerThatIsHeldBackTakesOverWhenTheLoserIsGone() {
        responderStands(FIRST);
        begins(SECOND);
        assertThat(happens(asks(SECOND, HIGH, false))).containsExactly(admitted(SECOND, true));
        assertThat(ends(FIRST, "the peer deleted the IKE SA")).contains(new Order.Tell(SECOND, new Input.TakeOver()));
        assertThat(stands(SECOND, true)).isEmpty();
    }
}
