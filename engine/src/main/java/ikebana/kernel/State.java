package ikebana.kernel;

import ikebana.crypto.EspSuite;
import ikebana.wire.IpAddress;
import ikebana.wire.Secret;
import java.util.Optional;

/// One entry of the kernel's SA database (SAD): an ESP SA in transport mode, in one direction.
///
/// @param selector what may come out of it; for an inbound state the only thing that binds a packet to its peer
/// @param encryptionKey with the salt behind it for AEAD algorithms, as RFC 4106 and RFC 7634 lay it out
/// @param integrityKey empty for AEAD algorithms
/// @param acquireSequence the `seq` of the acquire that this outbound state answers, which removes its larval; 0 is
/// none
/// @param replayWindow in packets; 0 for outbound states
public record State(
        StateId id,
        IpAddress source,
        Direction direction,
        int reqid,
        Selector selector,
        EspSuite suite,
        Secret encryptionKey,
        Secret integrityKey,
        Optional<UdpEncapsulation> encapsulation,
        int acquireSequence,
        int replayWindow,
        Lifetime lifetime) {

    /// The same, wrapped in UDP with other ports.
    public State between(UdpEncapsulation ports) {
        return new State(
                id,
                source,
                direction,
                reqid,
                selector,
                suite,
                encryptionKey,
                integrityKey,
                Optional.of(ports),
                acquireSequence,
                replayWindow,
                lifetime);
    }
}
