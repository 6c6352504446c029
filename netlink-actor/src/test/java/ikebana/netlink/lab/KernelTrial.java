package ikebana.netlink.lab;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.FishingOutcomes;
import akka.actor.testkit.typed.javadsl.TestProbe;
import ikebana.crypto.Encryption;
import ikebana.crypto.EspSuite;
import ikebana.crypto.Integrity;
import ikebana.kernel.Acquire;
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
import ikebana.kernel.UdpEncapsulation;
import ikebana.netlink.NetlinkKernel;
import ikebana.netlink.Sysctl;
import ikebana.netlink.actor.NetlinkActor;
import ikebana.netlink.codec.NetlinkMessage;
import ikebana.netlink.socket.EventSockets;
import ikebana.netlink.socket.RawXfrm;
import ikebana.netlink.socket.RequestSocket;
import ikebana.netlink.socket.SystemCallFailed;
import ikebana.netlink.xfrm.FromKernel;
import ikebana.netlink.xfrm.ToKernel;
import ikebana.port.KernelPort;
import ikebana.settings.KernelSettings;
import ikebana.wire.IpAddress;
import ikebana.wire.Secret;
import ikebana.wire.Spi;
import ikebana.wire.UdpAddress;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// Asks a real kernel all that the engine may ask, and makes it say all that it may say. Runs in the spoke of the
/// lab's scenario `kernel-requests`, which prepares the network; prints a line for each fact, and exits 1 at the
/// first that is none.
public final class KernelTrial {
    private static final IpAddress SPOKE = IpAddress.of("192.0.2.2");
    private static final IpAddress HUB = IpAddress.of("192.0.2.1");
    private static final int REQID = 0x10000001;
    private static final GreKey KEY = new GreKey(0x00120034);
    private static final EspSuite GCM = new EspSuite(Encryption.AES_GCM_16_256, Optional.empty(), false);
    private static final Selector TRAP =
            new Selector(Prefix.host(SPOKE), Prefix.EVERYTHING_V4, Selector.GRE, Optional.of(KEY));
    private static final Policy OUT = new Policy(TRAP, Direction.OUT, 1000, new Policy.RequireEsp(REQID));
    private static final Policy IN = new Policy(TRAP.reversed(), Direction.IN, 1000, new Policy.RequireEsp(REQID));
    private static final Policy GUARD = new Policy(
            new Selector(Prefix.host(SPOKE), Prefix.EVERYTHING_V4, Selector.GRE, Optional.empty()),
            Direction.OUT,
            2000,
            new Policy.Block());

    private final Recording recording = new Recording();
    private final NetlinkKernel kernel;
    private final BlockingQueue<Notice> notices = new LinkedBlockingQueue<>();

    private KernelTrial(RequestSocket xfrm, RequestSocket route) {
        this.kernel = new NetlinkKernel(recording.of(xfrm), recording.of(route));
    }

    /// @param arguments the file for what was said, as test data
    public static void main(String[] arguments) throws Throwable {
        var patience = Duration.ofSeconds(5);
        try (var xfrm = RequestSocket.xfrm(patience);
                var route = RequestSocket.route(patience)) {
            var trial = new KernelTrial(xfrm, route);
            trial.policies();
            trial.states();
            trial.larvals();
            trial.overrun();
            trial.expires();
            trial.mapping();
            trial.acknowledgements();
            trial.linksAndAddresses();
            Files.write(Path.of(arguments[0]), trial.recording.lines());
            trial.actor();
            System.out.println("done");
        } catch (SystemCallFailed failed) {
            System.out.println("FAILED: " + failed.getMessage());
            System.exit(1);
        }
        System.exit(0); // threads that listen
    }

