package ikebana.control;

import ikebana.auth.Endpoint;
import java.time.Duration;

/// What a person or a routing daemon asks of the engine. Each has one [Answer].
public sealed interface Order {

    /// Bring the tunnel up, and answer when it is, or why it is not. A tunnel that is up is an answer at once.
    ///
    /// @param patience after which the answer is [Answer.Failed]; the dial goes on
    record Up(Endpoint endpoint, Duration patience) implements Order {}

    /// Take the tunnel down, and answer when nothing leaves through it any more. One that is not there is an answer
    /// too.
    record Down(Endpoint endpoint) implements Order {}

    record ListTunnels() implements Order {}

    record DescribeTunnel(Endpoint endpoint) implements Order {}
}
