package ikebana.control;

import ikebana.auth.Endpoint;
import ikebana.auth.Identity;
import ikebana.wire.Bytes;
import ikebana.wire.IkeSpi;
import ikebana.wire.Spi;
import ikebana.wire.UdpAddress;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// One endpoint as people see it.
///
/// @param since when it came into this phase
/// @param trouble the last sentence about it that an operator should read
public record Tunnel(Endpoint endpoint, Phase phase, Instant since, List<IkeSaView> ikeSas, Optional<String> trouble) {
    public Tunnel {
        ikeSas = List.copyOf(ikeSas);
    }

    public enum Phase {
        /// An IKE SA is being made.
        CONNECTING,
        UP,
        /// The last IKE SA has gone; hooks are being told.
        GOING,
        /// States of a former run still carry traffic.
        ORPHAN,
        DOWN
    }

    /// @param initiator whether we began it
    /// @param remote where its messages go
    /// @param remoteCertificate with which the peer has proven itself, if it was with one; X.509 in DER
    public record IkeSaView(
            IkeSpi initiatorSpi,
            IkeSpi responderSpi,
            boolean initiator,
            UdpAddress local,
            UdpAddress remote,
            Optional<Identity> localIdentity,
            Optional<Identity> remoteIdentity,
            Optional<Bytes> remoteCertificate,
            Optional<String> suite,
            List<ChildView> children) {
        public IkeSaView {
            children = List.copyOf(children);
        }

        /// The same, with its messages going elsewhere.
        public IkeSaView to(UdpAddress other) {
            return new IkeSaView(
                    initiatorSpi,
                    responderSpi,
                    initiator,
                    local,
                    other,
                    localIdentity,
                    remoteIdentity,
                    remoteCertificate,
                    suite,
                    children);
        }
    }

    public record ChildView(Spi inbound, Spi outbound, int reqid, String suite) {}
}
