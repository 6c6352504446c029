package ikebana.sim;

import ikebana.crypto.Entropy;
import ikebana.crypto.EspCipher;
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
import ikebana.kernel.StateId;
import ikebana.kernel.embedded.EspPacket;
import ikebana.kernel.embedded.IpPacket;
import ikebana.wire.Bytes;
import ikebana.wire.IpAddress;
import ikebana.wire.Secret;
import ikebana.wire.UdpAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// A second kernel, small enough to be obviously right, and stricter than any: no key may come twice, and what is
/// removed must have been there. It takes its packets apart itself, so that the other kernel's mistakes are not its
/// own.
final class StrictKernel implements SimKernel {
    private static final Duration ACQUIRE_EXPIRES = Duration.ofSeconds(30);
    private static final int GRE_HEADER = 8;

    private static final class Installed {
        State state;
        final EspCipher cipher;
        final Set<Long> seen = new HashSet<>();
        /// By the time of day.
        Instant addedAt;
        /// By the steady clock.
        final Instant since;
        boolean grownOld;
        long packets;

        Installed(State state, Instant addedAt, Instant since) {
            this.since = since;
            this.addedAt = addedAt;
            this.state = state;
            this.cipher = new EspCipher(state.suite(), copy(state.encryptionKey()), copy(state.integrityKey()));
        }

        private static Secret copy(Secret key) {
            return key.slice(0, key.length());
        }

        /// By the time of day; empty when it has been reached.
        Optional<Instant> softEnd() {
            return grownOld ? Optional.empty() : state.lifetime().softTime().map(addedAt::plus);
        }

        Optional<Instant> hardEnd() {
            return state.lifetime().hardTime().map(addedAt::plus);
        }

        boolean isSpent() {
            return state.lifetime()
                    .hardPackets()
                    .filter(most -> packets >= most)
                    .isPresent();
        }
    }

    private record Flow(IpAddress source, IpAddress destination, int reqid) {}

    private final Pulse machine;
    private final Clock clock;
    private final Outside outside;
    private final Entropy entropy;
    private final List<Policy> policies = new ArrayList<>();
    private final Map<StateId, Installed> installed = new LinkedHashMap<>();
    private final Map<Flow, Acquire> larvals = new LinkedHashMap<>();
    private final Set<Bytes> keys = new HashSet<>();
    private final Set<IpAddress> addresses = new HashSet<>();
    private Optional<Consumer<Notice>> listener = Optional.empty();
    private int sequence;
    private long dropped;

    StrictKernel(Host host, Entropy entropy) {
        this.machine = host.machine;
        this.clock = host.clock;
        this.outside = host;
        this.entropy = entropy;
    }

    @Override
    public Reply ask(Request request) {
        return switch (request) {
            case Request.InstallPolicy(var policy) -> {
                if (!policies.contains(policy)) policies.add(policy);
                yield new Reply.Done();
            }
            case Request.RemovePolicy(var policy) -> {
                policies.remove(policy);
                yield new Reply.Done();
            }
            case Request.DumpPolicies() -> new Reply.Policies(List.copyOf(policies));
            case Request.InstallState(var state) -> install(state);
            case Request.ChangePorts(var state) -> changePorts(state);
            case Request.RemoveState(var id) -> {
                installed.remove(id);
                yield new Reply.Done();
            }
            case Request.FindState(var id) ->
                new Reply.States(Optional.ofNullable(installed.get(id)).map(StrictKernel::seen).stream()
                        .toList());
            case Request.DumpStates() -> new Reply.States(dump());
            case Request.DropLarval(var acquire) -> {
                larvals.values().removeIf(one -> one.sequence() == acquire.sequence());
                yield new Reply.Done();
            }
        };
    }

    private Reply install(State state) {
        if (installed.containsKey(state.id())) {
            return new Reply.Refused(Reply.Why.EXISTS, "the kernel has an ESP state %s already".formatted(state.id()));
        }
        var key = Bytes.concat(
                Bytes.of(state.encryptionKey().expose()), Bytes.of((byte) (state.direction() == Direction.IN ? 1 : 0)));
        Rules.check(keys.add(key), "a key was installed twice: its sequence numbers, which are IVs, begin again");
        installed.put(state.id(), new Installed(state, clock.timeOfDay(), machine.now()));
        if (state.direction() == Direction.OUT) {
            larvals.values()
                    .removeIf(larval -> larval.sequence() == state.acquireSequence()
                            || (larval.destination().equals(state.id().destination())
                                    && larval.source().equals(state.source())
                                    && larval.reqid() == state.reqid()));
        }
        age(installed.get(state.id()));
        return new Reply.Done();
    }

