package ikebana.sim;

import java.util.EnumSet;
import java.util.Set;
import java.util.SplittableRandom;

/// What befalls some worlds besides all else. Each has dice of its own, so that the others stay what they were.
enum Hardship {
    /// The network loses nearly all for a while, and then again nearly nothing.
    BURSTS(1),
    /// ESP arrives with bits that were not sent.
    DAMAGE(2),
    /// A process or a machine stands still.
    PAUSES(3),
    /// Somebody sets the time of day.
    CLOCKS(4),
    /// The machine of an IKE SA throws.
    FAULTS(5);

    private static final int ONE_IN = 8;

    /// More than any salt, so that no two seeds have the same dice. Another number makes other worlds of the same
    /// seeds.
    private static final int SALTS = 6;

    private final int salt;

    Hardship(int salt) {
        this.salt = salt;
    }

    static Set<Hardship> of(long seed) {
        var all = EnumSet.noneOf(Hardship.class);
        for (var one : values()) {
            if (new SplittableRandom(one.salted(seed)).nextInt(ONE_IN) == 0) all.add(one);
        }
        return all;
    }

    SplittableRandom dice(long seed) {
        return new SplittableRandom(~salted(seed));
    }

    private long salted(long seed) {
        return seed * SALTS + salt;
    }
}
