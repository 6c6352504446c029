package ikebana.kernel.embedded;

import java.time.Duration;

/// What a kernel in memory holds at most.
///
/// @param larvals acquires without an answer; further packets are dropped in silence
/// @param acquireExpires how long a larval state keeps its peer from being acquired anew: `net.core.xfrm_acq_expires`
public record Limits(int policies, int states, int larvals, Duration acquireExpires) {
    /// Linux's 30 s; the rest is room for a large hub.
    public static final Limits DEFAULT = new Limits(1024, 131_072, 65_536, Duration.ofSeconds(30));

    public Limits {
        if (policies < 1) throw new IllegalArgumentException("policies must be 1 or more");
        if (states < 1) throw new IllegalArgumentException("states must be 1 or more");
        if (larvals < 1) throw new IllegalArgumentException("larvals must be 1 or more");
        if (!acquireExpires.isPositive()) {
            throw new IllegalArgumentException("acquire-expires must be longer than zero");
        }
    }
}
