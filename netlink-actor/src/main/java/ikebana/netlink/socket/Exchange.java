package ikebana.netlink.socket;

import ikebana.netlink.codec.NetlinkMessage;
import java.util.List;
import java.util.Optional;

/// Asks a kernel one thing and waits for the answer.
public interface Exchange {
    /// @param request its sequence number does not matter; one with `DUMP` gets a list, any other must ask for an `ACK`
    /// @throws SystemCallFailed when the socket is of no more use
    Outcome ask(NetlinkMessage request) throws SystemCallFailed;

    /// How it ended.
    sealed interface Outcome {
        /// Done, with what there was to tell: often nothing.
        record Answer(List<NetlinkMessage> messages) implements Outcome {}

        /// @param says the kernel's own words
        record Declined(int errno, Optional<String> says) implements Outcome {}

        /// Not in time, or the answer did not fit into our buffer. It may have been done all the same.
        record Silence() implements Outcome {}
    }
}
