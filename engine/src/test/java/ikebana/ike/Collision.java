package ikebana.ike;

import ikebana.Examples;
import ikebana.auth.Endpoint;
import ikebana.crypto.Entropy;
import ikebana.crypto.SeededEntropy;
import ikebana.kernel.Acquire;
import ikebana.kernel.Direction;
import ikebana.kernel.GreKey;
import ikebana.kernel.Prefix;
import ikebana.kernel.Request;
import ikebana.kernel.Selector;
import ikebana.kernel.State;
import ikebana.kernel.StateId;
import ikebana.wire.Bytes;
import ikebana.wire.Delete;
import ikebana.wire.ExchangeType;
import ikebana.wire.Header;
import ikebana.wire.IkeSpi;
import ikebana.wire.IpAddress;
import ikebana.wire.Message;
import ikebana.wire.NotifyType;
import ikebana.wire.Payload;
import ikebana.wire.Proposal;
import ikebana.wire.SecurityAssociation;
import ikebana.wire.UdpAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// An established IKE SA between two ends with their kernels, each of which is about to ask the other for something:
/// who hears what first, and which nonce is the lowest, is for a test to say.
final class Collision {
    private static final IpAddress HERE = IpAddress.of("192.0.2.1");
    private static final IpAddress THERE = IpAddress.of("192.0.2.2");
    private static final GreKey KEY = GreKey.of("1234");
    private static final GreKey OTHER_KEY = GreKey.of("305419896");
    private static final int NONCE_LENGTH = 32;
    static final int FLOW = Examples.REQID;
    static final int OTHER_FLOW = Examples.REQID + 1;

    /// A message on its way, with what is in it.
    record Letter(boolean fromA, Header header, List<Payload> payloads, Datagram datagram) {
        boolean is(boolean ofA, boolean response, ExchangeType exchange) {
            return fromA == ofA
                    && header.response() == response
                    && header.exchange().equals(exchange);
        }

        boolean makes() {
            return header.response()
                    && header.exchange().equals(ExchangeType.Known.CREATE_CHILD_SA)
                    && Message.first(payloads, SecurityAssociation.class).isPresent();
        }

        Optional<Delete> delete() {
            return header.response() ? Optional.empty() : Message.first(payloads, Delete.class);
        }
    }

    /// Whose nonces begin with what: the first that an end draws is the one with which it asks, the second the
    /// one with which it answers.
    private static final class Nonces implements Entropy {
        private final Entropy dice;
        private List<Integer> firstBytes = List.of();

        Nonces(long seed) {
            dice = new SeededEntropy(seed);
        }

        @Override
        public byte[] bytes(int count) {
            return dice.bytes(count);
        }

        @Override
        public Bytes publicBytes(int count) {
            var bytes = dice.bytes(count);
            if (count == NONCE_LENGTH && !firstBytes.isEmpty()) {
                bytes[0] = firstBytes.getFirst().byteValue();
                firstBytes = firstBytes.subList(1, firstBytes.size());
            }
            return Bytes.of(bytes);
        }
    }

    final List<Letter> mail = new ArrayList<>();
    /// Everything that was said since both stand, without repetitions.
    final List<Letter> said = new ArrayList<>();

    /// What has arrived, in this order.
    final List<Letter> heard = new ArrayList<>();

    /// Of each wish that has arrived, whether TEMPORARY_FAILURE is due.
    final Map<Letter, Boolean> busy = new LinkedHashMap<>();

    private final List<Wiretap> keys = new ArrayList<>();
    private final Nonces noncesOfA = new Nonces(1);
    private final Nonces noncesOfB = new Nonces(2);
    private final End.Between between = new End.Between() {
        @Override
        void carries(End from, Datagram datagram) {
            posted(from, datagram);
        }
    };
    final End a = new End(Examples.withChildrenFor(Examples.profile(HERE), KEY, OTHER_KEY), noncesOfA, between);
    final End b = new End(Examples.withChildrenFor(Examples.profile(THERE), KEY, OTHER_KEY), noncesOfB, between);

    Collision() {
        var path = new Path(new UdpAddress(HERE, 500), new UdpAddress(THERE, 500));
        var dial = new Dial(new Endpoint("dmvpn", HERE, THERE), a.profile, 0);
        a.perform(a.machine.dial(new IkeSpi(1), path, dial, between.now));
        carryAll();
        forget();
    }

    /// What has been said counts no longer.
    void forget() {
        said.clear();
        heard.clear();
        busy.clear();
    }

    End end(boolean ofA) {
        return ofA ? a : b;
    }

    /// @param ofA what the nonces begin with that A draws next
    void draw(List<Integer> ofA, List<Integer> ofB) {
        noncesOfA.firstBytes = ofA;
        noncesOfB.firstBytes = ofB;
    }

