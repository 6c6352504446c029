package ikebana.kernel.embedded;

import ikebana.crypto.SeededEntropy;
import ikebana.kernel.Acquire;
import ikebana.kernel.Direction;
import ikebana.kernel.GreKey;
import ikebana.kernel.Notice;
import ikebana.kernel.Policy;
import ikebana.kernel.Prefix;
import ikebana.kernel.Reply;
import ikebana.kernel.Request;
import ikebana.kernel.Selector;
import ikebana.kernel.State;
import ikebana.wire.Bytes;
import ikebana.wire.IpAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A host of a story: a kernel, its state, and what it did last.
final class Host {
    static final int REQID = 7;
    static final GreKey KEY = GreKey.of("1234");

    final IpAddress address;
    final EmbeddedKernel kernel;
    KernelState state = KernelState.EMPTY;
    Instant now = Instant.parse("2026-01-01T00:00:00Z");
    List<Effect> did = List.of();
    final List<Effect> journal = new ArrayList<>();
    private long ticket;

    Host(String address) {
        this(address, Limits.DEFAULT);
    }

    Host(String address, Limits limits) {
        this.address = IpAddress.of(address);
        this.kernel = new EmbeddedKernel(limits, new SeededEntropy(this.address.hashCode()));
        happens(new Input.AddressCame(this.address));
    }

    /// With a listener and the wildcard policies of a profile.
    static Host trapping(String address) {
        var host = new Host(address);
        host.happens(new Input.ListenerCame());
        host.trap(1000, Optional.of(KEY), REQID);
        return host;
    }

    void trap(int priority, Optional<GreKey> key, int reqid) {
        var out = selector(Prefix.host(address), Prefix.everythingLike(address), key);
        ask(new Request.InstallPolicy(new Policy(out, Direction.OUT, priority, new Policy.RequireEsp(reqid))));
        ask(new Request.InstallPolicy(
                new Policy(out.reversed(), Direction.IN, priority, new Policy.RequireEsp(reqid))));
    }

    void guard(int priority) {
        var out = selector(Prefix.host(address), Prefix.everythingLike(address), Optional.empty());
        ask(new Request.InstallPolicy(new Policy(out, Direction.OUT, priority, new Policy.Block())));
        ask(new Request.InstallPolicy(new Policy(out.reversed(), Direction.IN, priority, new Policy.Block())));
    }

    static Selector selector(Prefix source, Prefix destination, Optional<GreKey> key) {
        return new Selector(source, destination, Selector.GRE, key);
    }

    Host happens(Input input) {
        var step = kernel.step(state, now, input);
        state = step.next();
        did = step.effects();
        journal.addAll(did);
        return this;
    }

    Reply ask(Request request) {
        happens(new Input.Asked(++ticket, request));
        var last = did.getLast();
        if (last instanceof Effect.Answered(var to, var reply) && to == ticket) return reply;
        throw new AssertionError("no answer to " + request + " but " + did);
    }

    Reply install(State added) {
        return ask(new Request.InstallState(added));
    }

    void passes(Duration time) {
        now = now.plus(time);
    }

    void sleepsUntilWoken() {
        now = state.wakeAt().orElseThrow();
        happens(new Input.Woke());
    }

    Host sends(IpPacket packet) {
        return happens(new Input.PacketOut(packet));
    }

    IpPacket gre(Host to, String text) {
        return gre(to, KEY, text);
    }

    IpPacket gre(Host to, GreKey key, String text) {
        return IpPacket.gre(address, to.address, key, text(text));
    }

    static Bytes text(String text) {
        return Bytes.of(text.getBytes(StandardCharsets.UTF_8));
    }

    /// The one ESP packet of the last step.
    EspPacket esp() {
        var sent = did.stream()
                .filter(Effect.SendEsp.class::isInstance)
                .map(effect -> ((Effect.SendEsp) effect).packet())
                .toList();
        if (sent.size() != 1) throw new AssertionError("not one ESP packet: " + did);
        return sent.getFirst();
    }

    List<Notice> notices() {
        return did.stream()
                .filter(Effect.Noticed.class::isInstance)
                .map(effect -> ((Effect.Noticed) effect).notice())
                .toList();
    }

    /// The one acquire of the last step.
    Acquire acquire() {
        var said = notices();
        if (said.size() == 1 && said.getFirst() instanceof Notice.Acquired(var acquire)) return acquire;
        throw new AssertionError("not one acquire: " + did);
    }

    List<IpPacket> delivered() {
        return did.stream()
                .filter(Effect.Delivered.class::isInstance)
                .map(effect -> ((Effect.Delivered) effect).packet())
                .toList();
    }

    /// The names of the counters that the last step raised.
    List<String> dropped() {
        return did.stream()
                .filter(Effect.Dropped.class::isInstance)
                .map(effect -> ((Effect.Dropped) effect).reason().counter())
                .toList();
    }

    /// Installs both halves of one SA, from `from` to `to`.
    static void sa(Host from, Host to, int spi) {
        from.install(Sa.from(from, to, spi).state(Direction.OUT));
        to.install(Sa.from(from, to, spi).state(Direction.IN));
    }
}
