package ikebana.control;

import ikebana.auth.Endpoint;
import ikebana.auth.Identity;
import java.time.Instant;
import java.util.Optional;

/// What happened to a tunnel, for hooks, streams and logs. Of one endpoint `up` and `gone` alternate, strictly.
public sealed interface Event {
    Endpoint endpoint();

    Instant at();

    /// The first IKE SA of the endpoint is established and its child carries traffic.
    record Up(Endpoint endpoint, Instant at, Identity localIdentity, Identity remoteIdentity) implements Event {}

    /// The last IKE SA of the endpoint has gone, and nothing leaves through it any more. No successor before the
    /// hooks are done.
    record Gone(Endpoint endpoint, Instant at, Optional<Identity> remoteIdentity, String why) implements Event {}

    /// A dial came to nothing.
    record Failed(Endpoint endpoint, Instant at, String why) implements Event {}
}
