package ikebana.ike;

import ikebana.auth.Identity;
import ikebana.control.Tunnel.IkeSaView;
import ikebana.kernel.StateId;
import ikebana.wire.Bytes;
import ikebana.wire.IkeSpi;
import ikebana.wire.UdpAddress;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;

/// An IKE SA that has passed the gate.
///
/// @param natPort that of now
/// @param stood the count, as in [Newcomer#began], when both ends had it for good: without a child (RFC 6023)
///     that is at the gate, else when it began to carry traffic
/// @param carrying empty when it does not yet
/// @param confirmed whether the peer is known to have established it, too
/// @param validity of what both ends have proven; from when it stood
/// @param closeAt when its patience with the peer's verdict ends
/// @param told whether it has been told to end, and why
record Standing(
        Newcomer newcomer,
        Optional<Integer> natPort,
        Installed installed,
        Optional<Long> stood,
        Optional<Carrying> carrying,
        boolean confirmed,
        Validity validity,
        Optional<Instant> closeAt,
        Told told) {

    /// Whether an IKE SA is to end.
    enum Told {
        NOTHING,
        /// It is of no use: the peer or our kernel has lost it, or another has taken its place.
        USELESS,
        /// Nobody wants it: that is no failure.
        TAKEN_DOWN
    }

    /// What an IKE SA brings to the gate. Nothing of it changes.
    ///
    /// @param contact whether we have said INITIAL_CONTACT on it: a peer may have dropped whatever else it had
    /// @param began see [Ledger.Known]
    record Newcomer(IkeSpi spi, Effect.AskAdmission asked, boolean contact, long began) {}

    /// From when it carries traffic.
    ///
    /// @param place the count, as in [Newcomer#began], of the moment `at`
    record Carrying(long place, Instant at, IkeSaView view) {
        Carrying with(IkeSaView seen) {
            return new Carrying(place, at, seen);
        }
    }

    /// What it has in the kernel.
    ///
    /// @param since when that has changed
    record Installed(List<StateId> states, Instant since) {}

    /// @param place draws the next count
    static Standing of(Newcomer newcomer, Instant now, LongSupplier place) {
        return new Standing(
                newcomer,
                newcomer.asked().natPort(),
                new Installed(newcomer.asked().states(), now),
                newcomer.asked().states().isEmpty() ? Optional.of(place.getAsLong()) : Optional.empty(),
                Optional.empty(),
                newcomer.asked().initiator(), // whoever has answered us has established it
                Validity.FOR_EVER,
                Optional.empty(),
                Told.NOTHING);
    }

    IkeSpi spi() {
        return newcomer.spi();
    }

    Identity peer() {
        return newcomer.asked().peer();
    }

    boolean initiator() {
        return newcomer.asked().initiator();
    }

    boolean kin() {
        return newcomer.asked().kin();
    }

    boolean contact() {
        return newcomer.contact();
    }

    Bytes lowestNonce() {
        return newcomer.asked().lowestNonce();
    }

    List<StateId> states() {
        return installed.states();
    }

    boolean isUp() {
        return carrying.isPresent();
    }

    Optional<IkeSaView> view() {
        return carrying.map(Carrying::view);
    }

    /// Whether the two were made at once, one by each end: this one had begun before the other stood.
    boolean crosses(Standing other) {
        return initiator() != other.initiator()
                && other.stood().map(came -> newcomer.began() < came).orElse(true);
    }

    /// @param known whether the peer is known to have established it
    Standing carries(long place, Instant now, IkeSaView seen, boolean known, Validity proof) {
        var since = Optional.of(new Carrying(place, now, seen));
        var first = stood.or(() -> Optional.of(place));
        return new Standing(newcomer, natPort, installed, first, since, confirmed || known, proof, closeAt, told);
    }

    Standing knownToPeer() {
        return new Standing(newcomer, natPort, installed, stood, carrying, true, validity, closeAt, told);
    }

    Standing with(Validity changed) {
        return new Standing(newcomer, natPort, installed, stood, carrying, confirmed, changed, closeAt, told);
    }

    Standing closingAt(Optional<Instant> at) {
        return new Standing(newcomer, natPort, installed, stood, carrying, confirmed, validity, at, told);
    }

    Standing toldToClose(Told why) {
        return new Standing(newcomer, natPort, installed, stood, carrying, confirmed, validity, Optional.empty(), why);
    }

    Standing changed(Installed states, IkeSaView seen) {
        var shown = carrying.map(it -> it.with(seen));
        return new Standing(newcomer, natPort, states, stood, shown, confirmed, validity, closeAt, told);
    }

    /// A NAT has given its peer another port.
    Standing movedTo(UdpAddress remote) {
        var port = Optional.of(remote.port());
        var shown = carrying.map(it -> it.with(it.view().to(remote)));
        return new Standing(newcomer, port, installed, stood, shown, confirmed, validity, closeAt, told);
    }

    /// Whether a dial of ours would get to its peer: not if only the peer can open the NAT in front of it.
    boolean isReachable() {
        return initiator() || natPort.isEmpty();
    }

    boolean closing() {
        return told != Told.NOTHING;
    }

    /// Whether it has never had anything in the kernel.
    boolean hasNothing() {
        return carrying.isEmpty() && installed.states().isEmpty();
    }

    boolean has(StateId id) {
        return installed.states().contains(id);
    }

    /// When it is to end, if nothing else happens first.
    Optional<Instant> dueAt() {
        return closing() ? Optional.empty() : SaState.earliest(closeAt, validity.until());
    }
}
