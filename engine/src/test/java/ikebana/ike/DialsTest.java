package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.control.Event;
import ikebana.ike.Ledger.Happening;
import ikebana.ike.Ledger.Order;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// When a peer is dialled, and when again.
class DialsTest extends OneEndpoint {
    @Test
    void twoAcquiresForOnePeerAreOneDial() {
        assertThat(happens(new Happening.Acquired(ACQUIRE)))
                .singleElement()
                .isInstanceOfSatisfying(
                        Order.DialOut.class, dial -> assertThat(dial.dial()).isEqualTo(new Dial(ENDPOINT, PROFILE, 9)));
        assertThat(happens(new Happening.Acquired(ACQUIRE))).isEmpty();
    }

    @Test
    void aDialThatFailsLetsTheNextPacketAcquireAnewAndEachFailureLengthensThePause() {
        var spi = dials();
        assertThat(happens(new Happening.Finished(spi, Ending.REFUSAL, "refused")))
                .containsExactly(
                        new Order.DropLarval(ACQUIRE), new Order.Announce(new Event.Failed(ENDPOINT, now, "refused")));
        assertThat(happens(new Happening.Acquired(ACQUIRE))).isEmpty();
        var again = after(Duration.ofMillis(1200)).getFirst();
        assertThat(again).isInstanceOf(Order.DialOut.class);
        happens(new Happening.Finished(((Order.DialOut) again).spi(), Ending.REFUSAL, "refused"));
        assertThat(happens(new Happening.Acquired(ACQUIRE))).isEmpty();
        assertThat(after(Duration.ofMillis(1200))).isEmpty();
        assertThat(after(Duration.ofMillis(1200)).getFirst()).isInstanceOf(Order.DialOut.class);
    }

    @Test
    void aDialThatThePeerMayHaveConfusedIsMadeAgainAtOnceAndOnce() {
        var first = happens(new Happening.Finished(dials(), Ending.CONFUSION, "confused"));
        assertThat(first).hasExactlyElementsOfTypes(Order.Passed.class, Order.DialOut.class);
        var again = (Order.DialOut) first.getLast();
        assertThat(again.dial().acquireSequence()).isEqualTo(ACQUIRE.sequence());
        assertThat(happens(new Happening.Finished(again.spi(), Ending.CONFUSION, "confused")))
                .containsExactly(
                        new Order.DropLarval(ACQUIRE), new Order.Announce(new Event.Failed(ENDPOINT, now, "confused")));
    }

    @Test
    void aFailureIsForgivenAndNothingOfItIsLeft() {
        happens(new Happening.Finished(dials(), Ending.SILENCE, "never answered"));
        assertThat(after(Duration.ofMinutes(5))).isEmpty();
        assertThat(state.size()).isZero();
        assertThat(state.wakeAt()).isEmpty();
    }

    @Test
    void aDialThatFindsATunnelOfThePeersGivesUp() {
        var spi = dials();
        responderStands(SECOND);
        var question = new Effect.MayAuthenticate(new Ticket(5), ENDPOINT);
        assertThat(happens(new Happening.ClearanceAsked(spi, question)))
                .containsExactly(closed(spi, "the peer was faster: its tunnel stands already", false));
        assertThat(ends(spi, "the peer was faster")).hasOnlyElementsOfType(Order.Passed.class);
    }

    @Test
    void initialContactIsSaidWhereNoSaStandsWhateverStrangersBegin() {
        var spi = dials();
        begins(SECOND);
        var question = new Effect.MayAuthenticate(new Ticket(5), ENDPOINT);
        assertThat(happens(new Happening.ClearanceAsked(spi, question)))
                .containsExactly(new Order.Tell(spi, new Input.Cleared(new Ticket(5), true)));
    }

    /// Packets that acquire once a second, for ten minutes, of a peer that gives up each dial after so long.
    private long dialsInTenMinutes(Duration each, Ending ending) {
        var end = now.plus(Duration.ofMinutes(10));
        long dials = 0;
        var overAt = Optional.<Instant>empty();
        var spi = FIRST;
        while (now.isBefore(end)) {
            var orders = happens(new Happening.Acquired(ACQUIRE));
            if (overAt.filter(at -> !at.isAfter(now)).isPresent()) {
                overAt = Optional.empty();
                orders = happens(new Happening.Finished(spi, ending, "no"));
            }
            for (var order : orders) {
                if (!(order instanceof Order.DialOut dial)) continue;
                spi = dial.spi();
                overAt = Optional.of(now.plus(each));
                dials++;
            }
            now = now.plusSeconds(1);
            for (var order : happens(new Happening.Woke())) {
                if (!(order instanceof Order.DialOut dial)) continue;
                spi = dial.spi();
                overAt = Optional.of(now.plus(each));
                dials++;
            }
        }
        return dials;
    }

    @Test
    void packetsForAPeerThatCannotBeReachedDoNotBringADialEach() {
        // refused at once: pauses of 1, 2, 4, 8, 16 and then 32 s
        assertThat(dialsInTenMinutes(Duration.ZERO, Ending.REFUSAL)).isBetween(15L, 24L);
    }

    @Test
    void aSilentPeerIsDialledOnceAMinuteHoweverManyPacketsWant() {
        assertThat(dialsInTenMinutes(Duration.ofSeconds(58), Ending.SILENCE)).isBetween(9L, 11L);
    }

    @Test
    void whoeverWasOrderedAndIsSilentIsDialledAgainWithinSecondsForEver() {
        var dial = (Order.DialOut) ordered(1, up(Duration.ZERO)).getFirst();
        assertThat(dial.dial().wanted()).isTrue();
        for (int i = 0; i < 100; i++) {
            now = now.plusSeconds(58);
            happens(new Happening.Finished(dial.spi(), Ending.SILENCE, "never answered"));
            var next = state.wakeAt().orElseThrow();
            assertThat(next).isBeforeOrEqualTo(now.plusSeconds(2));
            dial = (Order.DialOut) after(Duration.ofSeconds(2)).getFirst();
            assertThat(dial.dial().wanted()).isTrue();
        }
    }

    @Test
    void aTunnelThatWasTakenDownHasNotFailedHoweverShortItLived() {
        responderStands(FIRST);
        ordered(1, new ikebana.control.Order.Down(ENDPOINT));
        ends(FIRST, "it was taken down");
        happens(new Happening.GoneHeard(ENDPOINT));
        assertThat(happens(new Happening.Acquired(ACQUIRE))).singleElement().isInstanceOf(Order.DialOut.class);
    }
}
