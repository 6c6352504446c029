package ikebana.sim;

import ikebana.auth.ChildRules;
import ikebana.auth.Childless;
import ikebana.auth.Identity;
import ikebana.auth.IdentityPattern;
import ikebana.auth.IkeLifetime;
import ikebana.auth.Ppk;
import ikebana.auth.PreSharedKey;
import ikebana.auth.Profile;
import ikebana.auth.PublicKeyAuthentication;
import ikebana.auth.Uniqueness;
import ikebana.control.Answer;
import ikebana.control.Event;
import ikebana.control.Order;
import ikebana.ike.CrashTokens;
import ikebana.ike.Datagram;
import ikebana.ike.Path;
import ikebana.ike.Wiretap;
import ikebana.kernel.GreKey;
import ikebana.kernel.Lifetime;
import ikebana.kernel.Request;
import ikebana.negotiation.EspProposal;
import ikebana.negotiation.IkeProposal;
import ikebana.settings.Fragmentation;
import ikebana.settings.HalfOpen;
import ikebana.settings.IkeSettings;
import ikebana.settings.Retransmission;
import ikebana.wire.Bytes;
import ikebana.wire.Header;
import ikebana.wire.IpAddress;
import ikebana.wire.Payload;
import ikebana.wire.Secret;
import ikebana.wire.UdpAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/// Two hosts, a network that does as it is told, and a transcript of what was told, said and done.
///
/// A datagram takes ten milliseconds; what actors tell each other takes no time. No random bytes are in a
/// transcript: SPIs of ESP have names.
final class Story extends Stage {
    private static final Duration ON_THE_WAY = Duration.ofMillis(10);
    private static final int STEPS_AT_MOST = 10_000;

    /// What becomes of a message on its way.
    sealed interface Fate {
        record Arrives() implements Fate {}

        record Lost() implements Fate {}

        record Changed(UnaryOperator<List<Payload>> how) implements Fate {}

        /// Sealed anew with something inside that cannot be read.
        record Garbled() implements Fate {}
    }

    /// Decides about each message, in the order in which they are sent.
    interface Destiny {
        Fate of(Host from, Header header);
    }

    /// How a host is set up.
    static final class Side {
        String psk = "secret";
        String ike = "aes256gcm16-prfsha256-x25519";
        String esp = "aes256gcm16";
        String remote = "*";
        Optional<Ppk> ppk = Optional.empty();
        String ppkValue = "a key that a quantum computer does not find";
        Optional<String> id = Optional.empty();
        /// Instead of the key.
        Optional<Papers> papers = Optional.empty();
        /// Likewise.
        Optional<PublicKeyAuthentication> rawKeys = Optional.empty();

        Lifetime lifetime = Lifetime.UNLIMITED;
        Uniqueness uniqueness = Uniqueness.NEVER;
        boolean tellsCrashTokens = true;
        Optional<Duration> inactivity = Optional.empty();
        IkeLifetime ikeLifetime = IkeLifetime.NEVER;
        /// Then it has two keys.
        boolean childPerSelector;

        Childless childless = Childless.NEVER;
    }

    final Host a;
    final Host b;
    private final Notebook notebook;
    private final IkeSettings settings;

    static Story of(Side a, Side b, int cookieThreshold, long seed) {
        return of(a, b, cookieThreshold, seed, 1280);
    }

    private static Story of(Side a, Side b, int cookieThreshold, long seed, int fragmentSize) {
        var agenda = new Agenda();
        var notebook = new Notebook(agenda);
        return new Story(
                a, b, cookieThreshold, fragmentSize, seed, agenda, notebook, new TellingNetwork(agenda, notebook));
    }

    /// Whose hosts send no IP packet of more than so many bytes.
    static Story inFragments(int fragmentSize, Side a, Side b) {
        return of(a, b, 100, 1, fragmentSize);
    }

    static Story of(Side a, Side b) {
        return of(a, b, 100, 1);
    }

    private Story(
            Side a,
            Side b,
            int cookieThreshold,
            int fragmentSize,
            long seed,
            Agenda agenda,
            Notebook notebook,
            TellingNetwork network) {
        super(
                seed,
                agenda,
                new SplittableRandom(seed),
                PlantedBug.NONE,
                new Journal(false),
                network,
                notebook,
                new Capture(false));
        this.notebook = notebook;
        this.settings = new IkeSettings(
                new Retransmission(Duration.ofMillis(500), 1.8, Duration.ofSeconds(20), 4, 0),
                new HalfOpen(cookieThreshold, 1_000, Duration.ofSeconds(30), Duration.ofSeconds(60)),
                new Fragmentation(fragmentSize, 64, 64 * 1024),
                Duration.ofSeconds(30),
                Duration.ofSeconds(20),
                Duration.ofSeconds(10),
                Duration.ofSeconds(5),
                Duration.ofSeconds(60),
                Duration.ofSeconds(1),
                Duration.ofSeconds(30),
                4);
        this.a = host("a", 1, a);
        this.b = host("b", 2, b);
        for (var host : List.of(this.a, this.b)) {
            host.boot();
            host.start();
        }
        pass(Duration.ofMillis(1));
    }