    private void posted(End from, Datagram datagram) {
        Stream.of(a, b)
                .flatMap(end -> end.state.flatMap(Wiretap::of).stream())
                .filter(tap -> keys.stream().noneMatch(known -> known.keys().equals(tap.keys())))
                .forEach(keys::addFirst);
        var payloads = keys.stream()
                .map(it -> it.read(datagram.bytes()))
                .filter(it -> !it.isEmpty())
                .findFirst()
                .orElse(List.of());
        var letter = new Letter(from == a, Header.peek(datagram.bytes()).orElseThrow(), payloads, datagram);
        if (!said.contains(letter)) said.add(letter);
        mail.add(letter);
    }

    // ---- what both may want

    static Phase.Established established(End end) {
        return (Phase.Established) end.is().phase();
    }

    static List<ChildSa> wanted(End end, int flow) {
        return established(end).children().stream()
                .filter(child -> child.isWanted() && child.reqid() == flow)
                .toList();
    }

    void renewsChild(End end) {
        happens(
                end,
                new Input.GrewOld(wanted(end, FLOW).getFirst().pair().outbound().id()));
    }

    void deletesChild(End end) {
        happens(
                end,
                new Input.ChildEnded(
                        wanted(end, FLOW).getFirst().pair().inbound().id()));
    }

    void wantsAnother(End end) {
        var own = end == a ? HERE : THERE;
        var other = end == a ? THERE : HERE;
        var selector = new Selector(Prefix.host(own), Prefix.host(other), Selector.GRE, Optional.of(OTHER_KEY));
        happens(end, new Input.Wanted(new Acquire(0, OTHER_FLOW, own, other, selector)));
    }

    void renewsIkeSa(End end) {
        end.state = Optional.of(end.is().in(established(end).renewingAt(Instant.EPOCH)));
        happens(end, new Input.Woke());
    }

    private void happens(End end, Input input) {
        end.happens(input);
        between.settle();
    }

    // ---- who hears what, and when

    /// Takes a letter out of the mail, and delivers it unless it is lost.
    void carry(Letter letter, boolean lost) {
        mail.remove(letter);
        if (lost) return;
        if (letter.is(letter.fromA(), false, ExchangeType.Known.CREATE_CHILD_SA)
                && knows(end(!letter.fromA()), letter)) {
            busy.putIfAbsent(letter, isBusy(end(!letter.fromA()), letter));
        }
        heard.add(letter);
        var path = letter.datagram().path();
        var turned = new Datagram(
                new Path(path.remote(), path.local()), letter.datagram().bytes());
        end(!letter.fromA()).hears(turned);
        between.settle();
    }

    private static boolean knows(End end, Letter letter) {
        return end.is().other(letter.header()).isPresent() || isInUse(end, letter);
    }

    private static boolean isInUse(End end, Letter letter) {
        return letter.header()
                .initiator()
                .equals(established(end).agreed().negotiated().spiI());
    }

    /// RFC 7296 2.25: the IKE SA is about to be closed or rekeyed, or a child of it is while the wish is for an
    /// IKE SA, or
    /// the child that it names is about to be closed.
    private static boolean isBusy(End end, Letter wish) {
        var established = established(end);
        var asked = established.asked().orElseGet(Phase.Liveness::new);
        if (!isInUse(end, wish)) return true;
        var proposals = Message.first(wish.payloads(), SecurityAssociation.class)
                .orElseThrow()
                .proposals();
        if (proposals.getFirst().protocolId() == Proposal.IKE)
            return asked instanceof Phase.Creation || asked instanceof Phase.Deletion;
        return asked instanceof Phase.Renewal
                || Message.notification(wish.payloads(), NotifyType.REKEY_SA)
                        .filter(rekey -> established.children().stream()
                                .anyMatch(child -> child.theirs().toBytes().equals(rekey.spi()) && !child.isWanted()))
                        .isPresent();
    }

    void carryAll() {
        between.settle();
        while (!mail.isEmpty()) carry(mail.getFirst(), false);
    }

    /// So long passes, and everything that is said arrives.
    void passes(Duration duration, Runnable afterEach) {
        var end = between.now.plus(duration);
        carryAll();
        for (var next = nextWake(); next.isBefore(end); next = nextWake()) {
            between.now = next.isAfter(between.now) ? next : between.now;
            for (var one : List.of(a, b)) happens(one, new Input.Woke());
            carryAll();
            afterEach.run();
        }
        between.now = end;
    }

    private Instant nextWake() {
        return Stream.of(a, b)
                .flatMap(end -> end.is().wakeAt(Examples.SETTINGS).stream())
                .min(Instant::compareTo)
                .orElse(Instant.MAX);
    }

    // ---- their kernels

    /// The states of an end's kernel, the oldest first.
    Map<StateId, State> kernel(End end) {
        var states = new LinkedHashMap<StateId, State>();
        for (var request : end.asked) {
            switch (request) {
                case Request.InstallState(var state) -> states.put(state.id(), state);
                case Request.RemoveState(var id) -> states.remove(id);
                default -> {
                    // of no concern here
                }
            }
        }
        return states;
    }

    /// What the kernel takes for a packet: the newest.
    Optional<StateId> sendsOver(End end, int flow) {
        return kernel(end).values().stream()
                .filter(state -> state.direction() == Direction.OUT && state.reqid() == flow)
                .map(State::id)
                .reduce((_, later) -> later);
    }
}
