package ikebana.sim;

import ikebana.wire.IpAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/// Loss in bursts, after Gilbert and Elliott: each way from one host to another is good or bad for a while, how long is
/// drawn anew each time, and what goes that way while it is bad is lost as good as always.
final class Gusts {
    private static final double LOSS = 0.95;

    private record Way(IpAddress from, IpAddress to) {}

    private record Spell(boolean bad, Instant until) {}

    private final Agenda agenda;
    private final RandomGenerator dice;
    private final Duration good;
    private final Duration bad;
    private final Map<Way, Spell> spells = new HashMap<>();

    /// @param longestBad how long a bad spell lasts at most on the average
    Gusts(Agenda agenda, RandomGenerator dice, Duration longestBad) {
        this.agenda = agenda;
        this.dice = dice;
        this.good = List.of(Duration.ofSeconds(2), Duration.ofSeconds(10), Duration.ofSeconds(30))
                .get(dice.nextInt(3));
        this.bad = Duration.ofMillis(dice.nextLong(100, longestBad.toMillis()));
    }

    /// Whether what goes that way now is lost.
    boolean takes(IpAddress from, IpAddress to) {
        var way = new Way(from, to);
        var spell = spells.computeIfAbsent(way, _ -> begun(dice.nextInt(4) == 0, agenda.now()));
        while (!spell.until().isAfter(agenda.now())) spell = begun(!spell.bad(), spell.until());
        spells.put(way, spell);
        return spell.bad() && dice.nextDouble() < LOSS;
    }

    /// Without memory: how much longer it lasts does not depend on how long it has lasted.
    private Spell begun(boolean isBad, Instant at) {
        double mean = (double) (isBad ? bad : good).toNanos();
        return new Spell(isBad, at.plusNanos(1 + (long) (-Math.log(1 - dice.nextDouble()) * mean)));
    }

    @Override
    public String toString() {
        return "good for %s, bad for %s".formatted(good, bad);
    }
}
