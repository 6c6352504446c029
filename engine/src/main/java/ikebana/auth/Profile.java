package ikebana.auth;

import ikebana.kernel.Flow;
import ikebana.kernel.GreKey;
import ikebana.kernel.Lifetime;
import ikebana.negotiation.EspProposal;
import ikebana.negotiation.IkeProposal;
import ikebana.wire.Bytes;
import ikebana.wire.IpAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// What an operator says once about all peers of one DMVPN: which packets, which algorithms, who may come.
///
/// @param greKeys the GRE keys of the trap policies; empty is every key, and none
/// @param reqid what ties the trap policies to the ESP states; no two profiles share one. Where each key
///     has a child of its own, the first of so many numbers as there are keys
/// @param guard whether the rest of GRE on our addresses is blocked
/// @param localIdentity who we say we are; empty is the tunnel's own address
/// @param remoteIdentities who may be the peer, any of them
/// @param sharedIdentity whether several peers say the same name: one behind the same NAT does not replace another
/// @param ikeProposals and `espProposals`: the dearest first
/// @param lifetime of outbound ESP states; inbound hard limits are a tenth higher
/// @param ikeLifetime of IKE SAs
/// @param replayWindow of inbound ESP states, in packets
/// @param authorities whose certificates we ask for, each the SHA-1 of its public key (RFC 7296 3.7); empty where
///     both ends have pre-shared keys, and none of them where they have raw keys
/// @param uniqueness of an identity that dials us from several addresses
/// @param ppk a post-quantum key that goes into the keys beside the key exchange; empty where there is none
/// @param inactivity a tunnel that nobody has ordered ends when nothing has passed, either way, for so long
/// @param children how the packets of an endpoint are shared among ESP SAs
public record Profile(
        String name,
        LocalAddresses local,
        List<GreKey> greKeys,
        int reqid,
        Guard guard,
        Optional<Identity> localIdentity,
        List<IdentityPattern> remoteIdentities,
        boolean sharedIdentity,
        List<IkeProposal> ikeProposals,
        List<EspProposal> espProposals,
        Lifetime lifetime,
        IkeLifetime ikeLifetime,
        int replayWindow,
        Optional<List<Bytes>> authorities,
        Uniqueness uniqueness,
        Optional<Duration> inactivity,
        Optional<Ppk> ppk,
        ChildRules children) {

    public Profile {
        greKeys = List.copyOf(greKeys);
        remoteIdentities = List.copyOf(remoteIdentities);
        ikeProposals = List.copyOf(ikeProposals);
        espProposals = List.copyOf(espProposals);
        authorities = authorities.map(List::copyOf);
    }

    /// With pre-shared keys, IKE SAs that do not age, tunnels that may stand for nothing, and names
    /// that are not compared.
    public Profile(
            String name,
            LocalAddresses local,
            List<GreKey> greKeys,
            int reqid,
            Guard guard,
            Optional<Identity> localIdentity,
            List<IdentityPattern> remoteIdentities,
            boolean sharedIdentity,
            List<IkeProposal> ikeProposals,
            List<EspProposal> espProposals,
            Lifetime lifetime,
            int replayWindow) {
        this(
                name,
                local,
                greKeys,
                reqid,
                guard,
                localIdentity,
                remoteIdentities,
                sharedIdentity,
                ikeProposals,
                espProposals,
                lifetime,
                IkeLifetime.NEVER,
                replayWindow,
                Optional.empty(),
                Uniqueness.NEVER,
                Optional.empty(),
                Optional.empty(),
                ChildRules.ONE_FOR_ALL);
    }

    /// What has an ESP SA of its own: each key, or all that the profile is about.
    public List<Flow> flows() {
        if (!children.perSelector() || greKeys.isEmpty()) return List.of(new Flow(Optional.empty(), reqid));
        return IntStream.range(0, greKeys.size())
                .mapToObj(index -> new Flow(Optional.of(greKeys.get(index)), reqid + index))
                .toList();
    }

    /// The one whose policies have this reqid.
    public Optional<Flow> flow(int number) {
        return flows().stream().filter(flow -> flow.reqid() == number).findFirst();
    }

    /// Whether both ends sign, with certificates or with raw keys.
    public boolean signs() {
        return authorities.isPresent();
    }

    public boolean usesCertificates() {
        return authorities.filter(list -> !list.isEmpty()).isPresent();
    }

    /// RFC 7670.
    public boolean usesRawKeys() {
        return authorities.filter(List::isEmpty).isPresent();
    }

    /// Which addresses of ours a profile is about.
    public sealed interface LocalAddresses {
        boolean contains(IpAddress address);
    }

    /// Every address of ours; traps transit GRE too.
    public record Any() implements LocalAddresses {
        @Override
        public boolean contains(IpAddress address) {
            return true;
        }
    }

    public record Listed(List<IpAddress> addresses) implements LocalAddresses {
        public Listed {
            addresses = List.copyOf(addresses);
        }

        @Override
        public boolean contains(IpAddress address) {
            return addresses.contains(address);
        }
    }

    public enum Guard {
        /// A policy of lower priority blocks the rest of protocol 47 on the profile's own addresses.
        BLOCK,
        OFF
    }

    /// Who we say we are when the tunnel's own end is `local`.
    public Identity identityAt(IpAddress local) {
        return localIdentity.orElseGet(() -> Identity.of(local));
    }

    public boolean accepts(Identity remote) {
        return remoteIdentities.stream().anyMatch(pattern -> pattern.matches(remote));
    }
}
