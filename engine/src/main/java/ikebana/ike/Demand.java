package ikebana.ike;

import ikebana.kernel.Acquire;
import ikebana.kernel.Flow;
import java.time.Instant;
import java.util.Optional;

/// A packet waits for a child that its IKE SA does not have yet.
///
/// @param acquire the kernel's; empty when it was told to forget its packet, and only our failures are
///     remembered
/// @param failures in a row
/// @param restUntil after a refusal: then the kernel forgets the packet, and the next one is a new demand
record Demand(Flow flow, Optional<Acquire> acquire, int failures, Optional<Instant> restUntil) {

    Demand of(Acquire another) {
        return new Demand(flow, Optional.of(another), failures, restUntil);
    }

    Demand refusedUntil(Instant later) {
        return new Demand(flow, acquire, failures + 1, Optional.of(later));
    }

    Demand rested() {
        return new Demand(flow, acquire.filter(it -> it.sequence() == 0), failures, Optional.empty());
    }

    boolean isOpen() {
        return acquire.isPresent() && restUntil.isEmpty();
    }
}
