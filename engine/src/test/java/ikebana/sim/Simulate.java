package ikebana.sim;

import java.lang.management.ManagementFactory;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

/// `make sim SEEDS=n FROM=m JOBS=j` runs n seeds from m on with j threads; `make sim SEED=n` runs one and prints its
/// journal. A seed that fails leaves its journal in `target/sim/SEED`.
public final class Simulate {
    private static final int TOLD = Integer.getInteger("told", 10);
    private static final int PROGRESS = 5_000;
    /// Each so many seeds one is run twice.
    static final int TWICE = 50;

    private final long from;
    private final long end;
    private final AtomicLong next;
    private final AtomicLong done = new AtomicLong();
    private final AtomicLong failures = new AtomicLong();
    private final AtomicLong cpu = new AtomicLong();

    private Simulate(long from, long seeds) {
        this.from = from;
        this.end = from + seeds;
        this.next = new AtomicLong(from);
    }

    public static void main(String[] arguments) throws InterruptedException {
        boolean well = arguments[0].equals("one")
                ? one(Long.parseLong(arguments[1]))
                : new Simulate(Long.parseLong(arguments[1]), Long.parseLong(arguments[2]))
                        .many(arguments.length > 3 ? Integer.parseInt(arguments[3]) : 1);
        if (!well) System.exit(1);
    }

    private static boolean one(long seed) {
        var trace = Trace.of(seed, PlantedBug.NONE);
        System.out.println(trace.story());
        trace.failure().ifPresent(failure -> {
            System.out.println(trace.keep());
            failure.printStackTrace(System.out);
        });
        return trace.failure().isEmpty();
    }

    private boolean many(int jobs) throws InterruptedException {
        var threads = IntStream.range(0, jobs)
                .mapToObj(job -> Thread.ofPlatform().name("seeds-" + job).start(this::work))
                .toList();
        for (var thread : threads) thread.join();
        System.out.printf(
                Locale.ROOT,
                "%d seeds from %d, %d failed; %.2f ms of CPU a seed, %d jobs%n",
                end - from,
                from,
                failures.get(),
                (double) cpu.get() / 1e6 / (double) (end - from),
                jobs);
        return failures.get() == 0;
    }

    private void work() {
        long before = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        for (long seed = next.getAndIncrement(); seed < end; seed = next.getAndIncrement()) {
            try {
                run(seed);
            } catch (AssertionError | RuntimeException failure) {
                failed(seed, failure);
            }
            if (done.incrementAndGet() % PROGRESS == 0) {
                System.out.printf(Locale.ROOT, "%d of %d seeds, %d failed%n", done.get(), end - from, failures.get());
            }
        }
        cpu.addAndGet(ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - before);
    }

    private void failed(long seed, Throwable failure) {
        if (failures.getAndIncrement() >= TOLD) return;
        System.out.println("make sim SEED=" + seed + "   # " + failure);
        Trace.of(seed, PlantedBug.NONE).keep();
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
}
