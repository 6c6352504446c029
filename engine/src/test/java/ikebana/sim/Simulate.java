package ikebana.sim;

import java.lang.management.ManagementFactory;
import java.util.Locale;

/// `make sim SEEDS=n FROM=m` runs n seeds from m on; `make sim SEED=n` runs one and prints its journal.
public final class Simulate {
    private static final int TOLD = Integer.getInteger("told", 10);
    private static final int PROGRESS = 5_000;
    /// Each so many seeds one is run twice.
    static final int TWICE = 50;

    private Simulate() {}

    public static void main(String[] arguments) {
        boolean well = arguments[0].equals("one")
                ? one(Long.parseLong(arguments[1]))
                : many(Long.parseLong(arguments[1]), Long.parseLong(arguments[2]));
        if (!well) System.exit(1);
    }

    private static boolean one(long seed) {
        var world = new World(seed, PlantedBug.NONE, true);
        try {
            System.out.println(world.run());
            return true;
        } catch (AssertionError | RuntimeException failure) {
            System.out.println(world.story());
            failure.printStackTrace(System.out);
            return false;
        }
    }

    private static boolean many(long from, long seeds) {
        int failures = 0;
        long cpu = cpu();
        for (long seed = from; seed < from + seeds; seed++) {
            try {
                run(seed);
            } catch (AssertionError | RuntimeException failure) {
                if (failures++ < TOLD) System.out.println("make sim SEED=" + seed + "   # " + failure);
            }
            long done = seed - from + 1;
            if (done % PROGRESS == 0 && done < seeds) {
                System.out.printf(Locale.ROOT, "%d of %d seeds, %d failed%n", done, seeds, failures);
            }
        }
        System.out.printf(
                Locale.ROOT,
                "%d seeds from %d, %d failed; %.2f ms of CPU a seed%n",
                seeds,
                from,
                failures,
                (double) (cpu() - cpu) / 1e6 / (double) seeds);
        return failures == 0;
    }

    private static void run(long seed) {
        if (seed % TWICE != 0) {
            new World(seed, PlantedBug.NONE, false).run();
            return;
        }
        var first = new World(seed, PlantedBug.NONE, true).run();
        var second = new World(seed, PlantedBug.NONE, true).run();
        Rules.check(first.equals(second), "the same seed tells another story");
    }

    private static long cpu() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }
}