    private void policies() throws Exception {
        recording.occasion("policy");
        for (var policy : List.of(OUT, IN, GUARD)) {
            fact("a policy is installed: " + policy.selector(), done(new Request.InstallPolicy(policy)));
            fact("what is there already is done", done(new Request.InstallPolicy(policy)));
        }
        fact(
                "all of ours are listed",
                kernel.perform(new Request.DumpPolicies()) instanceof Reply.Policies(var list)
                        && List.of(OUT, IN, GUARD)
                                .equals(list.stream()
                                        .sorted((a, b) -> order(a) - order(b))
                                        .toList()));
        recording.occasion("foreign-policy");
        var foreign = new Policy(TRAP, Direction.OUT, 1000, new Policy.RequireEsp(REQID + 1));
        var refused = refusal(new Request.InstallPolicy(foreign));
        fact(
                "another reqid is somebody else's: " + refused.sentence(),
                refused.why() == Reply.Why.EXISTS && refused.sentence().contains("reqid " + REQID));
        fact(
                "and so is another priority",
                refusal(new Request.InstallPolicy(new Policy(TRAP, Direction.OUT, 999, OUT.verdict())))
                                .why()
                        == Reply.Why.EXISTS);
        fact(
                "nobody removes it by that name",
                refusal(new Request.RemovePolicy(foreign)).why() == Reply.Why.EXISTS);
        for (var policy : List.of(OUT, IN, GUARD)) {
            fact("a policy is removed", done(new Request.RemovePolicy(policy)));
            fact("what is gone is removed", done(new Request.RemovePolicy(policy)));
        }
        recording.occasion("policy-of-iproute2");
        var add =
                "ip xfrm policy add src %s/32 dst 0.0.0.0/0 proto gre key 1179700 dir out priority 1000 tmpl proto esp"
                        .formatted(SPOKE);
        run(add + " reqid " + REQID + " mode transport");
        fact("a policy that iproute2 made is taken over", done(new Request.InstallPolicy(OUT)));
        fact("and removed", done(new Request.RemovePolicy(OUT)));
        run(add + " reqid " + REQID + " mode transport level use");
        fact(
                "one that lets packets pass in the clear is none of ours: "
                        + refusal(new Request.InstallPolicy(OUT)).sentence(),
                refusal(new Request.InstallPolicy(OUT)).why() == Reply.Why.EXISTS);
        run("ip xfrm policy flush");
        var sixth = new Policy(
                new Selector(
                        Prefix.host(IpAddress.of("2001:db8::2")), Prefix.EVERYTHING_V6, Selector.GRE, Optional.of(KEY)),
                Direction.OUT,
                1000,
                new Policy.RequireEsp(REQID));
        recording.occasion("policy-ipv6");
        fact("an IPv6 policy is installed", done(new Request.InstallPolicy(sixth)));
        fact("and is there", done(new Request.InstallPolicy(sixth)) && done(new Request.RemovePolicy(sixth)));
    }

    private static int order(Policy policy) {
        return List.of(OUT, IN, GUARD).indexOf(policy);
    }

    private void states() throws Exception {
        int spi = 0x1000;
        for (var suite : suites()) {
            for (int window : List.of(0, 32, 64, 4096)) {
                var state = new State(
                        new StateId(new Spi(spi++), HUB),
                        SPOKE,
                        window == 0 ? Direction.OUT : Direction.IN,
                        REQID,
                        GRE_BOTH,
                        suite,
                        key(suite.encryption().keyLength()),
                        key(suite.integrity().map(Integrity::keyLength).orElse(0)),
                        window == 64 ? Optional.of(new UdpEncapsulation(4500, 40000)) : Optional.empty(),
                        0,
                        window,
                        new Lifetime(
                                Optional.of(Duration.ofHours(1)),
                                Optional.of(Duration.ofMinutes(66)),
                                Optional.of(1L << 40),
                                Optional.of(1L << 41),
                                Optional.of(1L << 31),
                                Optional.of(1L << 32)));
                boolean typical = suite.equals(GCM) || window == (suite.extendedSequenceNumbers() ? 64 : 32);
                recording.occasion(typical ? "state-%s-window-%d".formatted(suite, window) : Recording.OFF);
                fact(
                        "%s with a window of %d is installed".formatted(suite, window),
                        done(new Request.InstallState(state)));
                fact(
                        "it is found as it was sent",
                        found(state.id()).map(Reply.Seen::reqid).equals(Optional.of(REQID)));
                if (window == 32) {
                    var refused = refusal(new Request.InstallState(state));
                    fact("twice is refused: " + refused.sentence(), refused.why() == Reply.Why.EXISTS);
                }
                fact("it is removed", done(new Request.RemoveState(state.id())));
                fact("what is gone is removed", done(new Request.RemoveState(state.id())));
                fact("and is not found", found(state.id()).isEmpty());
            }
        }
        recording.occasion("state-ipv6");
        var from = IpAddress.of("2001:db8::2");
        var to = IpAddress.of("2001:db8::1");
        var sixth = state(from, to, 0x7000, Direction.OUT, Optional.empty(), 0, Lifetime.UNLIMITED);
        fact("an IPv6 state is installed", done(new Request.InstallState(sixth)));
        fact("and found", found(sixth.id()).isPresent());
        recording.occasion("dump");
        var fourth = state(SPOKE, HUB, 0x7001, Direction.OUT, Optional.empty(), 0, Lifetime.UNLIMITED);
        fact("another beside it", done(new Request.InstallState(fourth)));
        fact(
                "both are listed",
                all().stream()
                        .map(seen -> seen instanceof Reply.Mature mature ? mature.id() : "larval")
                        .toList()
                        .containsAll(List.of(sixth.id(), fourth.id())));
        fact("all go", done(new Request.RemoveState(sixth.id())) && done(new Request.RemoveState(fourth.id())));
        var unnamed = state(SPOKE, HUB, 0, Direction.OUT, Optional.empty(), 0, Lifetime.UNLIMITED);
        var refused = refusal(new Request.InstallState(unnamed));
        fact("an SPI by which it could not be removed is refused: " + refused.sentence(), all().isEmpty());
    }

