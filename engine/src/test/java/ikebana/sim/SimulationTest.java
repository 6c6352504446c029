package ikebana.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SimulationTest {
    private static final int SEEDS = 2_000;
    private static final int SEEDS_FOR_A_BUG = 600;

    /// On all processors: no seed knows of another.
    @Test
    void everySeedEndsWell() {
        assertThat(LongStream.range(0, SEEDS)
                        .parallel()
                        .mapToObj(SimulationTest::climateOfOneThatEndsWell)
                        .collect(Collectors.toSet()))
                .containsExactlyInAnyOrder(Weather.Climate.values());
    }

    private static Weather.Climate climateOfOneThatEndsWell(long seed) {
        var world = new World(seed, PlantedBug.NONE, false);
        try {
            world.run();
        } catch (AssertionError | RuntimeException failure) {
            throw new AssertionError("make sim SEED=" + seed, failure);
        }
        return world.climate();
    }

    @Test
    void theSameSeedTellsTheSameStory() {
        for (long seed = 0; seed < 20; seed++) {
            assertThat(new World(seed, PlantedBug.NONE, true).run())
                    .isEqualTo(new World(seed, PlantedBug.NONE, true).run());
        }
    }

    @Test
    void noSecretIsInTheJournal() {
        var world = new World(4, PlantedBug.NONE, true);
        var story = world.run();
        assertThat(world.keys).isNotEmpty();
        for (var key : world.keys)
            assertThat(story).doesNotContain(HexFormat.of().formatHex(key.expose(), 0, 16));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void aPlantedBugBreaksItsRuleWithinAFewSeeds(PlantedBug bug) {
        assertThat(LongStream.range(0, SEEDS_FOR_A_BUG)
                        .mapToObj(seed -> complaint(new World(seed, bug, false)))
                        .flatMap(Optional::stream)
                        .anyMatch(complaint -> complaint.contains(bug.complaint)))
                .as(bug.complaint)
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "IMPATIENT, BURSTS",
        "DAMAGE_UNSEEN, DAMAGE",
        "LATE_TIMER_LOST, PAUSES",
        "NOTHING_TOLD_AFTER_AN_OVERFLOW, PAUSES",
        "OLD_BY_THE_KERNEL_ONLY, CLOCKS",
        "TIME_OF_DAY_FOR_ALL, CLOCKS",
        "CERTIFICATES_BY_THE_STEADY_CLOCK, CLOCKS",
        "FAULT_LEAVES_STATES, FAULTS"
    })
    void aHardshipFindsWhatTheSameSeedDoesNotFindWithoutIt(PlantedBug bug, Hardship hardship) {
        assertThat(LongStream.range(0, SEEDS_FOR_A_BUG)
                        .filter(seed -> Hardship.of(seed).contains(hardship))
                        .anyMatch(seed -> complaint(new World(seed, bug, false)).isPresent()
                                && complaint(new World(seed, bug, false).without(hardship))
                                        .isEmpty()))
                .isTrue();
    }

    /// What is wrong with it: a rule is broken, or a machine is.
    private static Optional<String> complaint(World world) {
        try {
            world.run();
            return Optional.empty();
        } catch (AssertionError | IllegalStateException broken) {
            return Optional.of(broken.toString());
        }
    }
}
