package ikebana.ike;

import ikebana.settings.IkeSettings;
import ikebana.wire.IkeSpi;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;

/// Everything that an IKE SA remembers.
///
/// @param spi the one that we chose; it names the SA on this host
/// @param path where our requests go
/// @param tickets how many have been drawn
/// @param sealed how many messages have been sealed: the IV of the next one, which never comes twice
public record SaState(IkeSpi spi, Path path, Window window, Phase phase, long tickets, long sealed) {

    /// When to step with [Input.Woke], if nothing else happens first.
    ///
    /// @param settings decides when a quiet peer is asked
    public Optional<Instant> wakeAt(IkeSettings settings) {
        Optional<Instant> ofPhase = switch (phase) {
            case Phase.AwaitAuthRequest waiting -> Optional.of(waiting.until());
            case Phase.Lingering lingering -> Optional.of(lingering.until());
            case Phase.Established established ->
                window.flight().isPresent()
                        ? Optional.<Instant>empty()
                        : Optional.of(established.heardAt().plus(settings.livenessAfter()));
            case Phase.AwaitInitResponse _,
                    Phase.AwaitClearance _,
                    Phase.AwaitOurAuth _,
                    Phase.AwaitAuthResponse _,
                    Phase.AwaitResponderProof _,
                    Phase.AwaitInitiatorProof _,
                    Phase.AwaitResponderAuth _,
                    Phase.AwaitAdmission _,
                    Phase.AwaitInbound _,
                    Phase.AwaitOutbound _,
                    Phase.Deleting _,
                    Phase.Closed _ -> Optional.empty();
        };
        return Stream.of(ofPhase, window.wakeAt()).flatMap(Optional::stream).min(Instant::compareTo);
    }

    SaState in(Phase next) {
        return new SaState(spi, path, window, next, tickets, sealed);
    }

    SaState with(Window changed) {
        return new SaState(spi, path, changed, phase, tickets, sealed);
    }

    SaState on(Path changed) {
        return new SaState(spi, changed, window, phase, tickets, sealed);
    }

    Ticket ticket() {
        return new Ticket(tickets);
    }

    SaState drawn() {
        return new SaState(spi, path, window, phase, tickets + 1, sealed);
    }

    SaState sealedOne() {
        return new SaState(spi, path, window, phase, tickets, sealed + 1);
    }

    boolean isClosed() {
        return phase instanceof Phase.Closed;
    }

    /// A word for a person.
    @Override
    public String toString() {
        return "%s %s".formatted(spi, phase.getClass().getSimpleName());
    }
}
