package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.wire.Notify;
import ikebana.wire.NotifyType;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Both ends ask for the same at once.
class FollowUpAtOnceTest extends TwoKeyExchanges {
    @ParameterizedTest
    @EnumSource
    void bothAtOnce_inWhateverOrder(Of of) {
        for (long order = 1; order <= 40; order++) {
            standAnew();
            of.growsOld(a);
            of.growsOld(b);
            shuffled(order);
            calms();
            bothHaveTheSame();
        }
    }

    private void shuffled(long order) {
        var dice = new Random(order);
        while (!between.agenda.isEmpty()) {
            if (dice.nextBoolean()) between.agenda.addLast(between.agenda.removeFirst());
            between.agenda.removeFirst().run();
        }
    }

    /// Whose wish comes second stops after CREATE_CHILD_SA: there is one series, and nothing to delete.
    @ParameterizedTest
    @EnumSource
    void bothAtOnce_oneStops(Of of) {
        stands();
        of.growsOld(a);
        of.growsOld(b);
        between.settle();
        assertThat(said(CREATE)).hasSize(4);
        assertThat(said(FOLLOW_UP)).hasSize(2);
        calms();
        bothHaveTheSame();
    }

    /// RFC 9370 2.2.4: the answer to a's wish is there, and b's comes late.
    @ParameterizedTest
    @EnumSource
    void whoeverIsHalfDoneRefusesTheSame(Of of) {
        stands();
        var keys = Wiretap.of(a.is()).orElseThrow();
        lost = (from, header) -> header.exchange().equals(FOLLOW_UP)
                || (from == b && header.exchange().equals(CREATE) && !header.response());
        of.growsOld(b);
        of.growsOld(a);
        between.settle();
        lost = (_, header) -> header.exchange().equals(FOLLOW_UP);
        between.wire.clear();
        later(Duration.ofSeconds(1));
        assertThat(read(keys, CREATE, true)).contains(Notify.of(NotifyType.TEMPORARY_FAILURE));
        calms();
        bothHaveTheSame();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void bothAtOnce_andAThirdOfItIsLost(long seed) {
        for (var of : Of.values()) {
            standAnew();
            var dice = new Random(seed);
            lost = (_, _) -> dice.nextInt(3) == 0;
            of.growsOld(a);
            of.growsOld(b);
            between.settle();
            for (int second = 0; second < 3; second++) later(Duration.ofSeconds(1));
            for (int minute = 0; minute < 3; minute++) calms();
            bothHaveTheSame();
        }
    }
}