    /// As Linux does (`xfrm_timer_handler`): the time of day tells how old a state is, and it is looked at when
    /// the next limit would be reached without anybody's setting the clock. Set forward, it changes little; set
    /// back, it lets states live as much longer.
    private void age(Installed one) {
        var next = Stream.concat(one.softEnd().stream(), one.hardEnd().stream()).min(Instant::compareTo);
        if (next.isEmpty()) return;
        machine.afterCountingSleep(
                Duration.between(clock.timeOfDay(), next.get()), () -> whileThere(one.state, _ -> aged(one)));
    }

    private void aged(Installed one) {
        var now = clock.timeOfDay();
        boolean over = one.hardEnd().filter(end -> !end.isAfter(now)).isPresent();
        if (over && one.softEnd().isEmpty()) {
            expire(one.state);
            return;
        }
        if (over || one.softEnd().filter(end -> !end.isAfter(now)).isPresent()) {
            if (over) one.addedAt = now.minus(one.state.lifetime().softTime().orElseThrow());
            one.grownOld = true;
            growOld(one.state);
        }
        age(one);
    }

    private void whileThere(State state, Consumer<State> then) {
        if (Optional.ofNullable(installed.get(state.id()))
                .filter(one -> one.state.encryptionKey().equals(state.encryptionKey()))
                .isPresent()) then.accept(state);
    }

    private void growOld(State state) {
        notice(new Notice.Expired(state.id(), state.reqid(), false));
    }

    private Reply changePorts(State changed) {
        var there = installed.get(changed.id());
        if (there == null) return new Reply.Refused(Reply.Why.OTHER, "the kernel has no ESP state " + changed.id());
        Rules.check(
                there.state.encapsulation().isPresent()
                        && changed.equals(
                                there.state.between(changed.encapsulation().orElseThrow())),
                "more than the ports of a state was to change");
        there.state = changed;
        return new Reply.Done();
    }

    private void expire(State state) {
        installed.remove(state.id());
        notice(new Notice.Expired(state.id(), state.reqid(), true));
    }

    private static Reply.Seen seen(Installed one) {
        return new Reply.Mature(one.state.id(), one.state.source(), one.state.reqid(), 0, one.packets);
    }

    private List<Reply.Seen> dump() {
        var all = new ArrayList<Reply.Seen>();
        installed.values().forEach(one -> all.add(seen(one)));
        larvals.values().forEach(one -> all.add(new Reply.Larval(one)));
        return all;
    }

    private void notice(Notice notice) {
        listener.ifPresent(one -> one.accept(notice));
    }

    @Override
    public void listen(Consumer<Notice> who) {
        listener = Optional.of(who);
        notice(new Notice.Resynchronised(dump(), List.copyOf(addresses)));
    }

    @Override
    public void unlisten() {
        listener = Optional.empty();
    }

    @Override
    public void packetOut(IpPacket packet) {
        var verdict = verdict(packet, Direction.OUT);
        if (verdict.isEmpty()) {
            outside.plain(packet);
        } else if (verdict.get() instanceof Policy.RequireEsp(int reqid)) {
            Installed newest = null;
            for (var one : installed.values()) {
                if (one.state.direction() == Direction.OUT
                        && one.state.reqid() == reqid
                        && isOf(packet, one.state.selector())) newest = one;
            }
            if (newest == null) {
                acquire(packet, reqid);
            } else if (newest.isSpent()) {
                expire(newest.state);
            } else {
                long number = ++newest.packets;
                if (newest.state
                        .lifetime()
                        .softPackets()
                        .filter(most -> number == most)
                        .isPresent()) {
                    growOld(newest.state);
                }
                var esp = newest.cipher.seal(newest.state.id().spi(), number, Selector.GRE, gre(packet), entropy);
                outside.esp(new EspPacket(packet.source(), packet.destination(), newest.state.encapsulation(), esp));
            }
        }
    }