    private Host host(String name, int number, Side side) {
        var address = new IpAddress(Bytes.of((byte) 192, (byte) 0, (byte) 2, (byte) number));
        var certificates = side.papers.map(Papers::authentication);
        var profile = new Profile(
                "dmvpn",
                new Profile.Listed(List.of(address)),
                side.childPerSelector ? Host.KEYS : List.of(Host.KEY),
                7,
                Profile.Guard.OFF,
                side.id
                        .map(Identity::of)
                        .or(() -> certificates.map(with -> with.own().identity())),
                List.of(IdentityPattern.of(side.remote)),
                false,
                List.of(IkeProposal.of(side.ike)),
                List.of(EspProposal.of(side.esp)),
                side.lifetime,
                side.ikeLifetime,
                64,
                certificates.map(with -> with.trust().authorities()).or(() -> side.rawKeys.map(_ -> List.of())),
                side.uniqueness,
                side.inactivity,
                side.ppk,
                new ChildRules(side.childPerSelector, side.childless));
        var key = new PreSharedKey(IdentityPattern.of("*"), Secret.copyOf(side.psk.getBytes(StandardCharsets.UTF_8)));
        var host = new Host(
                this,
                name,
                profile,
                List.of(key),
                it -> new StrictKernel(it, entropy()),
                new Hooks(agenda, dice, Duration.ofMillis(1)));
        host.certificates = certificates.map(with -> Map.of("dmvpn", with)).orElse(Map.of());
        host.publicKeys = side.rawKeys.map(with -> Map.of("dmvpn", with)).orElse(Map.of());
        if (side.tellsCrashTokens) host.crashTokens = CrashTokens.from(entropy().secret(CrashTokens.SECRET_LENGTH));
        host.ppks = Map.of("dmvpn", Secret.copyOf(side.ppkValue.getBytes(StandardCharsets.UTF_8)));
        hosts.add(host);
        return host;
    }

    // ---- what is told

    void packet(Host from, Host to) {
        packet(from, to, Duration.ofSeconds(1));
    }

    /// @param after how long the next thing is told
    void packet(Host from, Host to, Duration after) {
        notebook.told("a packet from %s to %s".formatted(from, to));
        from.inject(to);
        pass(after);
    }

    void packet(Host from, Host to, GreKey key) {
        notebook.told("a packet from %s to %s with key %s".formatted(from, to, key));
        from.inject(to, key);
        pass(Duration.ofSeconds(1));
    }

    /// Both at the same moment.
    void packetsBothWays() {
        notebook.told("packets from a to b and from b to a");
        a.inject(b);
        b.inject(a);
        pass(Duration.ofSeconds(1));
    }

    void order(Host host, Order order, String words) {
        notebook.told("%s is ordered: %s".formatted(host, words));
        host.daemon().orElseThrow().ordered(order);
        pass(Duration.ofSeconds(1));
    }

    void crash(Host host) {
        notebook.told("the daemon of %s is killed and started anew".formatted(host));
        host.crash();
        host.start();
        pass(Duration.ofSeconds(1));
    }

    void reboot(Host host) {
        notebook.told("the machine of %s starts anew".formatted(host));
        host.crash();
        host.reboot();
        host.start();
        pass(Duration.ofSeconds(1));
    }

    void die(Host host) {
        notebook.told("the daemon of %s is killed".formatted(host));
        host.crash();
    }

    void stranger(Host host, Bytes message) {
        notebook.told("a stranger writes to %s".formatted(host));
        var from = new UdpAddress(IpAddress.of("203.0.113.7"), 500);
        network.inject(new Datagram(new Path(from, new UdpAddress(host.address, 500)), message), true);
        pass(Duration.ofMillis(5));
    }

    void time(Duration duration, String words) {
        notebook.told(words);
        pass(duration);
    }

    void pass(Duration duration) {
        agenda.runUntil(agenda.now().plus(duration), STEPS_AT_MOST);
    }

    /// From now on.
    void fate(String words, Destiny destiny) {
        notebook.told(words);
        ((TellingNetwork) network).destiny = destiny;
    }

    /// `host` is behind a NAT with this address.
    NatBox nat(Host host, IpAddress outside) {
        notebook.told("%s is behind a NAT, which calls it %s".formatted(host, outside));
        return nat(new NatBox(agenda, host.address, outside, false, Duration.ofSeconds(30)), host);
    }

    /// The same, but it keeps the ports, and lets everybody in.
    NatBox forwarded(Host host, IpAddress outside) {
        notebook.told("%s is behind a NAT, which calls it %s and keeps its ports".formatted(host, outside));
        return nat(new NatBox(agenda, host.address, outside, true, Duration.ofSeconds(30)), host);
    }

    private NatBox nat(NatBox box, Host host) {
        network.nat(box);
        host.outer = box.outside();
        return box;
    }

    void happens(String words, Runnable what) {
        notebook.told(words);
        what.run();
    }

