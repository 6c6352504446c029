package ikebana.netlink.actor;

import ikebana.kernel.Policy;
import ikebana.kernel.Reply;
import ikebana.kernel.Request;
import ikebana.kernel.State;
import ikebana.kernel.StateId;
import ikebana.netlink.codec.MalformedNetlink;
import ikebana.netlink.codec.NativeReader;
import ikebana.netlink.codec.NetlinkMessage;
import ikebana.netlink.socket.NetlinkFailure;
import ikebana.netlink.socket.NetlinkSocket;
import ikebana.netlink.socket.NetlinkSocket.Received;
import ikebana.netlink.xfrm.Notices;
import ikebana.netlink.xfrm.Policies;
import ikebana.netlink.xfrm.States;
import ikebana.wire.IpAddress;
import ikebana.wire.Spi;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Asks the Linux kernel of this network namespace, one request at a time, and waits for the answer. Not for several
/// threads at once.
public final class LinuxKernel implements AutoCloseable {
    private static final int EPERM = 1;
    private static final int ENOENT = 2;
    private static final int ESRCH = 3;
    private static final int EEXIST = 17;
    private static final int ENOSYS = 38;
    private static final int EPROTONOSUPPORT = 93;

    private final Duration patience;
    private final NetlinkSocket xfrm;
    private final NetlinkSocket route;
    private final SecureRandom dice = new SecureRandom();
    private int sequence;

    /// @param patience how long the kernel has to answer; then the reply is `SILENT`
    /// @throws NetlinkFailure with a sentence
    public LinuxKernel(Duration patience) {
        this.patience = patience;
        this.xfrm = new NetlinkSocket(NetlinkSocket.Family.XFRM, 0);
        this.route = new NetlinkSocket(NetlinkSocket.Family.ROUTE, 0);
    }

    /// Never throws for what a kernel may say: a refusal is a reply.
    public Reply ask(Request request) {
        try {
            return switch (request) {
                case Request.InstallPolicy(var policy) -> install(policy);
                case Request.RemovePolicy(var policy) -> remove(policy);
                case Request.DumpPolicies() -> policies();
                case Request.InstallState(var state) -> install(state);
                case Request.RemoveState(var id) -> removed(id, exchange(States.remove(id, ++sequence)));
                case Request.FindState(var id) -> find(id);
                case Request.DumpStates() -> new Reply.States(states());
                case Request.DropLarval(var acquire) -> {
                    var spi = new Spi(dice.nextInt() | 0x100); // any usable one: it lives for two system calls
                    var named = exchange(States.nameLarval(acquire, spi, ++sequence));
                    if (named.errno() != 0) yield gone(named.errno(), "remove a larval state");
                    var id = new StateId(spi, acquire.destination());
                    yield removed(id, exchange(States.remove(id, ++sequence)));
                }
            };
        } catch (Silent silent) {
            return new Reply.Refused(
                    Reply.Why.SILENT, "the kernel did not answer within %d ms".formatted(patience.toMillis()));
        } catch (NetlinkFailure failure) {
            return refused(failure.errno(), "talk to the kernel");
        }
    }

    /// The ESP states and larvals that are there now.
    ///
    /// @throws NetlinkFailure when the kernel cannot be asked
    public List<Reply.Seen> states() {
        return exchange(States.dump(++sequence)).messages().stream()
                .map(LinuxKernel::state)
                .flatMap(Optional::stream)
                .toList();
    }

    /// This host's own addresses.
    public List<IpAddress> addresses() {
        return exchange(route, Notices.dumpAddresses(++sequence)).messages().stream()
                .map(Notices::address)
                .flatMap(Optional::stream)
                .toList();
    }

    private Reply install(Policy policy) {
        int errno = exchange(Policies.install(policy, ++sequence)).errno();
        if (errno != EEXIST) return errno == 0 ? new Reply.Done() : refused(errno, "install a policy");
        // design: take over what is the same, never touch what is not ours
        var there = exchange(Policies.find(policy, ++sequence)).messages().stream()
                .map(LinuxKernel::policy)
                .flatMap(Optional::stream)
                .findFirst();
        if (there.filter(policy::equals).isPresent()) return new Reply.Done();
        return new Reply.Refused(
                Reply.Why.EXISTS,
                "the kernel has another policy for %s: %s. Remove it, or choose another reqid or selector"
                        .formatted(
                                policy.selector(),
                                there.map(other -> "%s with priority %d".formatted(other.verdict(), other.priority()))
                                        .orElse("one of a shape that Ikebana does not know")));
    }

