package ikebana.sim;

import ikebana.auth.Credentials;
import ikebana.auth.Endpoint;
import ikebana.auth.IdentityPattern;
import ikebana.auth.PreSharedKey;
import ikebana.auth.Profile;
import ikebana.crypto.Entropy;
import ikebana.crypto.SeededEntropy;
import ikebana.ike.Datagram;
import ikebana.ike.Dial;
import ikebana.ike.Effect;
import ikebana.ike.IkeSa;
import ikebana.ike.Input;
import ikebana.ike.Path;
import ikebana.ike.SaState;
import ikebana.ike.Step;
import ikebana.kernel.Lifetime;
import ikebana.kernel.Reply;
import ikebana.kernel.Request;
import ikebana.kernel.State;
import ikebana.kernel.StateId;
import ikebana.negotiation.EspProposal;
import ikebana.negotiation.IkeProposal;
import ikebana.settings.HalfOpen;
import ikebana.settings.IkeSettings;
import ikebana.settings.Retransmission;
import ikebana.wire.Bytes;
import ikebana.wire.Header;
import ikebana.wire.IkeSpi;
import ikebana.wire.IpAddress;
import ikebana.wire.Secret;
import ikebana.wire.UdpAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/// Two hosts with one IKE SA each, their kernels' memories, one bad network, virtual time, one seed.
///
/// The left host dials. Three climates: a merciful network loses at most two copies of a datagram, so that everything
/// must succeed; a wild one does what it likes, and afterwards nothing may be left over; a dead one lets nothing
/// through.
public final class World {
    /// What a test breaks on purpose, to see that the simulator notices.
    public enum PlantedBug {
        NONE,
        /// A duplicate request is not known by its bytes: the responder's answer is thrown away.
        LOST_REPLY,
        /// What an SA had in the kernel stays when it ends.
        LEAKED_STATE,
        /// A retransmission is sealed anew, under an IV that has sealed something else.
        IV_TWICE,
        /// The two kernels get different keys.
        UNEQUAL_KEYS
    }

    public enum Climate {
        MERCIFUL,
        WILD,
        DEAD
    }

    private record Happening(Instant at, long order, Runnable run) implements Comparable<Happening> {
        @Override
        public int compareTo(Happening other) {
            int byTime = at.compareTo(other.at);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }

    private static final IkeSettings SETTINGS = new IkeSettings(
            new Retransmission(Duration.ofMillis(500), 1.8, Duration.ofSeconds(10), 6, 0.1),
            new HalfOpen(100, 1000, Duration.ofSeconds(30), Duration.ofSeconds(60)),
            Duration.ofSeconds(60),
            Duration.ofSeconds(10),
            Duration.ofSeconds(5),
            Duration.ofSeconds(60),
            Duration.ofSeconds(5));
    private static final List<Climate> CLIMATES = List.of(Climate.values());
    private static final int STEPS_AT_MOST = 20_000;
    private static final Duration STORM = Duration.ofMinutes(10);

    final class Host {
        final String name;
        final UdpAddress address;
        final Profile profile;
        final IkeSa machine;
        final Credentials credentials;
        final Map<StateId, State> kernel = new HashMap<>();
        Optional<SaState> sa = Optional.empty();
        Optional<String> finished = Optional.empty();
        boolean established;

        Host(String name, String ip, Entropy entropy, String psk) {
            this.name = name;
            this.address = new UdpAddress(IpAddress.of(ip), 500);
            this.profile = new Profile(
                    "dmvpn",
                    new Profile.Listed(List.of(address.ip())),
                    List.of(),
                    7,
                    Profile.Guard.OFF,
                    Optional.empty(),
                    List.of(IdentityPattern.of("*")),
                    List.of(IkeProposal.of("aes256gcm16-prfsha256-x25519")),
                    List.of(EspProposal.of("aes256gcm16")),
                    Lifetime.UNLIMITED,
                    64);
            this.machine = new IkeSa(SETTINGS, List.of(profile), entropy);
            this.credentials = new Credentials(
                    Map.of(
                            "dmvpn",
                            List.of(new PreSharedKey(
                                    IdentityPattern.of("*"),
                                    Secret.copyOf(Bytes.ofHex(psk).toArray())))),
                    entropy);
        }

        void dial(Host peer) {
            var endpoint = new Endpoint("dmvpn", address.ip(), peer.address.ip());
            perform(machine.dial(new IkeSpi(1), new Path(address, peer.address), new Dial(endpoint, profile, 0), now));
        }

        void arrived(Datagram datagram) {
            if (sa.isEmpty()) {
                if (finished.isPresent()) return; // what one doorman would remember
                perform(machine.answer(new IkeSpi(2), datagram, now));
            } else {
                happens(new Input.Arrived(datagram));
            }
        }