    private void acquire(IpPacket packet, int reqid) {
        var flow = new Flow(packet.source(), packet.destination(), reqid);
        if (larvals.containsKey(flow) || listener.isEmpty()) return;
        var selector = new Selector(
                Prefix.host(packet.source()), Prefix.host(packet.destination()), Selector.GRE, packet.greKey());
        var acquire = new Acquire(++sequence, reqid, packet.source(), packet.destination(), selector);
        larvals.put(flow, acquire);
        machine.after(ACQUIRE_EXPIRES, () -> larvals.remove(flow, acquire));
        notice(new Notice.Acquired(acquire));
    }

    @Override
    public void espArrived(EspPacket packet) {
        if (!isTaken(packet)) dropped++;
    }

    private boolean isTaken(EspPacket packet) {
        var front = EspCipher.front(packet.esp());
        if (front.isEmpty() || !addresses.contains(packet.destination())) return false;
        var found = installed.get(new StateId(front.get().spi(), packet.destination()));
        if (found == null || found.state.direction() != Direction.IN) return false;
        if (found.isSpent()) {
            expire(found.state);
            return false;
        }
        // no number of these runs needs its upper half
        long number = Integer.toUnsignedLong(front.get().sequence());
        if (found.seen.contains(number)) return false;
        if (found.state.encapsulation().isPresent() != packet.encapsulation().isPresent()) return false;
        var opened = found.cipher.open(number, packet.esp());
        if (opened.isEmpty()) return false;
        found.seen.add(number);
        found.packets++;
        packet.encapsulation().ifPresent(ports -> {
            var from = new UdpAddress(packet.source(), ports.sourcePort());
            var before = new UdpAddress(
                    found.state.source(),
                    found.state.encapsulation().orElseThrow().sourcePort());
            if (!from.equals(before)) {
                notice(new Notice.Remapped(found.state.id(), found.state.reqid(), before, from));
            }
        });
        var inner = plain(packet, opened.get().payload());
        if (!isOf(inner, found.state.selector())) return false;
        var verdict = verdict(inner, Direction.IN);
        if (verdict.isEmpty()
                || (verdict.get() instanceof Policy.RequireEsp(int reqid) && reqid == found.state.reqid())) {
            outside.delivered(inner);
            return true;
        }
        return false;
    }

    private static Bytes gre(IpPacket packet) {
        return Bytes.concat(
                Bytes.ofHex("200088b5"),
                Bytes.of(ByteBuffer.allocate(4)
                        .putInt(0, packet.greKey().orElseThrow().value())
                        .array()),
                packet.payload());
    }

    private static IpPacket plain(EspPacket outer, Bytes gre) {
        var key = new GreKey(gre.asBuffer().getInt(4));
        return IpPacket.gre(outer.source(), outer.destination(), key, gre.slice(GRE_HEADER, gre.length()));
    }

    private Optional<Policy.Verdict> verdict(IpPacket packet, Direction direction) {
        return policies.stream()
                .filter(policy -> policy.direction() == direction && isOf(packet, policy.selector()))
                .min((one, other) -> Integer.compare(one.priority(), other.priority()))
                .map(Policy::verdict);
    }

    private static boolean isOf(IpPacket packet, Selector selector) {
        return selector.source().contains(packet.source())
                && selector.destination().contains(packet.destination())
                && (selector.protocol() == 0 || selector.protocol() == packet.protocol())
                && selector.greKey()
                        .map(key -> packet.greKey().equals(Optional.of(key)))
                        .orElse(true);
    }

    @Override
    public void addressCame(IpAddress address) {
        if (addresses.add(address)) notice(new Notice.AddressAdded(address));
    }

    @Override
    public void addressWent(IpAddress address) {
        if (addresses.remove(address)) notice(new Notice.AddressRemoved(address));
    }

    @Override
    public long dropped() {
        return dropped;
    }

    @Override
    public List<State> states() {
        return installed.values().stream().map(one -> one.state).toList();
    }

    @Override
    public List<State> overdue(Duration grace) {
        return installed.values().stream()
                .filter(one ->
                        SimKernel.isOverdue(one.state, one.since, machine.now().minus(grace)))
                .map(one -> one.state)
                .toList();
    }

    @Override
    public List<Acquire> larvals() {
        return List.copyOf(larvals.values());
    }
}