    private Reply remove(Policy policy) {
        int errno = exchange(Policies.remove(policy, ++sequence)).errno();
        return errno == 0 || errno == ENOENT ? new Reply.Done() : refused(errno, "remove a policy");
    }

    private Reply policies() {
        return new Reply.Policies(exchange(Policies.dump(++sequence)).messages().stream()
                .map(LinuxKernel::policy)
                .flatMap(Optional::stream)
                .toList());
    }

    private Reply install(State state) {
        var message = States.install(state, ++sequence);
        int errno = exchange(message).errno();
        if (errno == EEXIST) {
            return new Reply.Refused(Reply.Why.EXISTS, "the kernel has an ESP state %s already".formatted(state.id()));
        }
        return errno == 0 ? new Reply.Done() : refused(errno, "install the ESP state " + state.id());
    }

    private Reply find(StateId id) {
        var answer = exchange(States.find(id, ++sequence));
        if (answer.errno() != 0 && answer.errno() != ESRCH) return refused(answer.errno(), "look for " + id);
        return new Reply.States(answer.messages().stream()
                .map(LinuxKernel::state)
                .flatMap(Optional::stream)
                .toList());
    }

    private Reply removed(StateId id, Exchange exchange) {
        return gone(exchange.errno(), "remove the ESP state " + id);
    }

    /// What is not there need not be removed.
    private static Reply gone(int errno, String what) {
        return errno == 0 || errno == ESRCH || errno == ENOENT ? new Reply.Done() : refused(errno, what);
    }

    private static Reply refused(int errno, String what) {
        return switch (errno) {
            case EPERM ->
                new Reply.Refused(Reply.Why.NOT_PERMITTED, "cannot %s: Ikebana needs CAP_NET_ADMIN".formatted(what));
            case EPROTONOSUPPORT, ENOSYS ->
                new Reply.Refused(
                        Reply.Why.NOT_SUPPORTED,
                        "cannot %s: this kernel has no ESP, or not this algorithm; try modprobe esp4 (or esp6)"
                                .formatted(what));
            default -> new Reply.Refused(Reply.Why.OTHER, "cannot %s: the kernel says error %d".formatted(what, errno));
        };
    }

    private static Optional<Policy> policy(NetlinkMessage message) {
        try {
            return Policies.decode(message);
        } catch (MalformedNetlink shorter) {
            return Optional.empty();
        }
    }

    private static Optional<Reply.Seen> state(NetlinkMessage message) {
        try {
            return States.decode(message);
        } catch (MalformedNetlink shorter) {
            return Optional.empty();
        }
    }

    /// @param errno 0 when it worked
    private record Exchange(int errno, List<NetlinkMessage> messages) {}

    private Exchange exchange(NetlinkMessage request) {
        return exchange(xfrm, request);
    }

    /// Sends, and reads until the acknowledgement, the error or the end of the dump. Answers to earlier requests, whose
    /// time was over, are passed over by their sequence numbers.
    private Exchange exchange(NetlinkSocket socket, NetlinkMessage request) {
        socket.send(request.encode());
        var deadline = System.nanoTime() + patience.toNanos();
        var collected = new ArrayList<NetlinkMessage>();
        while (true) {
            var left = Duration.ofNanos(deadline - System.nanoTime());
            if (!left.isPositive()) throw new Silent();
            switch (socket.receive(left)) {
                case Received.Nothing() -> {}
                case Received.Overrun() -> throw new Silent();
                case Received.Datagram(var bytes) -> {
                    for (var message : NetlinkMessage.decodeAll(bytes)) {
                        if (message.sequence() != request.sequence()) continue;
                        switch (message.type()) {
                            case NetlinkMessage.ERROR -> {
                                int errno = -NativeReader.of(message.body()).u32();
                                return new Exchange(errno, collected);
                            }
                            case NetlinkMessage.DONE -> {
                                return new Exchange(0, collected);
                            }
                            default -> collected.add(message); // the kernel's own numbers
                        }
                    }
                }
            }
        }
    }

    @Override
    public void close() {
        xfrm.close();
        route.close();
    }

    private static final class Silent extends RuntimeException {
        Silent() {
            super(null, null, false, false);
        }
    }
}
