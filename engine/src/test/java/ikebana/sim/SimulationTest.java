package ikebana.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ikebana.sim.World.PlantedBug;
import java.util.EnumSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SimulationTest {
    private static final int SEEDS = 600;

    @Test
    void everySeedEndsWell() {
        var climates = EnumSet.noneOf(World.Climate.class);
        for (long seed = 0; seed < SEEDS; seed++) {
            var world = new World(seed, PlantedBug.NONE);
            try {
                world.run();
            } catch (AssertionError | RuntimeException failure) {
                throw new AssertionError("make sim SEED=" + seed, failure);
            }
            climates.add(world.climate());
        }
        assertThat(climates).containsExactlyInAnyOrder(World.Climate.values());
    }

    @Test
    void theSameSeedTellsTheSameStory() {
        for (long seed = 0; seed < 20; seed++) {
            assertThat(new World(seed, PlantedBug.NONE).run()).isEqualTo(new World(seed, PlantedBug.NONE).run());
        }
    }

    @Test
    void noSecretIsInTheJournal() {
        for (long seed = 0; seed < 30; seed++) {
            var world = new World(seed, PlantedBug.NONE);
            if (world.climate() != World.Climate.MERCIFUL) continue;
            assertThat(world.run()).contains("encryptionKey=Secret[36 bytes]");
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void aPlantedBugIsFoundWithinAFewSeeds(PlantedBug bug) {
        assertThatThrownBy(() -> {
                    for (long seed = 0; seed < 100; seed++) new World(seed, bug).run();
                })
                .isInstanceOf(AssertionError.class);
    }

    @Test
    void aWrongPreSharedKeyMakesNoTunnelAndSaysSoAtBothEnds() {
        for (long seed = 0; seed < 60; seed++) {
            var world = new World(seed, PlantedBug.NONE, "aa", "bb");
            if (world.climate() != World.Climate.MERCIFUL) continue;
            assertThatThrownBy(world::run).hasMessage("no tunnel on a network that lets messages through");
            assertThat(world.left.finished).contains("the peer refused us: AUTHENTICATION_FAILED");
            assertThat(world.right.finished)
                    .contains("authentication failed: 192.0.2.1 has another pre-shared key than we");
            assertThat(world.left.kernel).isEmpty();
            assertThat(world.right.kernel).isEmpty();
        }
    }
}
