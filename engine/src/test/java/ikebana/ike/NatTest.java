package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.Examples;
import ikebana.auth.Credentials;
import ikebana.auth.Endpoint;
import ikebana.auth.IdentityPattern;
import ikebana.auth.PreSharedKey;
import ikebana.auth.Profile;
import ikebana.crypto.Entropy;
import ikebana.crypto.SeededEntropy;
import ikebana.kernel.Direction;
import ikebana.kernel.Prefix;
import ikebana.kernel.Reply;
import ikebana.kernel.Request;
import ikebana.kernel.State;
import ikebana.kernel.UdpEncapsulation;
import ikebana.settings.IkeSettings;
import ikebana.settings.Ports;
import ikebana.wire.Bytes;
import ikebana.wire.IkeSpi;
import ikebana.wire.IpAddress;
import ikebana.wire.Secret;
import ikebana.wire.UdpAddress;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/// A spoke behind a NAT dials a hub. What the two ends see differs, and what one end sees may change.
class NatTest {
    private static final IpAddress INSIDE = IpAddress.of("10.0.0.2");
    private static final IpAddress OUTSIDE = IpAddress.of("203.0.113.7");
    private static final IpAddress ELSEWHERE = IpAddress.of("203.0.113.8");
    private static final IpAddress HUB = IpAddress.of("192.0.2.1");
    private static final Ports PORTS = new Ports(500, 4500);
    private static final IkeSettings SETTINGS = Examples.SETTINGS;

    private final List<Datagram> wire = new ArrayList<>();
    private final Deque<Runnable> agenda = new ArrayDeque<>();
    private Instant now = Instant.EPOCH;
    private int shift = 20_000;
    private IpAddress outside = OUTSIDE;
    private Reply kernel = new Reply.Done();
    /// What the spoke calls the hub.
    private IpAddress hubFromOutside = HUB;
    /// On its way from the spoke.
    private UnaryOperator<Datagram> detour = datagram -> datagram;

    private final End spoke = new End(INSIDE, new SeededEntropy(1));
    private final End hub = new End(HUB, new SeededEntropy(2));

    /// What one end does, as soon as the other has done what it did.
    private final class End {
        final Profile profile;
        final IkeSa machine;
        final Credentials credentials;
        final List<String> said = new ArrayList<>();
        final List<Request> asked = new ArrayList<>();
        final List<Effect> effects = new ArrayList<>();
        Optional<SaState> state = Optional.empty();

        End(IpAddress address, Entropy entropy) {
            profile = Examples.profile(address);
            machine = new IkeSa(SETTINGS, PORTS, List.of(profile), entropy);
            var key = new PreSharedKey(IdentityPattern.of("*"), Secret.copyOf(new byte[] {1, 2, 3}));
            credentials = new Credentials(Map.of("dmvpn", List.of(key)), entropy);
        }

        void perform(Step<SaState, Effect> step) {
            state = Optional.of(step.next());
            effects.addAll(step.effects());
            for (var effect : step.effects()) {
                switch (effect) {
                    case Effect.Send(var datagram) -> {
                        wire.add(datagram);
                        agenda.add(() -> translated(datagram));
                    }
                    case Effect.AskCredentials(var ticket, var question) ->
                        agenda.add(() -> happens(
                                new Input.CredentialsSaid(ticket, credentials.answer(question, Instant.EPOCH))));
                    case Effect.MayAuthenticate(var ticket, var _) ->
                        agenda.add(() -> happens(new Input.Cleared(ticket, true)));
                    case Effect.Finished(var _, var why) -> said.add(why);
                    case Effect.AskAdmission admission ->
                        agenda.add(() -> happens(new Input.Admitted(admission.ticket(), false)));
                    case Effect.AskKernel(var ticket, var request) -> {
                        asked.add(request);
                        agenda.add(() -> happens(new Input.KernelSaid(ticket, kernel)));
                    }
                    case Effect.Established _,
                            Effect.Changed _,
                            Effect.KeepAlive _,
                            Effect.Moved _,
                            Effect.Confirmed _,
                            Effect.Ignored _,
                            Effect.Parting _,
                            Effect.Parted _,
                            Effect.Retired _ -> {}
                }
            }
        }

