package ikebana.settings;

import java.time.Duration;

/// Which kernel carries the packets, and how we speak to it.
///
/// @param removePoliciesOnStop whether a stop in good order opens the way for packets that need a tunnel
public record KernelSettings(Kind kind, Netlink netlink, Embedded embedded, boolean removePoliciesOnStop) {

    public enum Kind {
        /// The Linux kernel below us.
        NETLINK,
        /// One in this process.
        EMBEDDED
    }

    /// Whether `net.core.xfrm_acq_expires`, which the whole network namespace shares, is ours to set.
    public enum Sysctl {
        LEAVE,
        MANAGE
    }

    /// @param requestTimeLimit after which a request counts as refused
    /// @param eventBuffer of the socket for acquires and expires, in bytes
    public record Netlink(Duration requestTimeLimit, int eventBuffer, Sysctl sysctl) {
        public Netlink {
            if (!requestTimeLimit.isPositive()) {
                throw new IllegalArgumentException("request-time-limit must be longer than zero");
            }
            if (eventBuffer < 64 * 1024) throw new IllegalArgumentException("event-buffer must be 64 KiB or more");
        }

        static Netlink from(Section section) {
            return section.make(it -> new Netlink(
                    it.get("request-time-limit", Conversion::duration),
                    it.get("event-buffer", Conversion::smallSize),
                    it.get("sysctl", Conversion.oneOf(Sysctl.class))));
        }
    }

    /// @param espPort the UDP port of its ESP, here and at every peer
    public record Embedded(int espPort) {
        public Embedded {
            Ports.checkPort("esp-port", espPort);
        }

        static Embedded from(Section section) {
            return section.make(it -> new Embedded(it.get("esp-port", Conversion::wholeNumber)));
        }
    }

    static KernelSettings from(Section root) {
        return new KernelSettings(
                root.get("kernel", Conversion.oneOf(Kind.class)),
                Netlink.from(root.block("netlink")),
                Embedded.from(root.block("embedded")),
                root.block("policies").get("remove-on-stop", Conversion::flag));
    }
}
