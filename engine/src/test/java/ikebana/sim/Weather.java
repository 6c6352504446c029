package ikebana.sim;

import java.time.Duration;
import java.util.random.RandomGenerator;

/// What the network does to datagrams.
///
/// @param lossesAtMost so many copies of one datagram are lost at most
/// @param fastest how long a datagram is under way at least
/// @param slowest how long a datagram is under way at most; faster ones overtake slower ones
record Weather(Climate climate, double loss, int lossesAtMost, double duplicates, Duration fastest, Duration slowest) {
    enum Climate {
        /// It loses at most two copies of a datagram, so that everything must succeed.
        MERCIFUL,
        /// It does what it likes; when it calms down, everything must be well again.
        WILD,
        /// It lets nothing through.
        DEAD
    }

    /// After a storm.
    static final Weather CALM = new Weather(Climate.MERCIFUL, 0, 0, 0, Duration.ZERO, Duration.ofMillis(20));

    /// The same, but all that is under way takes equally long: what both ends begin at once meets in the middle.
    Weather steady() {
        return new Weather(climate, loss, lossesAtMost, duplicates, slowest, slowest);
    }

    Weather lossless() {
        return climate == Climate.DEAD ? this : new Weather(climate, 0, 0, 0, fastest, slowest);
    }

    /// @param merciful whether it must be
    static Weather drawnFrom(RandomGenerator dice, boolean merciful) {
        int drawn = merciful ? 1 : dice.nextInt(20);
        if (drawn == 0) return new Weather(Climate.DEAD, 1, Integer.MAX_VALUE, 0, Duration.ZERO, Duration.ofSeconds(1));
        if (drawn < 12) {
            var slowest = Duration.ofMillis(dice.nextInt(1, 300));
            return new Weather(Climate.MERCIFUL, dice.nextDouble(0.6), 2, dice.nextDouble(0.4), Duration.ZERO, slowest);
        }
        var slowest = Duration.ofMillis(dice.nextInt(1, 6000));
        return new Weather(
                Climate.WILD, dice.nextDouble(0.8), Integer.MAX_VALUE, dice.nextDouble(0.5), Duration.ZERO, slowest);
    }
}
