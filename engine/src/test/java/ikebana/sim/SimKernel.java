package ikebana.sim;

import ikebana.kernel.Acquire;
import ikebana.kernel.Direction;
import ikebana.kernel.Notice;
import ikebana.kernel.Reply;
import ikebana.kernel.Request;
import ikebana.kernel.State;
import ikebana.kernel.embedded.EspPacket;
import ikebana.kernel.embedded.IpPacket;
import ikebana.wire.IpAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;

/// A host's kernel. It outlives the daemons that use it.
interface SimKernel {

    /// Where a kernel's packets go.
    interface Outside {
        void esp(EspPacket packet);

        /// A packet that no policy was about leaves in the clear.
        void plain(IpPacket packet);

        /// A packet has passed everything, and reaches its receiver on this host.
        void delivered(IpPacket packet);
    }

    Reply ask(Request request);

    void listen(Consumer<Notice> listener);

    void unlisten();

    void packetOut(IpPacket packet);

    void espArrived(EspPacket packet);

    void addressCame(IpAddress address);

    void addressWent(IpAddress address);

    /// The ESP states, the oldest first.
    List<State> states();

    /// What sends and has been there, by the steady clock, for longer than its soft limit of time and `grace`.
    List<State> overdue(Duration grace);

    static boolean isOverdue(State state, Instant addedAt, Instant now) {
        return state.direction() == Direction.OUT
                && state.lifetime()
                        .softTime()
                        .filter(softTime -> addedAt.plus(softTime).isBefore(now))
                        .isPresent();
    }

    List<Acquire> larvals();

    /// How many packets that arrived it has thrown away.
    long dropped();
}
