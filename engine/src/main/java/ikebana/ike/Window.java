package ikebana.ike;

import ikebana.settings.Retransmission;
import ikebana.wire.Bytes;
import ikebana.wire.MessageId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// The request window of one IKE SA, RFC 7296 2.1 to 2.3: one request of ours in flight, and each request of the
/// peer's answered once, with the same bytes however often it comes.
///
/// @param next the ID of our next request
/// @param expected the ID of the peer's next request
record Window(MessageId next, Optional<InFlight> flight, MessageId expected, Optional<Replied> replied) {
    static final Window FRESH = new Window(MessageId.ZERO, Optional.empty(), MessageId.ZERO, Optional.empty());

    /// @param datagrams more than one where the message goes in fragments (RFC 7383)
    /// @param tries how often it was sent
    record InFlight(MessageId id, List<Bytes> datagrams, int tries, Instant firstAt, Instant lastAt, Instant resendAt) {
        /// The next round trip may take half as long again.
        private static final int HALVES = 3;

        /// Nothing that a tunnel goes through delays for longer: what took longer was lost meanwhile.
        private static final Duration LONGEST_ROUND_TRIP = Duration.ofSeconds(10);

        /// Until when more answers can come, now that the first one has: a round trip takes no longer than it is since
        /// the first sending, and the last sending began the last one.
        Instant answersUntil(Instant now) {
            if (tries == 1) return now;
            var roundTrip = Duration.between(firstAt, now).multipliedBy(HALVES).dividedBy(2);
            return lastAt.plus(roundTrip.compareTo(LONGEST_ROUND_TRIP) < 0 ? roundTrip : LONGEST_ROUND_TRIP);
        }
    }

    /// @param request the datagram that asks for a repetition: of a request in fragments, the first (RFC 7383 2.6.1)
    /// @param response in one datagram, or in fragments
    record Replied(MessageId id, Bytes request, List<Bytes> response) {}

    Optional<Instant> wakeAt() {
        return flight.map(InFlight::resendAt);
    }

    Window sent(List<Bytes> datagrams, Instant now, Retransmission schedule, double fraction) {
        var resendAt = now.plus(schedule.waitAfter(1, fraction));
        return new Window(
                next.next(), Optional.of(new InFlight(next, datagrams, 1, now, now, resendAt)), expected, replied);
    }

    /// The same request with other bytes: an IKE_SA_INIT that is begun again keeps its message ID (RFC 7296 2.6, 2.7).
    Window replaced(List<Bytes> datagrams, Instant now, Retransmission schedule, double fraction) {
        var id = flight.orElseThrow().id();
        var resendAt = now.plus(schedule.waitAfter(1, fraction));
        return new Window(next, Optional.of(new InFlight(id, datagrams, 1, now, now, resendAt)), expected, replied);
    }

    Window resent(Instant now, Retransmission schedule, double fraction) {
        var before = flight.orElseThrow();
        int tries = before.tries() + 1;
        var resendAt = now.plus(schedule.waitAfter(tries, fraction));
        var flying = new InFlight(before.id(), before.datagrams(), tries, before.firstAt(), now, resendAt);
        return new Window(next, Optional.of(flying), expected, replied);
    }

    /// Once more, beside the schedule.
    Window urged(Instant now) {
        var before = flight.orElseThrow();
        var flying =
                new InFlight(before.id(), before.datagrams(), before.tries(), before.firstAt(), now, before.resendAt());
        return new Window(next, Optional.of(flying), expected, replied);
    }

    Window answered() {
        return new Window(next, Optional.empty(), expected, replied);
    }

    Window replied(Bytes request, List<Bytes> response) {
        return new Window(next, flight, expected.next(), Optional.of(new Replied(expected, request, response)));
    }

    /// Whether this request of the peer's has come, and was answered.
    boolean hasAnswered(MessageId id) {
        return Integer.compareUnsigned(expected.value(), id.value()) > 0;
    }

    boolean awaits(MessageId id) {
        return flight.filter(request -> request.id().equals(id)).isPresent();
    }

    /// The reply to a request that has come before: only to the very same bytes, or a stranger could have it sent
    /// anywhere.
    Optional<List<Bytes>> repeated(Bytes request) {
        return replied.filter(reply -> reply.request().equals(request)).map(Replied::response);
    }
}
