package ikebana.sim;

import java.time.Instant;
import java.util.function.Supplier;

/// What happened, line by line. Most runs keep none: a seed that fails is run again with one.
final class Journal {
    private final StringBuilder lines = new StringBuilder();
    private final boolean kept;

    Journal(boolean kept) {
        this.kept = kept;
    }

    void note(Instant at, String who, Supplier<String> what) {
        if (!kept) return;
        lines.append(at.toEpochMilli())
                .append(' ')
                .append(who)
                .append(' ')
                .append(what.get())
                .append('\n');
    }

    @Override
    public String toString() {
        return lines.toString();
    }
}
