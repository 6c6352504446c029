package ikebana.control;

import ikebana.auth.Endpoint;
import ikebana.auth.Identity;
import ikebana.wire.Bytes;
import java.time.Instant;
import java.util.Optional;

/// What happened to a tunnel, for hooks, streams and logs. Of one endpoint `up` and `gone` alternate, strictly.
public sealed interface Event {
    Endpoint endpoint();

    Instant at();

    /// The first IKE SA of the endpoint is established and its child carries traffic.
    ///
    /// @param remoteCertificate with which the peer has proven itself, if it was with one; X.509 in DER
    record Up(
            Endpoint endpoint,
            Instant at,
            Identity localIdentity,
            Identity remoteIdentity,
            Optional<Bytes> remoteCertificate)
            implements Event {}

    /// The last IKE SA of the endpoint has gone, and nothing leaves through it any more. No successor before the
    /// hooks are done.
    record Gone(Endpoint endpoint, Instant at, Optional<Identity> remoteIdentity, String why) implements Event {}

    /// A peer that has proven itself was refused, because behind the same NAT another one's tunnel stands, and goes on
    /// undisturbed: to the kernel, as to NHRP, both are one address.
    record SiblingBehindNat(Endpoint endpoint, Instant at, Identity standing, Identity refused) implements Event {
        public String sentence() {
            return standing.equals(refused)
                    ? "another %s behind the same NAT is refused: there is one tunnel to an address".formatted(refused)
                    : "%s is refused: %s stands behind the same NAT, and there is one tunnel to an address"
                            .formatted(refused, standing);
        }
    }

    /// A dial came to nothing.
    record Failed(Endpoint endpoint, Instant at, String why) implements Event {}
}
