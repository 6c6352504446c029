package ikebana.ike;

import ikebana.wire.Header;
import ikebana.wire.IkeSpi;
import java.time.Instant;
import java.util.Optional;

/// One of the IKE SAs, in the sense of RFC 7296, that an [IkeSa] is in the course of its life: each has SPIs, keys and
/// a window of its own. The one in use is [SaState] itself; this is one that is about to be, or was, or will never be.
record Generation(Negotiated negotiated, Window window, Stage stage) {

    /// What is to become of it.
    sealed interface Stage {}

    /// Made by the peer (RFC 7296 2.8). It is in use as soon as the peer is known to have it, too: when it speaks
    /// there, or deletes its predecessor.
    ///
    /// @param until it is used then in any case
    record Next(Instant until) implements Stage {}

    /// Ours to delete: our DELETE is under way.
    record Leaving() implements Stage {}

    /// The peer's to delete, or deleted: it is only answered.
    record Left(Instant until) implements Stage {}

    Generation with(Window changed) {
        return new Generation(negotiated, changed, stage);
    }

    Generation with(Stage changed) {
        return new Generation(negotiated, window, changed);
    }

    boolean isNext() {
        return stage instanceof Next;
    }

    boolean isLeaving() {
        return stage instanceof Leaving;
    }

    boolean isLeft() {
        return stage instanceof Left;
    }

    boolean isMeantBy(Header header) {
        return header.initiator().equals(negotiated.spiI())
                && header.responder().equals(negotiated.spiR());
    }

    /// Our own name for it.
    IkeSpi spi() {
        return negotiated.ourSpi();
    }

    /// When something is to be done about it, if nothing else happens first.
    Optional<Instant> dueAt() {
        var ofStage = switch (stage) {
            case Next(var until) -> Optional.of(until);
            case Left(var until) -> Optional.of(until);
            case Leaving _ -> Optional.<Instant>empty();
        };
        return SaState.earliest(ofStage, window.wakeAt());
    }
}