        void happens(Input input) {
            perform(machine.step(state.orElseThrow(), now, input));
        }

        SaState is() {
            return state.orElseThrow();
        }

        State installed(Direction direction) {
            return asked.stream()
                    .flatMap(request -> request instanceof Request.InstallState(var state)
                            ? Optional.of(state).stream()
                            : Optional.<State>empty().stream())
                    .filter(state -> state.direction() == direction)
                    .findFirst()
                    .orElseThrow();
        }
    }

    /// The NAT: outside, the spoke has another address and other ports. What comes for a mapping that is no more is
    /// lost.
    private void translated(Datagram datagram) {
        var path = datagram.path();
        if (path.local().ip().equals(INSIDE)) {
            var seen = new UdpAddress(outside, path.local().port() + shift);
            var to = new UdpAddress(HUB, path.remote().port());
            arrives(hub, detour.apply(new Datagram(new Path(to, seen), datagram.bytes())));
        } else if (path.remote().ip().equals(outside) && path.remote().port() > shift) {
            var inside = new UdpAddress(INSIDE, path.remote().port() - shift);
            var from = new UdpAddress(hubFromOutside, path.local().port());
            arrives(spoke, new Datagram(new Path(inside, from), datagram.bytes()));
        }
    }

    private void arrives(End end, Datagram datagram) {
        if (end.state.isEmpty()) {
            end.perform(end.machine.answer(new IkeSpi(2), datagram, now));
        } else {
            end.happens(new Input.Arrived(datagram));
        }
    }

    private void settle() {
        while (!agenda.isEmpty()) agenda.poll().run();
    }

    private void dial() {
        var path = new Path(new UdpAddress(INSIDE, 500), new UdpAddress(hubFromOutside, 500));
        var dial = new Dial(new Endpoint("dmvpn", INSIDE, hubFromOutside), spoke.profile, 0);
        spoke.perform(spoke.machine.dial(new IkeSpi(1), path, dial, now));
        settle();
    }

    private void established() {
        dial();
        assertThat(spoke.is().phase()).isInstanceOf(Phase.Established.class);
        assertThat(hub.is().phase()).isInstanceOf(Phase.Established.class);
        wire.clear();
        for (var end : List.of(spoke, hub)) {
            end.effects.clear();
            end.said.clear();
        }
    }

    private static UdpAddress remote(End end) {
        return end.is().path().remote();
    }

    // ---- detection, ports, states

    @Test
    void whatFollowsTheDiscoveryOfANatGoesByTheSecondPort() {
        dial();
        assertThat(wire.stream().map(Datagram::path).map(Path::toString))
                .containsExactly(
                        "10.0.0.2:500 -> 192.0.2.1:500",
                        "192.0.2.1:500 -> 203.0.113.7:20500",
                        "10.0.0.2:4500 -> 192.0.2.1:4500",
                        "192.0.2.1:4500 -> 203.0.113.7:24500");
    }

    @Test
    void theSpokesStatesAreAboutItsOwnAddressAndTheHubsAboutTheNats() {
        dial();
        var in = spoke.installed(Direction.IN);
        assertThat(in.source()).isEqualTo(HUB);
        assertThat(in.id().destination()).isEqualTo(INSIDE);
        assertThat(in.selector().source()).isEqualTo(Prefix.host(HUB));
        assertThat(in.selector().destination()).isEqualTo(Prefix.host(INSIDE));
        assertThat(in.encapsulation()).contains(new UdpEncapsulation(4500, 4500));
        assertThat(spoke.installed(Direction.OUT).encapsulation()).contains(new UdpEncapsulation(4500, 4500));

        var there = hub.installed(Direction.IN);
        assertThat(there.source()).isEqualTo(OUTSIDE);
        assertThat(there.id().destination()).isEqualTo(HUB);
        assertThat(there.selector().source()).isEqualTo(Prefix.host(OUTSIDE));
        assertThat(there.selector().destination()).isEqualTo(Prefix.host(HUB));
        assertThat(there.encapsulation()).contains(new UdpEncapsulation(24500, 4500));
        var back = hub.installed(Direction.OUT);
        assertThat(back.id().destination()).isEqualTo(OUTSIDE);
        assertThat(back.encapsulation()).contains(new UdpEncapsulation(4500, 24500));
    }