    private static List<EspSuite> suites() {
        var suites = new ArrayList<EspSuite>();
        for (var esn : List.of(false, true)) {
            for (var encryption : Encryption.values()) {
                if (encryption.isAead()) suites.add(new EspSuite(encryption, Optional.empty(), esn));
                else {
                    for (var integrity : Integrity.values()) {
                        suites.add(new EspSuite(encryption, Optional.of(integrity), esn));
                    }
                }
            }
        }
        return suites;
    }

    private void larvals() throws Exception {
        recording.occasion("acquire");
        listen();
        fact("the traps are set", done(new Request.InstallPolicy(OUT)) && done(new Request.InstallPolicy(IN)));
        var acquire = acquired();
        fact(
                "a packet raises an acquire: " + acquire,
                acquire.source().equals(SPOKE)
                        && acquire.destination().equals(HUB)
                        && acquire.reqid() == REQID
                        && acquire.selector().greKey().equals(Optional.of(KEY)));
        recording.occasion("larval");
        fact("its larval state is listed", all().equals(List.of(new Reply.Larval(acquire))));
        knock();
        fact("while it stands, no packet raises another", notices.poll(1, TimeUnit.SECONDS) == null);
        fact("the larval is dropped", done(new Request.DropLarval(acquire)) && all().isEmpty());
        recording.occasion("acquire-again");
        var again = acquired();
        fact("the next packet acquires anew", again.sequence() != acquire.sequence());
        var out = state(SPOKE, HUB, 0x8000, Direction.OUT, Optional.empty(), again.sequence(), Lifetime.UNLIMITED);
        fact("an outbound state with its number", done(new Request.InstallState(out)));
        fact(
                "takes the larval's place",
                all().stream()
                        .map(seen -> seen instanceof Reply.Mature)
                        .toList()
                        .equals(List.of(true)));
        fact("and goes", done(new Request.RemoveState(out.id())));
    }

    /// Without a reader, and with others who listen and lose nothing.
    private void overrun() throws Exception {
        recording.occasion(Recording.OFF);
        var small = EventSockets.open(4096);
        for (int i = 100; i < 160; i++) {
            run("ip neigh replace 10.255.0.%d lladdr 192.0.2.%d dev gre1".formatted(i, i));
        }
        for (int i = 100; i < 160; i++) knock("10.255.0." + i);
        var heard = new LinkedBlockingQueue<Boolean>();
        Thread.ofPlatform()
                .daemon()
                .start(() -> small.listen(new EventSockets.Listener() {
                    @Override
                    public void xfrm(NetlinkMessage message) {
                        heard.add(true);
                    }

                    @Override
                    public void route(NetlinkMessage message) {
                        // not what this is about
                    }

                    @Override
                    public void overrun() {
                        heard.add(false);
                    }

                    @Override
                    public void failed(SystemCallFailed why) {
                        throw new IllegalStateException(why);
                    }
                }));
        boolean lost = false;
        int acquires = 0;
        for (Boolean one = heard.poll(5, TimeUnit.SECONDS); one != null; one = heard.poll(1, TimeUnit.SECONDS)) {
            if (one) acquires++;
            else lost = true;
        }
        fact("a small buffer overruns, and says so, after %d acquires".formatted(acquires), lost && acquires > 0);
        recording.occasion("overrun");
        fact("no larval stands that the small listener has not heard of: " + all().size(), all().size() == acquires);
        small.close();
        for (var seen : all()) {
            if (seen instanceof Reply.Larval(var acquire)) fact("a larval goes", done(new Request.DropLarval(acquire)));
        }
        notices.clear();
    }

