package ikebana.ike;

import ikebana.settings.IkeSettings;
import ikebana.wire.Header;
import ikebana.wire.IkeSpi;
import ikebana.wire.Secret;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Everything that an IKE SA remembers.
///
/// @param spi the one that we chose; it names the SA on this host
/// @param path where our requests go
/// @param tickets how many have been drawn
/// @param since when it came into this phase
/// @param sealed how many messages have been sealed: the IV of the next one, which never comes twice
/// @param spokenAt when we last said something, if a NAT in front of us has to be kept from forgetting us; else empty
/// @param fragments what has come of messages that are not whole yet
/// @param others before and after the IKE SA in use, for moments while it is rekeyed; `window` and `fragments` are of
///     the one in use
public record SaState(
        IkeSpi spi,
        Path path,
        Window window,
        Phase phase,
        Instant since,
        long tickets,
        long sealed,
        Optional<Instant> spokenAt,
        Fragments fragments,
        List<Generation> others) {

    public SaState {
        others = List.copyOf(others);
    }

    /// When to step with [Input.Woke], if nothing else happens first.
    ///
    /// @param settings decides when a quiet peer is asked
    public Optional<Instant> wakeAt(IkeSettings settings) {
        Optional<Instant> ofPhase = switch (phase) {
            case Phase.AwaitIntermediateRequest waiting -> Optional.of(waiting.until());
            case Phase.AwaitAuthRequest waiting -> Optional.of(waiting.until());
            case Phase.Lingering(var _, var _, var until, var inbound, var _) ->
                earliest(Optional.of(until), drained(inbound));
            case Phase.Established established -> wakeAt(established, settings);
            case Phase.Inner _ -> Optional.of(since.plus(settings.innerPatience()));
            case Phase.AwaitInitResponse _,
                    Phase.AwaitIntermediateResponse _,
                    Phase.AwaitAuthResponse _,
                    Phase.Deleting _,
                    Phase.Closed _ -> Optional.empty();
        };
        var soonest = earliest(earliest(ofPhase, window.wakeAt()), keepAliveAt(settings));
        soonest = earliest(soonest, fragments.wakeAt());
        for (var other : others) soonest = earliest(soonest, other.dueAt());
        return soonest;
    }

    /// When a NAT in front of us is to be reminded of us, if nothing is said before (RFC 3948 4).
    Optional<Instant> keepAliveAt(IkeSettings settings) {
        boolean over = switch (phase) {
            case Phase.Deleting _, Phase.Lingering _, Phase.Closed _ -> true;
            case Phase.Inner _,
                    Phase.AwaitInitResponse _,
                    Phase.AwaitIntermediateResponse _,
                    Phase.AwaitIntermediateRequest _,
                    Phase.AwaitAuthResponse _,
                    Phase.AwaitAuthRequest _,
                    Phase.Established _ -> false;
        };
        return over ? Optional.empty() : spokenAt.map(at -> at.plus(settings.natKeepalive()));
    }

    private Optional<Instant> wakeAt(Phase.Established established, IkeSettings settings) {
        boolean idle = window.flight().isEmpty() && next().isEmpty();
        var ofChildren = Optional.<Instant>empty();
        boolean mayAsk = idle
                && established.answering().isEmpty()
                && established.awaited().isEmpty();
        for (var child : established.children()) ofChildren = earliest(ofChildren, child.dueAt(mayAsk));
        var ofPeer = earliest(
                established.answering().map(Phase.Answering::until),
                established.awaited().map(Phase.Awaited::until));
        var ofItself = mayAsk
                ? earliest(established.age().renewAt(), established.bare().map(Phase.Bare::notBefore))
                : Optional.<Instant>empty();
        var ofQuiet = Liveness.wakeAt(this, established, idle, settings);
        return earliest(
                earliest(earliest(ofChildren, ofPeer), earliest(ofQuiet, ofItself)), Demands.wakeAt(established));
    }

    private static Optional<Instant> drained(List<Phase.Draining> inbound) {
        return inbound.stream().map(Phase.Draining::until).min(Instant::compareTo);
    }

    static Optional<Instant> earliest(Optional<Instant> one, Optional<Instant> other) {
        if (one.isEmpty()) return other;
        return other.isPresent() && other.get().isBefore(one.get()) ? other : one;
    }

    SaState in(Phase next) {
        return new SaState(spi, path, window, next, since, tickets, sealed, spokenAt, fragments, others);
    }

    SaState since(Instant now) {
        return new SaState(spi, path, window, phase, now, tickets, sealed, spokenAt, fragments, others);
    }

    SaState on(Path changed) {
        return new SaState(spi, changed, window, phase, since, tickets, sealed, spokenAt, fragments, others);
    }

    SaState with(Window changed) {
        return new SaState(spi, path, changed, phase, since, tickets, sealed, spokenAt, fragments, others);
    }

    SaState with(Fragments changed) {
        return new SaState(spi, path, window, phase, since, tickets, sealed, spokenAt, changed, others);
    }

    /// From now on there is a NAT in front of us, or we have just said something through it.
    SaState spoken(Instant now) {
        return new SaState(spi, path, window, phase, since, tickets, sealed, Optional.of(now), fragments, others);
    }

    /// The peer has made the IKE SA that follows this one.
    Optional<Generation> next() {
        return others.stream().filter(Generation::isNext).findFirst();
    }

    /// The generation, not in use, that a message is for.
    Optional<Generation> other(Header header) {
        return others.stream().filter(other -> other.isMeantBy(header)).findFirst();
    }

    SaState with(List<Generation> changed) {
        return new SaState(spi, path, window, phase, since, tickets, sealed, spokenAt, fragments, changed);
    }

    SaState plus(Generation other) {
        return with(Stream.concat(others.stream(), Stream.of(other)).toList());
    }

    SaState minus(Generation gone) {
        return with(
                others.stream().filter(other -> !other.spi().equals(gone.spi())).toList());
    }

    /// The generation of the same SPI, changed.
    SaState replace(Generation changed) {
        return with(others.stream()
                .map(other -> other.spi().equals(changed.spi()) ? changed : other)
                .toList());
    }

    /// Our name for the generation in use, or for the one that was when it ended.
    IkeSpi spiInUse() {
        return switch (phase) {
            case Phase.Established established ->
                established.agreed().negotiated().ourSpi();
            case Phase.Deleting deleting -> deleting.negotiated().ourSpi();
            case Phase.Lingering lingering -> lingering.spi();
            default -> spi; // it has not been rekeyed, or nobody asks any more
        };
    }

    /// What nobody needs any more when a wish, ours or the peer's, has come to its end.
    List<Secret> passing() {
        var ours = phase instanceof Phase.Established established
                        && established.asked().orElse(null) instanceof Phase.Creation creation
                ? creation.fresh()
                : renewal().map(Phase.Renewal::fresh);
        var halves = phase instanceof Phase.Established standing
                ? Stream.of(
                        standing.awaited().map(Phase.Awaited::half),
                        standing.asked()
                                .filter(Phase.Creation.class::isInstance)
                                .flatMap(it -> ((Phase.Creation) it).half()),
                        renewal().flatMap(Phase.Renewal::half))
                : Stream.of(renewal().flatMap(Phase.Renewal::half));
        return Stream.concat(
                        ours.stream().map(fresh -> fresh.pair().privateValue()),
                        halves.flatMap(half -> half.flatMap(HalfMade::first).stream()))
                .toList();
    }

    /// Our wish for a successor of the IKE SA, while its answer is still to come.
    Optional<Phase.Renewal> renewal() {
        return switch (phase) {
            case Phase.Established established ->
                established.asked().filter(Phase.Renewal.class::isInstance).map(Phase.Renewal.class::cast);
            case Phase.Deleting deleting -> deleting.unfinished().map(Phase.Unfinished::asked);
            default -> Optional.empty();
        };
    }

    /// The SPIs, besides [#spi], that a message for this SA may have.
    Set<IkeSpi> furtherSpis() {
        if (others.isEmpty() && renewal().isEmpty() && spiInUse().equals(spi)) return Set.of();
        var spis = others.stream().map(Generation::spi).collect(Collectors.toCollection(LinkedHashSet::new));
        spis.add(spiInUse());
        renewal().ifPresent(asked -> spis.add(asked.spi()));
        spis.remove(spi);
        return spis;
    }

    Ticket ticket() {
        return new Ticket(tickets);
    }

    SaState drawn() {
        return new SaState(spi, path, window, phase, since, tickets + 1, sealed, spokenAt, fragments, others);
    }

    SaState sealed(int more) {
        return new SaState(spi, path, window, phase, since, tickets, sealed + more, spokenAt, fragments, others);
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
