package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.control.Event;
import ikebana.ike.Ledger.Happening;
import ikebana.ike.Ledger.Order;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// What ends a tunnel or its child, and what comes of it.
class EndingsTest extends OneEndpoint {
    @Test
    void whatAnSaThatFailedHadInstalledIsRemovedBeforeItsEndIsTold() {
        responderStands(FIRST);
        var child = LedgerTestChild.of(1);
        assertThat(happens(new Happening.Failed(FIRST)))
                .startsWith(
                        new Order.Remove(child.outbound().id()),
                        new Order.Remove(child.inbound().id()))
                .anyMatch(OneEndpoint::isGone);
    }

    @Test
    void aSoftExpireAsksForASuccessorAndAHardOneEndsTheChild() {
        responderStands(FIRST);
        var id = LedgerTestChild.of(1).outbound().id();
        assertThat(happens(new Happening.Expired(id, false)))
                .containsExactly(new Order.Tell(FIRST, new Input.GrewOld(id)));
        assertThat(happens(new Happening.Expired(id, true)))
                .containsExactly(new Order.Tell(FIRST, new Input.ChildEnded(id)));
    }

    @Test
    void aTunnelThatNobodyUsesIsTakenDownAndTheNextPacketDialsAnew() {
        responderStands(FIRST);
        var why = "nothing has passed for as long as inactivity says";
        assertThat(happens(new Happening.Idle(FIRST))).containsExactly(closed(FIRST, why, false));
        assertThat(happens(new Happening.Finished(FIRST, Ending.WANTED, why)))
                .containsExactly(new Order.Announce(new Event.Gone(ENDPOINT, now, Optional.of(PEER), why)));
        happens(new Happening.GoneHeard(ENDPOINT));
        assertThat(after(Duration.ofMinutes(1))).isEmpty();
        assertThat(dials()).isNotNull();
    }

    @Test
    void aTunnelThatWasOrderedStandsUsedOrNot() {
        responderStands(FIRST);
        happens(new Happening.Ordered(1, new ikebana.control.Order.Up(ENDPOINT, Duration.ZERO)));
        assertThat(happens(new Happening.Idle(FIRST))).isEmpty();
        assertThat(happens(new Happening.Idle(SECOND))).isEmpty();
    }

    @Test
    void aLostAddressEndsItsTunnelsAndWantedOnesAreDialledWhenItIsBack() {
        happens(new Happening.Found(List.of(), List.of(OURS)));
        var dial = (Order.DialOut) ordered(1, up(Duration.ofSeconds(30))).getFirst();
        happens(dialAsks(dial.spi(), HIGH));
        stands(dial.spi(), true);
        var why = "192.0.2.1 is no longer an address of this host";
        assertThat(happens(new Happening.Found(List.of(), List.of(THEIRS))))
                .containsExactly(closed(dial.spi(), why, false));
        assertThat(ends(dial.spi(), why)).anyMatch(OneEndpoint::isGone);
        happens(new Happening.GoneHeard(ENDPOINT));
        assertThat(after(Duration.ofMinutes(5))).isEmpty();
        assertThat(happens(new Happening.AddressCame(OURS))).singleElement().isInstanceOf(Order.DialOut.class);
    }
}
