package ikebana.ike;

import ikebana.auth.Endpoint;
import ikebana.auth.Profile;
import ikebana.crypto.ChildKeys;
import ikebana.crypto.EspSuite;
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
import ikebana.wire.Bytes;
import ikebana.wire.NotifyType;
import ikebana.wire.Secret;
import ikebana.wire.Spi;
import ikebana.wire.UdpAddress;
import java.time.Duration;
import java.util.Optional;

/// Makes ESP states out of what was agreed.
final class Children {
    private Children() {}

    /// Where the keys of a pair come from.
    ///
    /// @param fresh the result of the exchange's own key exchange, if it had one
    /// @param further the result of a second one, if there was one
    /// @param initiator whether we began the exchange that makes the pair
    record Source(
            Negotiated negotiated,
            Optional<Secret> fresh,
            Bytes nonceI,
            Bytes nonceR,
            Optional<Secret> further,
            boolean initiator) {
        /// Without a second key exchange, as far as is known.
        Source(Negotiated negotiated, Optional<Secret> fresh, Bytes nonceI, Bytes nonceR, boolean initiator) {
            this(negotiated, fresh, nonceI, nonceR, Optional.empty(), initiator);
        }

        Source with(Secret second) {
            return new Source(negotiated, fresh, nonceI, nonceR, Optional.of(second), initiator);
        }

        /// IKE_AUTH uses the nonces of IKE_SA_INIT.
        static Source ofFirst(Negotiated negotiated) {
            return new Source(
                    negotiated, Optional.empty(), negotiated.nonceI(), negotiated.nonceR(), negotiated.initiator());
        }

        /// For the rule of RFC 7296 2.8.1 between successors that both ends have made at once.
        Bytes lowestNonce() {
            return nonceI.compareTo(nonceR) <= 0 ? nonceI : nonceR;
        }

        ChildKeys keys(EspSuite suite) {
            return ChildKeys.derive(
                    negotiated.keys().suite().prf(), negotiated.keys().d(), fresh, nonceI, nonceR, further, suite);
        }
    }

    /// A pair with keys of RFC 7296 2.17.
    ///
    /// @param reqid of the policies whose packets it carries
    /// @param path where its packets go, if there is a NAT to go through
    /// @param inbound the SPI that we chose
    /// @param fraction drawn from 0 up to, and without, 1: how much earlier than the profile says it grows old
    static Child make(
            Source source,
            Profile profile,
            int reqid,
            Endpoint endpoint,
            Path path,
            Spi inbound,
            ChosenEsp chosen,
            int acquireSequence,
            double fraction) {
        var keys = source.keys(chosen.suite());
        boolean initiator = source.initiator();
        // tight: the only thing that ties a decrypted packet to this peer, or a member could send under another's
        // address; the kernel does not compare GRE keys here
        var selector = new Selector(
                Prefix.host(endpoint.remote()), Prefix.host(endpoint.local()), Selector.GRE, Optional.empty());
        var in = new State(
                new StateId(inbound, endpoint.local()),
                endpoint.remote(),
                Direction.IN,
                reqid,
                selector,
                chosen.suite(),
                initiator ? keys.responderEncryption() : keys.initiatorEncryption(),
                initiator ? keys.responderIntegrity() : keys.initiatorIntegrity(),
                encapsulation(source.negotiated().nat(), path.remote(), path.local()),
                0,
                profile.replayWindow(),
                inboundLifetime(profile.lifetime()));
        var out = new State(
                new StateId(chosen.theirs(), endpoint.remote()),
                endpoint.local(),
                Direction.OUT,
                reqid,
                selector.reversed(),
                chosen.suite(),
                initiator ? keys.initiatorEncryption() : keys.responderEncryption(),
                initiator ? keys.initiatorIntegrity() : keys.responderIntegrity(),
                encapsulation(source.negotiated().nat(), path.local(), path.remote()),
                acquireSequence,
                0,
                jittered(profile.lifetime(), fraction));
        return new Child(in, out);
    }

    /// Of ESP through a NAT (RFC 3948). The addresses are those that this end sees, RFC 7296 2.23.1: behind the
    /// NAT the host's own, in front of it the NAT's.
    private static Optional<UdpEncapsulation> encapsulation(Nat nat, UdpAddress from, UdpAddress to) {
        return nat.isBetween() ? Optional.of(new UdpEncapsulation(from.port(), to.port())) : Optional.empty();
    }

    /// Soft limits are up to a tenth lower, or a hub that has come back would renew all its tunnels at once for
    /// ever, and both ends of each at the same moment.
    static Lifetime jittered(Lifetime full, double fraction) {
        double part = 1 - fraction / 10;
        return new Lifetime(
                full.softTime().map(time -> Duration.ofSeconds(Math.max(1, (long) (time.toSeconds() * part)))),
                full.hardTime(),
                full.softBytes().map(bytes -> (long) (bytes * part)),
                full.hardBytes(),
                full.softPackets().map(packets -> Math.max(1, (long) (packets * part))),
                full.hardPackets());
    }

    /// Soft limits belong to the outbound state, and hard ones are a tenth higher: the sender stops first. The
    /// soft limit of time, at which all is too late, is for Linux: a state without ends at once when the time of
    /// day is set forward (`xfrm_timer_handler` of net/xfrm/xfrm_state.c), as it is where a machine without a
    /// clock of its own finds a server.
    private static Lifetime inboundLifetime(Lifetime outbound) {
        return new Lifetime(
                outbound.hardTime(),
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
                && suite.additional()
                        .map(proposal.additional()::contains)
                        .orElse(proposal.additional().isEmpty())
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
