package ikebana.ike;

import ikebana.Examples;
import ikebana.auth.Endpoint;
import ikebana.auth.Profile;
import ikebana.crypto.Entropy;
import ikebana.kernel.Acquire;
import ikebana.kernel.Direction;
import ikebana.kernel.GreKey;
import ikebana.kernel.Prefix;
import ikebana.kernel.Reply;
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
import ikebana.wire.Payload;
import ikebana.wire.SecurityAssociation;
import ikebana.wire.UdpAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/// An IKE SA between two ends with their kernels, whose messages a test carries, changes or loses.
class Couple {
    static final IpAddress HERE = IpAddress.of("192.0.2.1");
    static final IpAddress THERE = IpAddress.of("192.0.2.2");
    private static final GreKey KEY = GreKey.of("1234");
    private static final GreKey OTHER_KEY = GreKey.of("305419896");
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

    final List<Letter> mail = new ArrayList<>();
    /// Everything that was said, without repetitions.
    final List<Letter> said = new ArrayList<>();
    /// What has arrived, in this order.
    final List<Letter> heard = new ArrayList<>();
    /// What becomes of the payloads of a message on its way.
    Function<Letter, List<Payload>> detour = Letter::payloads;
    /// What somebody else has in the kernel of A, and of B.
    private final Set<StateId> takenAtA = new HashSet<>();

    private final Set<StateId> takenAtB = new HashSet<>();

    private final List<Wiretap> keys = new ArrayList<>();
    private final Map<StateId, State> kernelOfA = new LinkedHashMap<>();
    private final Map<StateId, State> kernelOfB = new LinkedHashMap<>();
    private final End.Between between = new End.Between() {
        @Override
        void carries(End from, Datagram datagram) {
            posted(from, datagram);
        }

        @Override
        Reply says(End asked, Request request) {
            return answered(kernel(asked), taken(asked), request);
        }
    };
    final End a;
    final End b;

    /// With a child for one of two GRE keys.
    Couple(Entropy ofA, Entropy ofB) {
        this(withKeys(HERE), withKeys(THERE), ofA, ofB);
    }

    Couple(Profile ofA, Profile ofB, Entropy entropyOfA, Entropy entropyOfB) {
        a = new End(ofA, entropyOfA, between);
        b = new End(ofB, entropyOfB, between);
    }

    private static Profile withKeys(IpAddress own) {
        return Examples.withChildrenFor(Examples.profile(own), KEY, OTHER_KEY);
    }

    void dials() {
        var path = new Path(new UdpAddress(HERE, 500), new UdpAddress(THERE, 500));
        var dial = new Dial(new Endpoint("dmvpn", HERE, THERE), a.profile, 0);
        a.perform(a.machine.dial(new IkeSpi(1), path, dial, between.now));
        carryAll();
    }

    /// What has been said counts no longer.
    void forget() {
        said.clear();
        heard.clear();
    }

    End end(boolean ofA) {
        return ofA ? a : b;
    }

    private void posted(End from, Datagram datagram) {
        Stream.of(a, b)
                .flatMap(end -> end.state.flatMap(Wiretap::of).stream())
                .filter(tap -> keys.stream().noneMatch(known -> known.keys().equals(tap.keys())))
                .forEach(keys::addFirst);
        var letter = letter(from, datagram);
        var changed = detour.apply(letter);
        var carried = changed.equals(letter.payloads())
                ? letter
                : letter(from, new Datagram(datagram.path(), keys.getFirst().changed(datagram.bytes(), _ -> changed)));
        if (!said.contains(carried)) said.add(carried);
        mail.add(carried);
    }

    private Letter letter(End from, Datagram datagram) {
        var payloads = keys.isEmpty()
                ? plain(datagram.bytes())
                : keys.stream()
                        .map(it -> it.read(datagram.bytes()))
                        .filter(it -> !it.isEmpty())
                        .findFirst()
                        .orElse(List.of());
        return new Letter(from == a, Header.peek(datagram.bytes()).orElseThrow(), payloads, datagram);
    }

    private static List<Payload> plain(Bytes datagram) {
        return Message.decode(datagram) instanceof Message.Decoded.Whole(var message) ? message.payloads() : List.of();
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
        renewsChild(end, FLOW);
    }

    void renewsChild(End end, int flow) {
        var sends = wanted(end, flow).getFirst().pair().outbound();
        happens(end, new Input.GrewOld(sends.id()));
    }

    void deletesChild(End end) {
        var receives = wanted(end, FLOW).getFirst().pair().inbound();
        happens(end, new Input.ChildEnded(receives.id()));
    }

    /// A child for the other key.
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

    void happens(End end, Input input) {
        end.happens(input);
        between.settle();
    }

    // ---- who hears what, and when

    /// Takes a letter out of the mail, and delivers it unless it is lost.
    void carry(Letter letter, boolean lost) {
        mail.remove(letter);
        if (lost) return;
        heard.add(letter);
        hears(end(!letter.fromA()), letter.datagram());
    }

    /// @param sent with the addresses of whoever sent it
    void hears(End end, Datagram sent) {
        var turned = new Path(sent.path().remote(), sent.path().local());
        // the doorman lets somebody in who was refused before
        boolean begins = Header.peek(sent.bytes()).orElseThrow().exchange().equals(ExchangeType.Known.IKE_SA_INIT);
        if (begins && end.state.filter(SaState::isClosed).isPresent()) end.state = Optional.empty();
        end.hears(new Datagram(turned, sent.bytes()));
        between.settle();
    }

    void carryAll() {
        between.settle();
        while (!mail.isEmpty()) carry(mail.getFirst(), false);
    }

    void passes(Duration duration) {
        passes(duration, () -> {});
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

    Instant now() {
        return between.now;
    }

    // ---- their kernels

    private static Reply answered(Map<StateId, State> states, Set<StateId> taken, Request request) {
        switch (request) {
            case Request.InstallState(var state)
            when taken.contains(state.id()) -> {
                return new Reply.Refused(Reply.Why.EXISTS, "the kernel has it already");
            }
            case Request.InstallState(var state) -> states.put(state.id(), state);
            case Request.RemoveState(var id) -> {
                states.remove(id);
                taken.remove(id);
            }
            default -> {
                // of no concern here
            }
        }
        return new Reply.Done();
    }

    /// The states of an end's kernel, the oldest first.
    Map<StateId, State> kernel(End end) {
        return end == a ? kernelOfA : kernelOfB;
    }

    /// What somebody else has in it.
    Set<StateId> taken(End end) {
        return end == a ? takenAtA : takenAtB;
    }

    /// What the kernel takes for a packet: the newest.
    Optional<StateId> sendsOver(End end, int flow) {
        return kernel(end).values().stream()
                .filter(state -> state.direction() == Direction.OUT && state.reqid() == flow)
                .map(State::id)
                .reduce((_, later) -> later);
    }
}