    @Test
    void aHubBehindANatOfItsOwnIsReachedAllTheSame() {
        hubFromOutside = IpAddress.of("198.51.100.1");
        dial();
        var in = spoke.installed(Direction.IN);
        assertThat(in.selector().source()).isEqualTo(Prefix.host(hubFromOutside));
        var there = hub.installed(Direction.OUT);
        assertThat(there.selector().source()).isEqualTo(Prefix.host(HUB));
        assertThat(there.selector().destination()).isEqualTo(Prefix.host(OUTSIDE));
    }

    @Test
    void theLedgerHearsWhichPortTheNatHasGiven() {
        dial();
        assertThat(hub.effects)
                .filteredOn(Effect.AskAdmission.class::isInstance)
                .singleElement()
                .isInstanceOfSatisfying(
                        Effect.AskAdmission.class,
                        asked -> assertThat(asked.natPort()).contains(24500));
        assertThat(spoke.effects)
                .filteredOn(Effect.AskAdmission.class::isInstance)
                .singleElement()
                .isInstanceOfSatisfying(
                        Effect.AskAdmission.class,
                        asked -> assertThat(asked.natPort()).isEmpty());
    }

    @Test
    void aPeerThatStaysOnTheFirstPortIsToldThatEspCannotFollow() {
        detour = datagram ->
                new Datagram(new Path(new UdpAddress(HUB, 500), datagram.path().remote()), datagram.bytes());
        dial();
        assertThat(hub.asked).isEmpty();
        assertThat(hub.said).containsExactly("there is a NAT between us, and the peer has stayed on port 500");
    }

    // ---- what a NAT remembers

    @Test
    void aNatInFrontOfUsIsRemindedOfUsWhenNothingElseWasSaid() {
        established();
        now = now.plusSeconds(12);
        spoke.happens(new Input.Probe());
        settle();
        assertThat(spoke.is().wakeAt(SETTINGS)).contains(now.plusSeconds(20));
        spoke.effects.clear();
        now = now.plusSeconds(20);
        spoke.happens(new Input.Woke());
        assertThat(spoke.effects)
                .containsExactly(new Effect.KeepAlive(spoke.is().path()));
        assertThat(spoke.is().wakeAt(SETTINGS)).contains(now.plusSeconds(20));
    }

    @Test
    void anAnswerThatAStrangerHasRepeatedRemindsNobody() {
        established();
        hub.happens(new Input.Probe());
        var request = wire.getLast();
        settle();
        now = now.plusSeconds(12);
        var before = spoke.is();
        var path = new Path(spoke.is().path().local(), new UdpAddress(ELSEWHERE, 7));
        arrives(spoke, new Datagram(path, request.bytes()));
        assertThat(wire.getLast().path().remote()).isEqualTo(path.remote());
        assertThat(spoke.is()).isEqualTo(before);
    }

    @Test
    void whereTheNatIsInFrontOfThePeerNobodyIsReminded() {
        established();
        assertThat(hub.is().wakeAt(SETTINGS)).contains(now.plus(SETTINGS.livenessAfter()));
    }

    // ---- a NAT that forgets

    @Test
    void aNewPortOfThePeerIsFollowedByIkeAndByEspAndNoSequenceNumberBeginsAnew() {
        established();
        var before = List.copyOf(hub.asked);
        shift = 30_000;
        spoke.happens(new Input.Probe());
        settle();
        assertThat(remote(hub)).isEqualTo(new UdpAddress(OUTSIDE, 34500));
        assertThat(hub.asked.subList(before.size(), hub.asked.size()))
                .containsExactly(
                        new Request.ChangePorts(hub.installed(Direction.IN).between(new UdpEncapsulation(34500, 4500))),
                        new Request.ChangePorts(
                                hub.installed(Direction.OUT).between(new UdpEncapsulation(4500, 34500))));
        assertThat(hub.effects).contains(new Effect.Moved(new UdpAddress(OUTSIDE, 34500)));
        // and the hub's own requests arrive
        hub.happens(new Input.Probe());
        settle();
        assertThat(hub.is().window().flight()).isEmpty();
    }

