package ikebana.sim;

import ikebana.sim.World.PlantedBug;

/// `make sim SEEDS=n FROM=m` runs n seeds from m on; `make sim SEED=n` runs one and prints its journal.
public final class Simulate {
    private Simulate() {}

    public static void main(String[] arguments) {
        if (arguments[0].equals("one")) {
            System.out.println(new World(Long.parseLong(arguments[1]), PlantedBug.NONE).run());
            return;
        }
        long from = Long.parseLong(arguments[1]);
        long seeds = Long.parseLong(arguments[2]);
        int failures = 0;
        for (long seed = from; seed < from + seeds; seed++) {
            try {
                new World(seed, PlantedBug.NONE).run();
            } catch (AssertionError | RuntimeException failure) {
                if (failures++ < 10) System.out.println("SEED=" + seed + ": " + failure);
            }
        }
        System.out.println(seeds + " seeds from " + from + ", " + failures + " failed");
        if (failures > 0) System.exit(1);
    }
}
