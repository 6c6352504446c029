package ikebana.control;

import java.util.List;

/// What the engine says to an [Order].
public sealed interface Answer {

    /// It is as was asked. A `tunnel` is given where there is one.
    record Done(Tunnel tunnel) implements Answer {}

    /// There is no such tunnel, and after `down` there need not be.
    record NoTunnel(String sentence) implements Answer {}

    record Tunnels(List<Tunnel> tunnels) implements Answer {
        public Tunnels {
            tunnels = List.copyOf(tunnels);
        }
    }

    /// @param sentence why, for a person
    record Failed(Why why, String sentence) implements Answer {}

    /// The failures that a program can act on.
    enum Why {
        /// No profile of that name, or the local address is not one of its own.
        NO_SUCH_PROFILE,
        /// The peer never answered.
        NO_ANSWER,
        /// The peer refused, or we did.
        REFUSED,
        /// It takes longer than the caller wants to wait.
        OUT_OF_PATIENCE,
        /// The kernel did not take the states.
        KERNEL,
        /// Too many orders wait already, or the daemon is stopping.
        BUSY
    }
}
