package ikebana.ike;

import ikebana.auth.Profile;
import ikebana.kernel.Flow;
import ikebana.negotiation.GreSelectors;
import ikebana.wire.IpAddress;
import ikebana.wire.Message;
import ikebana.wire.Payload;
import ikebana.wire.TrafficSelectors;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What a responder takes of a peer's traffic selectors (RFC 7296 2.9), and which of the profile's packets
/// that are.
///
/// @param selectors by their roles in this exchange
record Narrowed(GreSelectors selectors, Flow flow) {

    /// @param served the reqids of the flows that have a child already: of a wide offer the first of the
    ///     others is taken
    static Optional<Narrowed> of(
            Profile profile,
            TrafficSelectors ofInitiator,
            TrafficSelectors ofResponder,
            IpAddress initiator,
            IpAddress responder,
            Set<Integer> served) {
        var flows = profile.flows();
        if (!profile.children().perSelector()) {
            return GreSelectors.narrow(ofInitiator, ofResponder, initiator, responder, profile.greKeys())
                    .map(selectors -> new Narrowed(selectors, flows.getFirst()));
        }
        return named(flows, ofInitiator, ofResponder, initiator, responder)
                .or(() -> flows.stream()
                        .filter(flow -> !served.contains(flow.reqid()))
                        .findFirst()
                        .or(() -> Optional.of(flows.getFirst()))
                        .filter(_ -> GreSelectors.areWide(ofInitiator, ofResponder, initiator, responder)))
                .map(flow -> new Narrowed(GreSelectors.between(initiator, responder, flow.key()), flow));
    }

    /// A peer may say its packet first, and behind it all that it would take.
    private static Optional<Flow> named(
            List<Flow> flows,
            TrafficSelectors ofInitiator,
            TrafficSelectors ofResponder,
            IpAddress initiator,
            IpAddress responder) {
        return flows.stream()
                .filter(flow -> flow.key()
                        .filter(key -> GreSelectors.name(key, ofInitiator, ofResponder, initiator, responder))
                        .isPresent())
                .findFirst();
    }

    /// @param natted whether that end is behind a NAT: it calls itself by an address that the other end never sees
    /// @param as what this end calls it
    static Optional<TrafficSelectors> selectors(
            List<Payload> payloads, boolean ofInitiator, boolean natted, IpAddress as) {
        return Message.all(payloads, TrafficSelectors.class)
                .filter(payload -> payload.ofInitiator() == ofInitiator)
                .findFirst()
                .map(payload -> natted ? GreSelectors.substituted(payload, as) : payload);
    }
}