        void happens(Input input) {
            if (sa.isEmpty()) return;
            note("%s %s".formatted(name, input));
            perform(machine.step(sa.get(), now, input));
        }

        private void perform(Step<SaState, Effect> step) {
            sa = Optional.of(step.next());
            step.effects().forEach(this::perform);
            sa.flatMap(state -> state.wakeAt(SETTINGS)).ifPresent(at -> {
                if (at.isBefore(now)) throw new AssertionError("wants to be woken in the past");
                schedule(Duration.between(now, at), () -> wake(at));
            });
        }

        private void wake(Instant at) {
            if (sa.flatMap(state -> state.wakeAt(SETTINGS)).filter(at::equals).isPresent()) {
                happens(new Input.Woke());
            }
        }

        private void perform(Effect effect) {
            note("%s   %s".formatted(name, effect));
            switch (effect) {
                case Effect.Send(var datagram) -> transmit(this, datagram);
                case Effect.AskCredentials(var ticket, var question) ->
                    later(() -> happens(new Input.CredentialsSaid(ticket, credentials.answer(question))));
                case Effect.AskKernel(var ticket, var request) -> {
                    var reply = obey(request);
                    later(() -> happens(new Input.KernelSaid(ticket, reply)));
                }
                case Effect.MayAuthenticate(var ticket, var _) -> later(() -> happens(new Input.Cleared(ticket, true)));
                case Effect.AskAdmission ask -> later(() -> happens(new Input.Admitted(ask.ticket())));
                case Effect.Established _ -> {
                    check(!established, "established twice");
                    established = true;
                }
                case Effect.Ignored _ -> {}
                case Effect.Finished(var why) -> {
                    check(finished.isEmpty(), "finished twice");
                    finished = Optional.of(why);
                    if (bug != PlantedBug.LEAKED_STATE) check(kernel.isEmpty(), "left states in the kernel");
                }
                case Effect.Retired() -> {
                    check(finished.isPresent(), "retired before it was finished");
                    sa = Optional.empty();
                }
            }
        }

        private Reply obey(Request request) {
            switch (request) {
                case Request.InstallState(var state) -> {
                    var kept = bug == PlantedBug.UNEQUAL_KEYS && name.equals("left") ? spoilt(state) : state;
                    check(kernel.put(state.id(), kept) == null, "installed twice");
                }
                case Request.RemoveState(var id) -> {
                    if (bug != PlantedBug.LEAKED_STATE) kernel.remove(id);
                }
                case Request.InstallPolicy _,
                        Request.RemovePolicy _,
                        Request.DumpPolicies _,
                        Request.FindState _,
                        Request.DumpStates _,
                        Request.DropLarval _ -> throw new AssertionError("an SA never asks for " + request);
            }
            return new Reply.Done();
        }

        private State spoilt(State state) {
            return new State(
                    state.id(),
                    state.source(),
                    state.direction(),
                    state.reqid(),
                    state.selector(),
                    state.suite(),
                    Secret.owning(new byte[state.encryptionKey().length()]),
                    state.integrityKey(),
                    state.encapsulation(),
                    state.acquireSequence(),
                    state.replayWindow(),
                    state.lifetime());
        }
    }

    private final RandomGenerator dice;
    private final PlantedBug bug;
    private final Climate climate;
    private final double loss;
    private final double duplicates;
    private final Duration slowest;
    private final PriorityQueue<Happening> agenda = new PriorityQueue<>();
    private final StringBuilder journal = new StringBuilder();
    private final Map<String, Integer> losses = new HashMap<>();
    private final Map<Bytes, Bytes> sealedUnder = new HashMap<>();
    private final Set<Bytes> sentOnce = new HashSet<>();
    private Instant now = Instant.EPOCH;
    private long order;
    final Host left;
    final Host right;

    World(long seed, PlantedBug bug) {
        this(seed, bug, "aa", "aa");
    }

    World(long seed, PlantedBug bug, String leftPsk, String rightPsk) {
        this.dice = new SplittableRandom(seed);
        this.bug = bug;
        this.climate = CLIMATES.get(dice.nextInt(CLIMATES.size()));
        this.loss = climate == Climate.DEAD ? 1 : dice.nextDouble(0.8);
        this.duplicates = dice.nextDouble(0.5);
        this.slowest = Duration.ofMillis(climate == Climate.WILD ? dice.nextInt(1, 9000) : dice.nextInt(1, 400));
        this.left = new Host("left", "192.0.2.1", new SeededEntropy(seed * 2), leftPsk);
        this.right = new Host("right", "192.0.2.2", new SeededEntropy(seed * 2 + 1), rightPsk);
    }