    private void expires() throws Exception {
        expiresByTraffic(
                "expire-packets",
                "a state for four packets",
                0x9000,
                new Lifetime(
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(2L),
                        Optional.of(4L)));
        expiresByTraffic(
                "expire-bytes",
                "a state for the bytes of four packets",
                0x9002,
                new Lifetime(
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(60L),
                        Optional.of(120L),
                        Optional.empty(),
                        Optional.empty()));
        recording.occasion("expire-time");
        var timed = state(
                SPOKE,
                HUB,
                0x9001,
                Direction.OUT,
                Optional.empty(),
                0,
                new Lifetime(
                        Optional.of(Duration.ofMillis(900)),
                        Optional.of(Duration.ofSeconds(2)),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty()));
        fact("a state for two seconds", done(new Request.InstallState(timed)));
        fact("its first limit is told", expired().equals(new Notice.Expired(timed.id(), REQID, false)));
        fact("its last limit is told", expired().equals(new Notice.Expired(timed.id(), REQID, true)));
    }

    private void expiresByTraffic(String occasion, String what, int spi, Lifetime limits) throws Exception {
        recording.occasion(occasion);
        var counted = state(SPOKE, HUB, spi, Direction.OUT, Optional.empty(), 0, limits);
        fact(what, done(new Request.InstallState(counted)));
        for (int i = 0; i < 6; i++) knock();
        fact("the soft limit is told", expired().equals(new Notice.Expired(counted.id(), REQID, false)));
        fact("the hard limit is told", expired().equals(new Notice.Expired(counted.id(), REQID, true)));
        fact("the state is gone", found(counted.id()).isEmpty());
        for (var seen : all()) {
            if (seen instanceof Reply.Larval(var acquire)) kernel.perform(new Request.DropLarval(acquire));
        }
        notices.clear();
    }

    /// The hub, in whose namespace the scenario installed it, sends from port 4500; we expect 40000.
    private void mapping() throws Throwable {
        recording.occasion("mapping");
        UdpEncapSocket.open(4500);
        var in = state(
                HUB,
                SPOKE,
                0xa000,
                Direction.IN,
                Optional.of(new UdpEncapsulation(40000, 4500)),
                0,
                Lifetime.UNLIMITED);
        fact("an inbound state behind a NAT", done(new Request.InstallState(in)));
        Files.writeString(Path.of("/run/log/mapping"), "go\n"); // now the hub pings
        var remapped = next(Notice.Remapped.class);
        fact(
                "its peer's port is told: " + remapped,
                remapped.equals(
                        new Notice.Remapped(in.id(), REQID, new UdpAddress(HUB, 40000), new UdpAddress(HUB, 4500))));
        fact("and it goes", done(new Request.RemoveState(in.id())));
    }

    /// What [NetlinkKernel] never shows: how a kernel says "done" and "no".
    private void acknowledgements() throws Exception {
        var state = state(SPOKE, HUB, 0xb000, Direction.OUT, Optional.empty(), 0, Lifetime.UNLIMITED);
        var odd = new State(
                state.id(),
                SPOKE,
                Direction.IN,
                REQID,
                GRE_BOTH,
                GCM,
                key(35), // no AES key has so many bytes
                Secret.EMPTY,
                Optional.empty(),
                0,
                32,
                Lifetime.UNLIMITED);
        try (var raw = new RawXfrm()) {
            raw(raw, "ack-not-found-repeating-the-request", ToKernel.deleteState(state.id()));
            raw.setOptions();
            raw(raw, "ack-done", ToKernel.addState(state));
            raw(raw, "ack-exists", ToKernel.addState(state));
            raw(raw, "ack-wrong-key", ToKernel.addState(odd));
            raw(raw, "ack-done", ToKernel.deleteState(state.id()));
            raw(raw, "ack-not-found", ToKernel.deleteState(state.id()));
            raw(raw, "ack-no-policy", ToKernel.findPolicy(GUARD));
            raw(raw, "dump-with-its-end", ToKernel.dumpPolicies());
        }
        fact("acknowledgements are written down", true);
    }

