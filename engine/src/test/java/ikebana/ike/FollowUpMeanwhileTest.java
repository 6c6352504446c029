package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What comes between the first key exchange and the second.
class FollowUpMeanwhileTest extends TwoKeyExchanges {
    @ParameterizedTest
    @EnumSource
    void whoeverIsAskedWhetherItLivesMeanwhileSaysSo(Of of) {
        stands();
        lost = (_, header) -> header.exchange().equals(FOLLOW_UP);
        of.growsOld(a);
        between.settle();
        b.happens(new Input.Probe());
        between.settle();
        assertThat(b.is().window().flight()).isEmpty();
        calms();
        bothHaveTheSame();
    }

    @ParameterizedTest
    @EnumSource
    void whoeverClosesMeanwhile_leavesNothingAtThePeer(Of of) {
        for (var closer : List.of(true, false)) {
            for (var response : List.of(true, false)) {
                standAnew();
                lost = (_, header) -> header.exchange().equals(FOLLOW_UP) && header.response() == response;
                of.growsOld(a);
                between.settle();
                (closer ? a : b).happens(new Input.Close("that is all", false));
                between.settle();
                lost = (_, _) -> false;
                for (int second = 0; second < 120; second++) later(Duration.ofSeconds(1));
                for (var end : List.of(a, b)) {
                    assertThat(end.is().phase()).isNotInstanceOf(Phase.Established.class);
                    assertThat(end.is().phase()).isNotInstanceOf(Phase.Deleting.class);
                    assertThat(end.is().furtherSpis()).isEmpty();
                    assertThat(end.is().passing()).isEmpty();
                    assertThat(end.said).noneMatch(why -> why.contains("dead"));
                }
            }
        }
    }

    /// The hard limit has come, or somebody has ended it by hand: what is made is a child like any other.
    @Test
    void thePredecessorMayEndMeanwhile() {
        stands();
        lost = (_, header) -> header.exchange().equals(FOLLOW_UP);
        Of.CHILD.growsOld(a);
        between.settle();
        var old = wanted(b);
        b.state = Optional.of(b.is().in(established(b).minus(old)));
        assertThat(established(b).isWithoutChildren()).isFalse();
        calms();
        assertThat(wanted(b).inbound()).isNotEqualTo(old.inbound());
        assertThat(wanted(b).replaces()).isEmpty();
        assertThat(wanted(b).outbound()).isInstanceOf(ChildSa.InUse.class);
        assertThat(inUse(a).keys()).isEqualTo(inUse(b).keys());
    }
}
