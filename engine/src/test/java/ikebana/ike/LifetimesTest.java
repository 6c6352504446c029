package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.Examples;
import ikebana.auth.IkeLifetime;
import ikebana.auth.Profile;
import ikebana.crypto.SeededEntropy;
import ikebana.kernel.Direction;
import ikebana.kernel.Lifetime;
import ikebana.kernel.State;
import ikebana.wire.IpAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/// How long what is installed may live: what sends grows old first, the sender stops before the receiver
/// does, and no two SAs of one profile are renewed at the same moment (RFC 7296 2.8).
class LifetimesTest {
    private static final Lifetime LIFETIME = new Lifetime(
            Optional.of(Duration.ofMinutes(50)),
            Optional.of(Duration.ofMinutes(60)),
            Optional.of(1_000_000_000L),
            Optional.of(2_000_000_000L),
            Optional.of(1_000_000L),
            Optional.of(2_000_000L));
    private static final Duration RENEWS_AFTER = Duration.ofHours(4);

    private static Profile profile(IpAddress own) {
        var aging = Examples.living(Examples.profile(own), LIFETIME);
        return Examples.proving(aging, new IkeLifetime(Optional.of(RENEWS_AFTER)));
    }

    private static Couple couple(long seed) {
        var couple = new Couple(
                profile(Couple.HERE), profile(Couple.THERE), new SeededEntropy(seed), new SeededEntropy(-seed));
        couple.dials();
        return couple;
    }

    private static List<Lifetime> lifetimes(Couple couple, Direction direction) {
        return List.of(couple.a, couple.b).stream()
                .flatMap(end -> couple.kernel(end).values().stream())
                .filter(state -> state.direction() == direction)
                .map(State::lifetime)
                .toList();
    }

    @Test
    void whatReceivesGrowsOldWhenWhatSendsEnds_andEndsATenthLater() {
        var couple = couple(1);
        couple.renewsChild(couple.a);
        couple.carryAll(); // the predecessors still receive
        assertThat(lifetimes(couple, Direction.IN))
                .hasSize(4)
                .allSatisfy(lifetime -> assertThat(lifetime)
                        .isEqualTo(new Lifetime(
                                LIFETIME.hardTime(),
                                Optional.of(Duration.ofMinutes(66)),
                                Optional.empty(),
                                Optional.of(2_200_000_000L),
                                Optional.empty(),
                                Optional.of(2_200_000L))));
        assertThat(lifetimes(couple, Direction.OUT)).hasSize(2).allSatisfy(lifetime -> {
            assertThat(lifetime.hardTime()).isEqualTo(LIFETIME.hardTime());
            assertThat(lifetime.hardBytes()).isEqualTo(LIFETIME.hardBytes());
            assertThat(lifetime.hardPackets()).isEqualTo(LIFETIME.hardPackets());
        });
    }

    @Test
    void everySoftLimitThatIsInstalledIsAnother_upToATenthLower() {
        var soft = new ArrayList<Lifetime>();
        for (int seed = 1; seed <= 10; seed++) {
            var couple = couple(seed);
            soft.addAll(lifetimes(couple, Direction.OUT));
            couple.renewsChild(couple.b);
            couple.carryAll();
            soft.addAll(lifetimes(couple, Direction.OUT));
        }
        assertThat(soft).hasSize(40);
        isSpread(soft, lifetime -> lifetime.softBytes().orElseThrow(), 1_000_000_000L);
        isSpread(soft, lifetime -> lifetime.softPackets().orElseThrow(), 1_000_000L);
        isSpread(soft, lifetime -> lifetime.softTime().orElseThrow().toSeconds(), 3000);
    }

    @Test
    void noTwoIkeSasAreRenewedAtTheSameMoment() {
        var after = new ArrayList<Duration>();
        for (int seed = 1; seed <= 10; seed++) {
            var couple = couple(seed);
            couple.renewsIkeSa(couple.a); // what follows one is another
            couple.carryAll();
            for (var end : List.of(couple.a, couple.b)) {
                var at = Couple.established(end).age().renewAt().orElseThrow();
                after.add(Duration.between(Instant.EPOCH, at));
            }
        }
        assertThat(after).hasSize(20);
        isSpread(after, Duration::toMillis, RENEWS_AFTER.toMillis());
    }

    /// All of them in the last tenth, and in the whole of it.
    private static <T> void isSpread(List<T> all, Function<T, Long> value, long full) {
        var values = all.stream().map(value).toList();
        assertThat(values).allSatisfy(one -> assertThat(one).isBetween(full * 9 / 10, full));
        assertThat(values).anySatisfy(one -> assertThat(one).isLessThan(full * 93 / 100));
        assertThat(values).anySatisfy(one -> assertThat(one).isGreaterThan(full * 97 / 100));
        assertThat(new HashSet<>(values)).hasSizeGreaterThan(all.size() * 3 / 4);
    }
}
