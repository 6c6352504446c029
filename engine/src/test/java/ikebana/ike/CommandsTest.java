package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.auth.Endpoint;
import ikebana.control.Answer;
import ikebana.ike.Ledger.Happening;
import ikebana.ike.Ledger.Order;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/// Orders from outside, and their answers.
class CommandsTest extends OneEndpoint {
    @Test
    void anUpIsAnsweredWhenTheTunnelStandsAndAtOnceWhenItDoes() {
        var dial = (Order.DialOut) ordered(1, up(Duration.ofSeconds(30))).getFirst();
        happens(dialAsks(dial.spi(), HIGH));
        assertThat(stands(dial.spi(), true))
                .last()
                .isInstanceOfSatisfying(
                        Order.Reply.class, reply -> assertThat(reply.ticket()).isEqualTo(1));
        assertThat(ordered(2, up(Duration.ofSeconds(30))))
                .singleElement()
                .isInstanceOfSatisfying(
                        Order.Reply.class, reply -> assertThat(reply.answer()).isInstanceOf(Answer.Done.class));
    }

    @Test
    void anUpHearsWhyTheDialFailedAndTheTunnelIsDialledAgainUntilItIsTakenDown() {
        var dial = (Order.DialOut) ordered(1, up(Duration.ofSeconds(30))).getFirst();
        assertThat(happens(new Happening.Finished(dial.spi(), Ending.SILENCE, "never answered")))
                .contains(new Order.Reply(1, new Answer.Failed(Answer.Why.NO_ANSWER, "never answered")));
        var again = (Order.DialOut) after(Duration.ofSeconds(2)).getFirst();
        assertThat(ordered(2, new ikebana.control.Order.Down(ENDPOINT)))
                .containsExactly(closed(again.spi(), "it was taken down", false));
        assertThat(ends(again.spi(), "it was taken down"))
                .last()
                .isInstanceOfSatisfying(
                        Order.Reply.class, reply -> assertThat(reply.answer()).isInstanceOf(Answer.Done.class));
        assertThat(after(Duration.ofMinutes(10))).isEmpty();
        assertThat(state.size()).isZero();
    }

    @Test
    void anUpWhosePatienceEndsHearsSoAndTheDialGoesOn() {
        ordered(1, up(Duration.ofSeconds(1)));
        assertThat(after(Duration.ofSeconds(1)))
                .containsExactly(new Order.Reply(1, new Answer.Failed(Answer.Why.OUT_OF_PATIENCE, "not yet")));
    }

    @Test
    void whatCannotBeDialledIsRefusedWithASentence() {
        var nobody = new ikebana.control.Order.Up(new Endpoint("lan", OURS, THEIRS), Duration.ofSeconds(1));
        assertThat(ordered(1, nobody))
                .containsExactly(
                        new Order.Reply(1, new Answer.Failed(Answer.Why.NO_SUCH_PROFILE, "there is no profile 'lan'")));
        assertThat(ordered(3, new ikebana.control.Order.Down(new Endpoint("lan", OURS, THEIRS))))
                .containsExactly(
                        new Order.Reply(3, new Answer.Failed(Answer.Why.NO_SUCH_PROFILE, "there is no profile 'lan'")));
        assertThat(ordered(2, new ikebana.control.Order.Down(ENDPOINT)))
                .containsExactly(
                        new Order.Reply(2, new Answer.NoTunnel("there is no tunnel dmvpn 192.0.2.1 -> 192.0.2.2")));
    }
}