    String transcript() {
        return notebook.toString();
    }

    // ---- what hosts need

    @Override
    IkeSettings settings() {
        return settings;
    }

    @Override
    KernelLink link(Host host) {
        return new KernelLink(host.process, dice, host.kernel, List.of(host.address), 0, bug);
    }

    @Override
    Duration slowestActor() {
        return Duration.ofNanos(1);
    }

    @Override
    void announced(Event event) {}

    private static final class TellingNetwork extends Network {
        private final Agenda agenda;
        private final Notebook notebook;
        private Destiny destiny = (_, _) -> new Fate.Arrives();

        TellingNetwork(Agenda agenda, Notebook notebook) {
            super(agenda, new SplittableRandom(1), Weather.CALM, new Capture(false));
            this.agenda = agenda;
            this.notebook = notebook;
        }

        @Override
        void ike(Datagram datagram) {
            var said = notebook.last.orElseThrow();
            switch (destiny.of(said.from(), Header.peek(datagram.bytes()).orElseThrow())) {
                case Fate.Arrives() -> {
                    notebook.write(said, "");
                    go(datagram);
                }
                case Fate.Lost() -> notebook.write(said, "   -- lost");
                case Fate.Changed(var how) -> {
                    var bytes = said.keys().orElseThrow().changed(datagram.bytes(), how);
                    notebook.says(said.from(), new Datagram(datagram.path(), bytes), said.keys());
                    notebook.write(notebook.last.orElseThrow(), "   -- as told");
                    go(new Datagram(datagram.path(), bytes));
                }
                case Fate.Garbled() -> {
                    notebook.write(said, "   -- garbled, as told");
                    // a Delete payload that is longer than the message
                    var bytes =
                            said.keys().orElseThrow().changed(datagram.bytes(), 42, Bytes.ofHex("00000fff03000000"));
                    go(new Datagram(datagram.path(), bytes));
                }
            }
        }

        private void go(Datagram datagram) {
            var outside = leaving(datagram);
            agenda.after(ON_THE_WAY, () -> arrive(outside, false));
        }

        @Override
        void carry(IpAddress from, IpAddress to, Bytes bytes, Runnable arrival) {
            agenda.after(ON_THE_WAY, arrival);
        }
    }

    private record Said(Host from, String line, Optional<Wiretap> keys) {}

    /// The scribe.
    private static final class Notebook implements Scribe {
        private static final Duration WORTH_SAYING = Duration.ofMillis(100);
        private static final Pattern IKE_SPI = Pattern.compile("[0-9a-f]{16}");

        private final Agenda agenda;
        private final List<String> lines = new ArrayList<>();
        private final Vocabulary words = new Vocabulary();
        private Optional<Said> last = Optional.empty();
        private Instant before = Instant.EPOCH;

        Notebook(Agenda agenda) {
            this.agenda = agenda;
        }

        void told(String words) {
            if (!lines.isEmpty()) lines.add("");
            lines.add("> " + words);
            before = agenda.now();
        }

        private void line(String line) {
            var passed = Duration.between(before, agenda.now());
            if (passed.compareTo(WORTH_SAYING) >= 0) {
                lines.add("  .. %d.%d s".formatted(passed.toSeconds(), passed.toMillisPart() / 100));
                before = agenda.now();
            }
            lines.add("  " + line);
        }

        @Override
        public void says(Host host, Datagram datagram, Optional<Wiretap> keys) {
            last = Optional.of(new Said(host, words.message(host, datagram, keys), keys));
        }

        void write(Said said, String fate) {
            line(said.line() + fate);
        }

        @Override
        public void asks(Host host, Request request) {
            line("%s kernel: %s".formatted(host, words.request(request)));
        }

        @Override
        public void tells(Host host, Event event) {
            line("%s: %s"
                    .formatted(
                            host,
                            switch (event) {
                                case Event.Up up -> "UP with " + up.remoteIdentity();
                                case Event.Gone gone -> "GONE, " + gone.why();
                                case Event.Failed failed -> "FAILED, " + failed.why();
                                case Event.SiblingBehindNat sibling -> "SIBLING BEHIND NAT, " + sibling.sentence();
                            }));
        }

        @Override
        public void answers(Host host, Answer answer) {
            line("%s answers: %s"
                    .formatted(
                            host,
                            switch (answer) {
                                case Answer.Done done ->
                                    "done, the tunnel is " + done.tunnel().phase();
                                case Answer.NoTunnel none -> none.sentence();
                                case Answer.Tunnels list -> list.tunnels().size() + " tunnels";
                                case Answer.Failed failed -> "failed, " + failed.why() + ", " + failed.sentence();
                            }));
        }

        @Override
        public void notes(Host host, String line) {
            line("%s %s".formatted(host, IKE_SPI.matcher(line).replaceAll("...")));
        }

        @Override
        public void receives(Host host, String packet) {
            line("%s receives: %s".formatted(host, packet));
        }

        @Override
        public String toString() {
            return String.join("\n", lines) + "\n";
        }
    }
}
