package ikebana.kernel;

import ikebana.wire.IpAddress;
import java.util.List;

/// What a kernel says to a [Request].
public sealed interface Reply {

    record Done() implements Reply {}

    /// @param sentence for a person, with the way out where there is one
    record Refused(Why why, String sentence) implements Reply {}

    record Policies(List<Policy> policies) implements Reply {}

    record States(List<Seen> states) implements Reply {}

    /// A state as the kernel lists it; its keys are not asked for and not kept.
    sealed interface Seen {
        int reqid();
    }

    /// @param bytes and `packets`: what it carried so far
    record Mature(StateId id, IpAddress source, int reqid, long bytes, long packets) implements Seen {}

    /// An acquire that nobody has answered yet.
    record Larval(Acquire acquire) implements Seen {
        @Override
        public int reqid() {
            return acquire.reqid();
        }
    }

    /// The reasons that a program can act on; the sentence is for people.
    enum Why {
        /// Something of that name is there.
        EXISTS,
        /// We need CAP_NET_ADMIN.
        NOT_PERMITTED,
        /// The kernel has no ESP, or not this algorithm.
        NOT_SUPPORTED,
        /// It did not answer in time.
        SILENT,
        OTHER
    }
}