    private void raw(RawXfrm socket, String occasion, NetlinkMessage request) throws SystemCallFailed {
        recording.occasion(occasion);
        recording.write("request", request);
        for (var message : socket.ask(request)) recording.write("answer", message);
    }

    private void linksAndAddresses() throws Exception {
        recording.occasion("links-and-addresses");
        fact("links and addresses are listed", !kernel.linksAndAddresses().isEmpty());
    }

    /// The same, through the actor.
    private void actor() throws Exception {
        var kit = ActorTestKit.create();
        try {
            var expires = Sysctl.ACQUIRE_EXPIRES.read();
            fact("xfrm_acq_expires is a number: " + expires, expires > 0);
            var actor = kit.spawn(NetlinkActor.create(
                    new KernelSettings.Netlink(Duration.ofSeconds(5), 1 << 20, KernelSettings.Sysctl.MANAGE),
                    Duration.ofSeconds(165)));
            TestProbe<Notice> listener = kit.createTestProbe(Notice.class);
            actor.tell(new KernelPort.Listen(listener.getRef()));
            var first = listener.expectMessageClass(Notice.Resynchronised.class, Duration.ofSeconds(20));
            fact(
                    "the actor begins with all that is there: " + first,
                    first.addresses().contains(SPOKE));
            fact("it has written the sysctl that it may manage", Sysctl.ACQUIRE_EXPIRES.read() == 165);
            TestProbe<KernelPort.Answered> asker = kit.createTestProbe(KernelPort.Answered.class);
            actor.tell(new KernelPort.Ask(7, new Request.InstallPolicy(OUT), asker.getRef()));
            fact(
                    "it answers with the ticket",
                    asker.receiveMessage(Duration.ofSeconds(10)).equals(new KernelPort.Answered(7, new Reply.Done())));
            run("ip addr add 198.51.100.7/32 dev lo");
            listener.expectMessage(Duration.ofSeconds(5), new Notice.AddressAdded(IpAddress.of("198.51.100.7")));
            run("ip addr del 198.51.100.7/32 dev lo");
            listener.expectMessage(Duration.ofSeconds(5), new Notice.AddressRemoved(IpAddress.of("198.51.100.7")));
            fact("addresses come and go", true);
            run("ip link set gre1 down");
            var down = listener.receiveMessage(Duration.ofSeconds(5));
            fact("a link that goes down takes its addresses along: " + down, down instanceof Notice.AddressRemoved);
            run("ip link set gre1 up");
            fact("and brings them back", comesBack(listener, down));
            run("ip neigh replace 10.255.0.1 lladdr 192.0.2.1 dev gre1"); // it went with the link
            for (var seen : all()) {
                if (seen instanceof Reply.Larval(var acquire)) {
                    actor.tell(new KernelPort.Ask(8, new Request.DropLarval(acquire), asker.getRef()));
                    fact(
                            "the actor drops a larval",
                            asker.receiveMessage().equals(new KernelPort.Answered(8, new Reply.Done())));
                }
            }
            knock();
            var acquired = (Notice.Acquired) listener.fishForMessage(
                            Duration.ofSeconds(10),
                            notice -> notice instanceof Notice.Acquired
                                    ? FishingOutcomes.complete()
                                    : FishingOutcomes.continueAndIgnore())
                    .getLast();
            fact(
                    "the actor tells an acquire: " + acquired.acquire(),
                    acquired.acquire().reqid() == REQID);
            TestProbe<Notice> second = kit.createTestProbe(Notice.class);
            actor.tell(new KernelPort.Listen(second.getRef()));
            var late = second.expectMessageClass(Notice.Resynchronised.class, Duration.ofSeconds(10));
            fact("who comes late hears of it too", late.states().contains(new Reply.Larval(acquired.acquire())));
            actor.tell(new KernelPort.Ask(9, new Request.RemovePolicy(OUT), asker.getRef()));
            fact("the trap is removed", asker.receiveMessage().equals(new KernelPort.Answered(9, new Reply.Done())));
        } finally {
            kit.shutdownTestKit();
        }
    }