    Climate climate() {
        return climate;
    }

    /// The whole story; the same seed tells the same one.
    String run() {
        note("climate %s, loss %.2f, duplicates %.2f, slowest %s".formatted(climate, loss, duplicates, slowest));
        left.dial(right);
        drain(STORM);
        judge();
        for (var host : List.of(left, right)) {
            schedule(Duration.ZERO, () -> host.happens(new Input.Close("the test is over")));
        }
        drain(STORM.multipliedBy(2));
        check(left.kernel.isEmpty() && right.kernel.isEmpty(), "states are left over at the end");
        check(left.sa.isEmpty(), "an SA that was closed is still there");
        return journal.toString();
    }

    private void drain(Duration until) {
        int steps = 0;
        while (!agenda.isEmpty() && !agenda.peek().at().isAfter(Instant.EPOCH.plus(until))) {
            check(++steps < STEPS_AT_MOST, "never comes to rest");
            var next = agenda.poll();
            now = next.at();
            next.run().run();
        }
        now = Instant.EPOCH.plus(until);
    }

    private void judge() {
        switch (climate) {
            case MERCIFUL -> {
                check(left.established && right.established, "no tunnel on a network that lets messages through");
                check(left.finished.isEmpty() && right.finished.isEmpty(), "gave up on a merciful network");
                mirrored();
            }
            case DEAD -> {
                check(left.finished.isPresent(), "did not give up on a dead network");
                check(left.sa.isEmpty(), "gave up, and is still there");
                check(right.sa.isEmpty(), "somebody heard something on a dead network");
            }
            case WILD -> {
                if (left.finished.isEmpty() && right.finished.isEmpty() && left.established && right.established) {
                    mirrored();
                }
            }
        }
    }

    /// What one kernel sends, the other can open: the same SPIs, keys and mirrored selectors.
    private void mirrored() {
        check(left.kernel.size() == 2 && right.kernel.size() == 2, "not one pair of states at each end");
        left.kernel.forEach((id, ours) -> {
            var theirs = right.kernel.get(id);
            check(theirs != null, "a state of the left is not at the right: " + id);
            check(theirs.encryptionKey().equals(ours.encryptionKey()), "unequal keys");
            check(theirs.direction() != ours.direction(), "both send, or both receive");
            check(theirs.selector().equals(ours.selector()), "unequal selectors");
        });
    }

    private void transmit(Host from, Datagram datagram) {
        var to = from == left ? right : left;
        var bytes = datagram.bytes();
        sealedOnce(bytes);
        check(datagram.path().local().equals(from.address), "sends from an address that is not its own");
        boolean first = sentOnce.add(bytes);
        if (bug == PlantedBug.LOST_REPLY
                && !first
                && Header.peek(bytes).orElseThrow().response()) return;
        if (bug == PlantedBug.IV_TWICE && !first) {
            var other = bytes.toArray();
            other[other.length - 1] ^= 1;
            sealedOnce(Bytes.of(other));
        }
        boolean lost = dice.nextDouble() < loss;
        boolean merciless = climate != Climate.MERCIFUL || losses.merge(from.name + bytes, 1, Integer::sum) <= 2;
        if (lost && merciless) return;
        int copies = dice.nextDouble() < duplicates ? 2 : 1;
        for (int i = 0; i < copies; i++) {
            var path = new Path(to.address, from.address);
            schedule(
                    Duration.ofNanos(dice.nextLong(1, slowest.toNanos() + 1)),
                    () -> to.arrived(new Datagram(path, bytes)));
        }
    }

    /// No two messages under one IV: the IV is behind the headers, and each side has its own key.
    private void sealedOnce(Bytes bytes) {
        var header = Header.peek(bytes).orElseThrow();
        if (header.firstPayload() != 46) return;
        var who = header.fromInitiator() ? Bytes.of((byte) 1) : Bytes.of((byte) 2);
        var iv = Bytes.concat(who, bytes.slice(Header.LENGTH + 4, Header.LENGTH + 12));
        var before = sealedUnder.putIfAbsent(iv, bytes);
        check(before == null || before.equals(bytes), "two messages under one IV");
    }

    /// An answer from beside: soon, and never within the step that asked.
    private void later(Runnable run) {
        schedule(Duration.ofNanos(dice.nextLong(1, 5_000_000)), run);
    }

    private void schedule(Duration after, Runnable run) {
        agenda.add(new Happening(now.plus(after), ++order, run));
    }

    private void note(String line) {
        journal.append(now.toEpochMilli()).append(' ').append(line).append('\n');
    }

    private static void check(boolean holds, String otherwise) {
        if (!holds) throw new AssertionError(otherwise);
    }
}