    @Test
    void whatIsNotAuthenticOrHasComeBeforeMovesNobody() {
        established();
        spoke.happens(new Input.Probe());
        var genuine = wire.getLast();
        settle();
        var state = hub.is();
        var stranger = new Path(new UdpAddress(HUB, 4500), new UdpAddress(OUTSIDE, 7));
        arrives(hub, new Datagram(stranger, genuine.bytes()));
        assertThat(hub.is().path()).isEqualTo(state.path());

        spoke.happens(new Input.Probe());
        var bytes = wire.getLast().bytes().toArray();
        bytes[bytes.length - 1] ^= 1;
        arrives(hub, new Datagram(stranger, Bytes.of(bytes)));
        assertThat(hub.is()).isEqualTo(state);
    }

    @Test
    void whereNoNatIsInFrontOfThePeerNobodyIsFollowed() {
        established();
        detour = datagram -> datagram;
        hub.happens(new Input.Probe());
        var answerOf = spoke.is();
        agenda.clear();
        // the hub's request comes to the spoke from another port
        var strange = new Path(answerOf.path().local(), new UdpAddress(HUB, 4501));
        arrives(spoke, new Datagram(strange, wire.getLast().bytes()));
        assertThat(spoke.is().path()).isEqualTo(answerOf.path());
    }

    @Test
    void aNewAddressOfThePeersIsTheEndOfTheTunnelAndThePeerIsToldThere() {
        established();
        outside = ELSEWHERE;
        spoke.happens(new Input.Probe());
        settle();
        assertThat(hub.said).containsExactly("a NAT has given the peer another address: 203.0.113.8");
        assertThat(hub.asked)
                .contains(new Request.RemoveState(hub.installed(Direction.OUT).id()));
        assertThat(spoke.said).containsExactly("the peer deleted the IKE SA");
    }

    @Test
    void authenticEspFromAnotherPortMovesEverything() {
        established();
        hub.happens(new Input.Remapped(new UdpAddress(OUTSIDE, 34500)));
        assertThat(remote(hub)).isEqualTo(new UdpAddress(OUTSIDE, 34500));
        assertThat(hub.asked.getLast())
                .isEqualTo(new Request.ChangePorts(
                        hub.installed(Direction.OUT).between(new UdpEncapsulation(4500, 34500))));
        var moved = hub.is();
        hub.happens(new Input.Remapped(new UdpAddress(OUTSIDE, 34500)));
        assertThat(hub.is()).isEqualTo(moved);
    }

    @Test
    void aKernelThatKeepsTheOldPortsIsTheEndOfTheTunnel() {
        established();
        kernel = new Reply.Refused(Reply.Why.OTHER, "no buffer space available");
        shift = 30_000;
        spoke.happens(new Input.Probe());
        settle();
        assertThat(hub.said).containsExactly("no buffer space available");
        assertThat(hub.asked)
                .contains(new Request.RemoveState(hub.installed(Direction.OUT).id()));
        assertThat(spoke.said).containsExactly("the peer deleted the IKE SA");
    }

    @Test
    void espFromAnotherAddressIsBelievedWhenThePeerAnswersThere() {
        established();
        outside = ELSEWHERE;
        hub.happens(new Input.Remapped(new UdpAddress(ELSEWHERE, 24500)));
        assertThat(wire.getLast().path().remote()).isEqualTo(new UdpAddress(ELSEWHERE, 24500));
        settle();
        assertThat(hub.said).containsExactly("a NAT has given the peer another address: 203.0.113.8");
    }

    @Test
    void espThatSomebodyElseHasSentOnHarmsNobody() {
        established();
        hub.happens(new Input.Remapped(new UdpAddress(ELSEWHERE, 24500)));
        settle(); // nobody is there
        now = hub.is().wakeAt(SETTINGS).orElseThrow();
        hub.happens(new Input.Woke());
        assertThat(wire.getLast().path().remote()).isEqualTo(new UdpAddress(OUTSIDE, 24500));
        settle();
        assertThat(hub.said).isEmpty();
        assertThat(hub.is().window().flight()).isEmpty();
    }
}
