package ikebana.ike;

import ikebana.auth.IkeLifetime;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;

/// How long what both ends of an IKE SA have proven to each other is good for. Before that is over another IKE SA is
/// made beside it (RFC 7296 2.8.3), by us, by the peer, or by the first that notices.
///
/// @param renewAt when we dial; empty when we leave it to the peer
/// @param failures of such dials, in a row
/// @param until when it ends, with no successor too
record Validity(Optional<Instant> renewAt, int failures, Optional<Instant> until) {
    static final Validity FOR_EVER = new Validity(Optional.empty(), 0, Optional.empty());

    /// Up to so much of a time is taken off by chance, or a hub that has come back would prove itself to all its peers
    /// at once for ever.
    private static final double JITTER = 0.1;

    /// So much of a limit has passed when whoever has begun the SA dials: there is time left for some failures.
    private static final double EARLY = 0.9;

    /// And so much when the other one does, which has told the limit (RFC 4478) and was not heard.
    private static final double LATE = 0.95;

    private static final Duration FIRST_PAUSE = Duration.ofSeconds(2);

    /// So long an SA lasts at least, as far as it depends on us: a peer must not make us begin all the time.
    private static final Duration LEAST = Duration.ofSeconds(10);

    private static final int MOST_DOUBLINGS = 7;

    /// Of an SA that carries traffic from now on.
    ///
    /// @param initiator whether we have begun it
    /// @param reachable whether a dial of ours gets to the peer
    /// @param fraction drawn from 0 up to, and without, 1
    static Validity from(IkeLifetime lifetime, boolean initiator, boolean reachable, Instant now, double fraction) {
        var wanted = lifetime.reauthenticateAfter().map(after -> part(now, after, 1 - JITTER * fraction));
        var limited = lifetime.authenticationLimit()
                .map(limit -> part(now, limit, initiator ? EARLY - JITTER * fraction : LATE));
        var renewAt = reachable ? SaState.earliest(wanted, limited) : Optional.<Instant>empty();
        return new Validity(renewAt, 0, lifetime.authenticationLimit().map(now::plus));
    }

    /// RFC 4478: the peer, which was dialled, takes our word until then, and ends the SA.
    ///
    /// @param since when the SA began to carry traffic
    Validity limitedTo(Instant limit, Instant since, Instant now, double fraction) {
        var inTime = part(now, Duration.between(now, limit), EARLY - JITTER * fraction);
        var at = Stream.of(inTime, now.plus(FIRST_PAUSE), since.plus(LEAST))
                .max(Instant::compareTo)
                .orElseThrow();
        return new Validity(SaState.earliest(renewAt, Optional.of(at)), failures, until);
    }

    /// A dial has failed. It is tried again: soon, then less and less often, and never just when somebody else does.
    Validity failed(Instant now, double fraction) {
        var full = FIRST_PAUSE.multipliedBy(1L << Math.min(failures, MOST_DOUBLINGS));
        return new Validity(Optional.of(part(now, full, 0.5 + fraction / 2)), failures + 1, until);
    }

    /// Whether we should have dialled by now.
    boolean isDue(Instant now) {
        return renewAt.filter(at -> !at.isAfter(now)).isPresent();
    }

    private static Instant part(Instant now, Duration of, double part) {
        return now.plusMillis(Math.round(of.toMillis() * part));
    }
}
