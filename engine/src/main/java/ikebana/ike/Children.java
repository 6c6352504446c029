package ikebana.ike;

import ikebana.auth.Endpoint;
import ikebana.auth.Profile;
import ikebana.crypto.ChildKeys;
import ikebana.crypto.IkeSuite;
import ikebana.kernel.Direction;
import ikebana.kernel.Lifetime;
import ikebana.kernel.Prefix;
import ikebana.kernel.Selector;
import ikebana.kernel.State;
import ikebana.kernel.StateId;
import ikebana.kernel.UdpEncapsulation;
import ikebana.negotiation.IkeProposal;
import ikebana.negotiation.Refusal;
import ikebana.negotiation.Selection.ChosenEsp;
import ikebana.wire.NotifyType;
import ikebana.wire.Spi;
import ikebana.wire.UdpAddress;
import java.time.Duration;
import java.util.Optional;

/// Makes ESP states out of what was agreed.
final class Children {
    private Children() {}

    /// The pair that IKE_AUTH makes, with keys of RFC 7296 2.17.
    ///
    /// @param path where its packets go, if there is a NAT to go through
    /// @param inbound the SPI that we chose
    static Child make(
            Negotiated negotiated,
            Profile profile,
            Endpoint endpoint,
            Path path,
            Spi inbound,
            ChosenEsp chosen,
            int acquireSequence) {
        var keys = ChildKeys.derive(
                negotiated.keys().suite().prf(),
                negotiated.keys().d(),
                Optional.empty(),
                negotiated.nonceI(),
                negotiated.nonceR(),
                chosen.suite());
        boolean initiator = negotiated.initiator();
        // tight: the only thing that ties a decrypted packet to this peer, or a member could send under another's
        // address; the kernel does not compare GRE keys here
        var selector = new Selector(
                Prefix.host(endpoint.remote()), Prefix.host(endpoint.local()), Selector.GRE, Optional.empty());
        var in = new State(
                new StateId(inbound, endpoint.local()),
                endpoint.remote(),
                Direction.IN,
                profile.reqid(),
                selector,
                chosen.suite(),
                initiator ? keys.responderEncryption() : keys.initiatorEncryption(),
                initiator ? keys.responderIntegrity() : keys.initiatorIntegrity(),
                encapsulation(negotiated.nat(), path.remote(), path.local()),
                0,
                profile.replayWindow(),
                inboundLifetime(profile.lifetime()));
        var out = new State(
                new StateId(chosen.theirs(), endpoint.remote()),
                endpoint.local(),
                Direction.OUT,
                profile.reqid(),
                selector.reversed(),
                chosen.suite(),
                initiator ? keys.initiatorEncryption() : keys.responderEncryption(),
                initiator ? keys.initiatorIntegrity() : keys.responderIntegrity(),
                encapsulation(negotiated.nat(), path.local(), path.remote()),
                acquireSequence,
                0,
                profile.lifetime());
        return new Child(in, out);
    }

    /// Of ESP through a NAT (RFC 3948). The addresses are those that this end sees, RFC 7296 2.23.1: behind the NAT the
    /// host's own, in front of it the NAT's.
    private static Optional<UdpEncapsulation> encapsulation(Nat nat, UdpAddress from, UdpAddress to) {
        return nat.isBetween() ? Optional.of(new UdpEncapsulation(from.port(), to.port())) : Optional.empty();
    }

    /// No soft limits, which belong to the outbound state alone, and hard ones a tenth higher: the sender stops first.
    private static Lifetime inboundLifetime(Lifetime outbound) {
        return new Lifetime(
                Optional.empty(),
                outbound.hardTime().map(time -> time.plus(Duration.ofSeconds(time.toSeconds() / 10))),
                Optional.empty(),
                outbound.hardBytes().map(bytes -> bytes + bytes / 10),
                Optional.empty(),
                outbound.hardPackets().map(packets -> packets + packets / 10));
    }

    static boolean allows(IkeProposal proposal, IkeSuite suite) {
        return proposal.encryptions().contains(suite.encryption())
                && proposal.prfs().contains(suite.prf())
                && proposal.keyExchanges().contains(suite.keyExchange())
                && suite.integrity().map(proposal.integrities()::contains).orElse(true);
    }

    /// RFC 7296 2.21.2, 3.10.1
    static NotifyType notify(Refusal refusal) {
        return switch (refusal) {
            case Refusal.NoProposalChosen _, Refusal.NotTransportMode _ -> NotifyType.NO_PROPOSAL_CHOSEN;
            case Refusal.TrafficSelectorsUnacceptable _ -> NotifyType.TS_UNACCEPTABLE;
            case Refusal.NotOnNatPort _, Refusal.ByPeer _ -> NotifyType.NO_ADDITIONAL_SAS;
            case Refusal.InvalidSyntax _ -> NotifyType.INVALID_SYNTAX;
            case Refusal.UnsupportedCriticalPayload _ -> NotifyType.UNSUPPORTED_CRITICAL_PAYLOAD;
        };
    }
}
