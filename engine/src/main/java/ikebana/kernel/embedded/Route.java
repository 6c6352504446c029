package ikebana.kernel.embedded;

import ikebana.kernel.Acquire;
import ikebana.kernel.State;
import ikebana.wire.IpAddress;

/// What a policy's template and a packet look for an outbound state by (`xfrm_state_find`). One larval state at most.
record Route(IpAddress destination, IpAddress source, int reqid) {

    static Route of(State state) {
        return new Route(state.id().destination(), state.source(), state.reqid());
    }

    static Route of(Acquire acquire) {
        return new Route(acquire.destination(), acquire.source(), acquire.reqid());
    }
}
