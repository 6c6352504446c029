package ikebana.ike;

import ikebana.kernel.State;
import ikebana.kernel.UdpEncapsulation;

/// A pair of ESP SAs, as the kernel is to have it.
public record Child(State inbound, State outbound) {

    /// The same, between other ports.
    Child on(Path path) {
        int local = path.local().port();
        int remote = path.remote().port();
        return new Child(
                inbound.between(new UdpEncapsulation(remote, local)),
                outbound.between(new UdpEncapsulation(local, remote)));
    }
}
