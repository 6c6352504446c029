package ikebana.netlink;

import ikebana.crypto.Encryption;
import ikebana.crypto.EspSuite;
import ikebana.kernel.Direction;
import ikebana.kernel.GreKey;
import ikebana.kernel.Lifetime;
import ikebana.kernel.Notice;
import ikebana.kernel.Policy;
import ikebana.kernel.Prefix;
import ikebana.kernel.Reply;
import ikebana.kernel.Request;
import ikebana.kernel.Selector;
import ikebana.kernel.State;
import ikebana.kernel.StateId;
import ikebana.netlink.codec.NetlinkMessage;
import ikebana.netlink.socket.EventSockets;
import ikebana.netlink.socket.RequestSocket;
import ikebana.netlink.socket.SystemCallFailed;
import ikebana.netlink.xfrm.FromKernel;
import ikebana.wire.IpAddress;
import ikebana.wire.Secret;
import ikebana.wire.Spi;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Optional;

/// A developer's hands on the kernel, without a daemon: `watch` installs the trap policies of one tunnel and prints
/// what the kernel says; `keys` installs a pair of ESP states with keys that everybody knows. For tests
/// only.
public final class Try {
    private static final Duration TIME_LIMIT = Duration.ofSeconds(2);
    private static final int EVENT_BUFFER_BYTES = 8 << 20;
    private static final int PRIORITY = 1000;
    private static final EspSuite SUITE = new EspSuite(Encryption.AES_GCM_16_256, Optional.empty(), false);

    private final NetlinkKernel kernel;
    private final PrintStream out;

    private Try(NetlinkKernel kernel, PrintStream out) {
        this.kernel = kernel;
        this.out = out;
    }

    /// `watch LOCAL GRE-KEY REQID` or `keys LOCAL REMOTE REQID FIRST-BYTE-OF-THE-KEY`.
    public static void main(String[] arguments) {
        try (var xfrm = RequestSocket.xfrm(TIME_LIMIT);
                var route = RequestSocket.route(TIME_LIMIT)) {
            var hands = new Try(new NetlinkKernel(xfrm, route), System.out);
            switch (arguments.length == 0 ? "" : arguments[0]) {
                case "watch" ->
                    hands.watch(IpAddress.of(arguments[1]), GreKey.of(arguments[2]), Integer.parseInt(arguments[3]));
                case "keys" ->
                    hands.keys(
                            IpAddress.of(arguments[1]),
                            IpAddress.of(arguments[2]),
                            Integer.parseInt(arguments[3]),
                            Integer.parseInt(arguments[4]));
                default -> {
                    System.err.println("usage: watch LOCAL GRE-KEY REQID | keys LOCAL REMOTE REQID KEY-BYTE");
                    System.exit(2);
                }
            }
        } catch (SystemCallFailed failed) {
            System.err.println(failed.getMessage());
            System.exit(1);
        }
    }

    private void watch(IpAddress local, GreKey key, int reqid) throws SystemCallFailed {
        var outbound = new Selector(Prefix.host(local), Prefix.everythingLike(local), Selector.GRE, Optional.of(key));
        var events = EventSockets.open(EVENT_BUFFER_BYTES);
        must(new Request.InstallPolicy(policy(outbound, Direction.OUT, reqid)));
        must(new Request.InstallPolicy(policy(outbound.reversed(), Direction.IN, reqid)));
        out.println("ready");
        events.listen(new Printing());
    }

    private final class Printing implements EventSockets.Listener {
        @Override
        public void xfrm(NetlinkMessage message) {
            FromKernel.notice(message).ifPresent(notice -> {
                switch (notice) {
                    case Notice.Acquired(var acquire) ->
                        out.println("acquire %s -> %s reqid %d (%s)"
                                .formatted(
                                        acquire.source(), acquire.destination(), acquire.reqid(), acquire.selector()));
                    case Notice.Expired _,
                            Notice.Remapped _,
                            Notice.AddressAdded _,
                            Notice.AddressRemoved _,
                            Notice.Resynchronised _ -> out.println(notice);
                }
            });
        }

        @Override
        public void route(NetlinkMessage message) {
            // addresses are not what this tool is about
        }

        @Override
        public void overrun() {
            out.println("some are lost");
        }

        @Override
        public void failed(SystemCallFailed why) {
            out.println(why.getMessage());
        }
    }

    private static Policy policy(Selector selector, Direction direction, int reqid) {
        return new Policy(selector, direction, PRIORITY, new Policy.RequireEsp(reqid));
    }

    private void keys(IpAddress local, IpAddress remote, int reqid, int keyByte) throws SystemCallFailed {
        must(new Request.InstallState(state(remote, local, Direction.IN, reqid, keyByte)));
        must(new Request.InstallState(state(local, remote, Direction.OUT, reqid, keyByte)));
        if (kernel.perform(new Request.DumpStates()) instanceof Reply.States(var states)) states.forEach(out::println);
    }

    /// The SPI is made from the addresses, so that both ends choose the same.
    private static State state(IpAddress from, IpAddress to, Direction direction, int reqid, int keyByte) {
        var spi = new Spi(0x10000000 | from.raw().at(3) << 8 | to.raw().at(3));
        var key = new byte[SUITE.encryption().keyLength()];
        key[0] = (byte) keyByte;
        return new State(
                new StateId(spi, to),
                from,
                direction,
                reqid,
                new Selector(Prefix.host(from), Prefix.host(to), Selector.GRE, Optional.empty()),
                SUITE,
                Secret.owning(key),
                Secret.EMPTY,
                Optional.empty(),
                0,
                direction == Direction.IN ? 64 : 0,
                Lifetime.UNLIMITED);
    }

    private void must(Request request) throws SystemCallFailed {
        switch (kernel.perform(request)) {
            case Reply.Done() -> {}
            case Reply.Refused(var _, var sentence) -> {
                out.println(sentence);
                System.exit(1);
            }
            case Reply.Policies _, Reply.States _ -> throw new IllegalStateException("a list for " + request);
        }
    }
}