    private static boolean comesBack(TestProbe<Notice> listener, Notice gone) {
        return gone instanceof Notice.AddressRemoved(var address)
                && listener.fishForMessage(
                                        Duration.ofSeconds(5),
                                        notice -> notice.equals(new Notice.AddressAdded(address))
                                                ? FishingOutcomes.complete()
                                                : FishingOutcomes.continueAndIgnore())
                                .size()
                        == 1;
    }

    private static final Selector GRE_BOTH =
            new Selector(Prefix.host(SPOKE), Prefix.host(HUB), Selector.GRE, Optional.empty());

    private static State state(
            IpAddress from,
            IpAddress to,
            int spi,
            Direction direction,
            Optional<UdpEncapsulation> udp,
            int acquire,
            Lifetime lifetime) {
        return new State(
                new StateId(new Spi(spi), to),
                from,
                direction,
                REQID,
                new Selector(Prefix.host(from), Prefix.host(to), Selector.GRE, Optional.empty()),
                GCM,
                key(36),
                Secret.EMPTY,
                udp,
                acquire,
                direction == Direction.IN ? 64 : 0,
                lifetime);
    }

    /// Everybody knows it.
    private static Secret key(int length) {
        var key = new byte[length];
        for (int i = 0; i < length; i++) key[i] = (byte) i;
        return Secret.owning(key);
    }

    private void listen() throws SystemCallFailed {
        var events = EventSockets.open(8 << 20);
        Thread.ofPlatform()
                .daemon()
                .start(() -> events.listen(new EventSockets.Listener() {
                    @Override
                    public void xfrm(NetlinkMessage message) {
                        recording.write("event", message);
                        FromKernel.notice(message).ifPresent(notices::add);
                    }

                    @Override
                    public void route(NetlinkMessage message) {
                        recording.write("route", message);
                    }

                    @Override
                    public void overrun() {
                        throw new IllegalStateException("8 MiB are too few");
                    }

                    @Override
                    public void failed(SystemCallFailed why) {
                        throw new IllegalStateException(why);
                    }
                }));
    }

    private Acquire acquired() throws Exception {
        knock();
        return next(Notice.Acquired.class).acquire();
    }

    private Notice.Expired expired() throws Exception {
        return next(Notice.Expired.class);
    }

    private <N extends Notice> N next(Class<N> wanted) throws InterruptedException {
        while (true) {
            var notice = notices.poll(20, TimeUnit.SECONDS);
            if (notice == null) fact("a notice comes: " + wanted.getSimpleName(), false);
            else if (wanted.isInstance(notice)) return wanted.cast(notice);
        }
    }

    /// A packet for the tunnel.
    private static void knock() throws IOException {
        knock("10.255.0.1");
    }

    private static void knock(String tunnelAddress) throws IOException {
        try (var socket = new DatagramSocket()) {
            socket.send(new DatagramPacket(new byte[1], 1, InetAddress.ofLiteral(tunnelAddress), 9));
        } catch (IOException refused) {
            // EAGAIN: there is no state yet
        }
    }

    private List<Reply.Seen> all() throws SystemCallFailed {
        return kernel.perform(new Request.DumpStates()) instanceof Reply.States(var states) ? states : List.of();
    }

    private Optional<Reply.Seen> found(StateId id) throws SystemCallFailed {
        return kernel.perform(new Request.FindState(id)) instanceof Reply.States(var states)
                ? states.stream().findFirst()
                : Optional.empty();
    }

    private boolean done(Request request) throws SystemCallFailed {
        return switch (kernel.perform(request)) {
            case Reply.Done() -> true;
            case Reply.Refused(var _, var sentence) -> {
                System.out.println("  it says: " + sentence);
                yield false;
            }
            case Reply.Policies _, Reply.States _ -> false;
        };
    }

    private Reply.Refused refusal(Request request) throws SystemCallFailed {
        return kernel.perform(request) instanceof Reply.Refused refused
                ? refused
                : new Reply.Refused(Reply.Why.OTHER, "NOT REFUSED");
    }

    private static void run(String command) throws IOException, InterruptedException {
        var process =
                new ProcessBuilder(command.split(" ")).redirectErrorStream(true).start();
        var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) throw new IOException("%s: %s".formatted(command, said));
    }

    private static void fact(String sentence, boolean holds) {
        System.out.println((holds ? "ok: " : "FAILED: ") + sentence);
        if (!holds) System.exit(1);
    }
}
