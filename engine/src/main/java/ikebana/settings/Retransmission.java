package ikebana.settings;

import java.time.Duration;

/// How long to wait for an answer before sending the same bytes again (RFC 7296 2.1, 2.4).
///
/// @param growth each wait is this much longer than the one before
/// @param longestWait no wait is longer
/// @param tries how often a request is sent in all; then the peer is dead
/// @param jitter how much of a wait is drawn by chance, 0 to 1, so that a herd of peers breaks up
/// @param longestWaitWanted no wait is longer while a peer is dialled whose tunnel was ordered
public record Retransmission(
        Duration firstWait, double growth, Duration longestWait, int tries, double jitter, Duration longestWaitWanted) {
    private static final Duration WANTED = Duration.ofSeconds(5);

    public Retransmission {
        if (!firstWait.isPositive()) throw new IllegalArgumentException("first-wait must be longer than zero");
        if (growth < 1) throw new IllegalArgumentException("growth must be 1 or more: waits do not shrink");
        if (longestWait.compareTo(firstWait) < 0) {
            throw new IllegalArgumentException("longest-wait must not be shorter than first-wait");
        }
        if (longestWaitWanted.compareTo(firstWait) < 0) {
            throw new IllegalArgumentException("longest-wait-wanted must not be shorter than first-wait");
        }
        if (tries < 1) throw new IllegalArgumentException("tries must be 1 or more");
        if (jitter < 0 || jitter > 1) throw new IllegalArgumentException("jitter must be between 0 and 1");
    }

    public Retransmission(Duration firstWait, double growth, Duration longestWait, int tries, double jitter) {
        this(firstWait, growth, longestWait, tries, jitter, longestWait.compareTo(WANTED) < 0 ? longestWait : WANTED);
    }

    /// For a dial that was ordered: it is repeated more often, and given up no sooner.
    public Retransmission wanted() {
        if (longestWaitWanted.compareTo(longestWait) >= 0) return this;
        var often = new Retransmission(firstWait, growth, longestWaitWanted, tries, jitter, longestWaitWanted);
        var missing = untilGivenUp().minus(often.untilGivenUp());
        var last = often.waitAfter(tries, 1);
        int more = Math.toIntExact(Math.ceilDiv(missing.toMillis(), last.toMillis()));
        return new Retransmission(firstWait, growth, longestWaitWanted, tries + more, jitter, longestWaitWanted);
    }

    /// The wait after the `tries`th sending, stretched by at most `jitter`.
    ///
    /// @param fraction drawn from 0 up to, and without, 1
    public Duration waitAfter(int tries, double fraction) {
        double grown = (double) firstWait.toMillis() * Math.pow(growth, tries - 1);
        double bounded = Math.min(grown, (double) longestWait.toMillis());
        return Duration.ofMillis(Math.round(bounded * (1 + jitter * fraction)));
    }

    /// The longest time from the first sending to giving up.
    public Duration untilGivenUp() {
        var sum = Duration.ZERO;
        for (int sent = 1; sent <= tries; sent++) sum = sum.plus(waitAfter(sent, 1));
        return sum;
    }

    static Retransmission from(Section section) {
        return section.make(it -> new Retransmission(
                it.get("first-wait", Conversion::duration),
                it.get("growth", Conversion::number),
                it.get("longest-wait", Conversion::duration),
                it.get("tries", Conversion::wholeNumber),
                it.get("jitter", Conversion::number),
                it.get("longest-wait-wanted", Conversion::duration)));
    }
}
