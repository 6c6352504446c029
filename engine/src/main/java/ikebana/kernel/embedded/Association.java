package ikebana.kernel.embedded;

import ikebana.crypto.EspCipher;
import ikebana.kernel.Lifetime;
import ikebana.kernel.Reply;
import ikebana.kernel.State;
import ikebana.kernel.UdpEncapsulation;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;

/// An ESP state and what became of it since it was installed.
///
/// @param order in which states and larvals came: the larger is the newer
/// @param bytes and `packets` that it carried, without IP and ESP headers
/// @param sent the last sequence number used
/// @param dying its listener was told that it is old
record Association(
        State state,
        EspCipher cipher,
        long order,
        Instant addedAt,
        long bytes,
        long packets,
        long sent,
        ReplayWindow window,
        boolean dying) {

    static Association of(State state, EspCipher cipher, long order, Instant now) {
        return new Association(state, cipher, order, now, 0, 0, 0, ReplayWindow.of(state.replayWindow()), false);
    }

    /// When time makes it old, or ends it.
    Optional<Instant> alarmAt() {
        Stream<Duration> limits = Stream.of(
                        dying ? Optional.<Duration>empty() : lifetime().softTime(),
                        lifetime().hardTime())
                .flatMap(Optional::stream);
        return limits.min(Duration::compareTo).map(addedAt::plus);
    }

    boolean isOver(Instant now) {
        return lifetime()
                .hardTime()
                .filter(limit -> !now.isBefore(addedAt.plus(limit)))
                .isPresent();
    }

    /// It has carried what it may: checked before each packet, as `xfrm_state_check_expire` does.
    boolean isSpent() {
        return reached(lifetime().hardBytes(), bytes) || reached(lifetime().hardPackets(), packets);
    }

    boolean isAgeing() {
        return !dying
                && (reached(lifetime().softBytes(), bytes) || reached(lifetime().softPackets(), packets));
    }

    private static boolean reached(Optional<Long> limit, long count) {
        return limit.filter(most -> count >= most).isPresent();
    }

    boolean extended() {
        return state.suite().extendedSequenceNumbers();
    }

    /// Whether every sequence number is used (RFC 4303 3.3.3: they never cycle).
    boolean isExhausted() {
        return sent == (extended() ? -1L : 0xffff_ffffL);
    }

    Association aged() {
        return new Association(state, cipher, order, addedAt, bytes, packets, sent, window, true);
    }

    Association between(UdpEncapsulation ports) {
        return new Association(state.between(ports), cipher, order, addedAt, bytes, packets, sent, window, dying);
    }

    Association afterSending(long length) {
        return new Association(state, cipher, order, addedAt, bytes + length, packets + 1, sent + 1, window, dying);
    }

    Association afterReceiving(long sequence, long length) {
        return new Association(
                state, cipher, order, addedAt, bytes + length, packets + 1, sent, window.with(sequence), dying);
    }

    Reply.Seen seen() {
        return new Reply.Mature(state.id(), state.source(), state.reqid(), bytes, packets);
    }

    private Lifetime lifetime() {
        return state.lifetime();
    }
}
