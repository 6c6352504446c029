package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.Examples;
import ikebana.auth.Endpoint;
import ikebana.crypto.SeededEntropy;
import ikebana.kernel.Direction;
import ikebana.kernel.Prefix;
import ikebana.kernel.Reply;
import ikebana.kernel.Request;
import ikebana.kernel.State;
import ikebana.kernel.StateId;
import ikebana.kernel.UdpEncapsulation;
import ikebana.settings.IkeSettings;
import ikebana.wire.Bytes;
import ikebana.wire.IkeSpi;
import ikebana.wire.IpAddress;
import ikebana.wire.UdpAddress;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/// A spoke behind a NAT dials a hub. What the two ends see differs, and what one end sees may change.
class NatTest {
    private static final IpAddress INSIDE = IpAddress.of("10.0.0.2");
    private static final IpAddress OUTSIDE = IpAddress.of("203.0.113.7");
    private static final IpAddress ELSEWHERE = IpAddress.of("203.0.113.8");
    private static final IpAddress HUB = IpAddress.of("192.0.2.1");
    private static final IkeSettings SETTINGS = Examples.SETTINGS;

    private int shift = 20_000;
    private IpAddress outside = OUTSIDE;
    /// What the spoke calls the hub.
    private IpAddress hubFromOutside = HUB;
    /// On its way from the spoke.
    private UnaryOperator<Datagram> detour = datagram -> datagram;

    private final End.Between between = new End.Between() {
        @Override
        void carries(End from, Datagram datagram) {
            translated(datagram);
        }
    };
    private final End spoke = new End(INSIDE, new SeededEntropy(1), between);
    private final End hub = new End(HUB, new SeededEntropy(2), between);

    private static State installed(End end, Direction direction) {
        return end.asked.stream()
                .flatMap(request -> request instanceof Request.InstallState(var state)
                        ? Optional.of(state).stream()
                        : Optional.<State>empty().stream())
                .filter(state -> state.direction() == direction)
                .findFirst()
                .orElseThrow();
    }

    /// The NAT: outside, the spoke has another address and other ports. What comes for a mapping that is no more is
    /// lost.
    private void translated(Datagram datagram) {
        var path = datagram.path();
        if (path.local().ip().equals(INSIDE)) {
            var seen = new UdpAddress(outside, path.local().port() + shift);
            var to = new UdpAddress(HUB, path.remote().port());
            hub.hears(detour.apply(new Datagram(new Path(to, seen), datagram.bytes())));
        } else if (path.remote().ip().equals(outside) && path.remote().port() > shift) {
            var inside = new UdpAddress(INSIDE, path.remote().port() - shift);
            var from = new UdpAddress(hubFromOutside, path.local().port());
            spoke.hears(new Datagram(new Path(inside, from), datagram.bytes()));
        }
    }

    private void dial() {
        var path = new Path(new UdpAddress(INSIDE, 500), new UdpAddress(hubFromOutside, 500));
        var dial = new Dial(new Endpoint("dmvpn", INSIDE, hubFromOutside), spoke.profile, 0);
        spoke.perform(spoke.machine.dial(new IkeSpi(1), path, dial, between.now));
        between.settle();
    }

    private void established() {
        dial();
        assertThat(spoke.is().phase()).isInstanceOf(Phase.Established.class);
        assertThat(hub.is().phase()).isInstanceOf(Phase.Established.class);
        between.wire.clear();
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
        assertThat(between.wire.stream().map(Datagram::path).map(Path::toString))
                .containsExactly(
                        "10.0.0.2:500 -> 192.0.2.1:500",
                        "192.0.2.1:500 -> 203.0.113.7:20500",
                        "10.0.0.2:4500 -> 192.0.2.1:4500",
                        "192.0.2.1:4500 -> 203.0.113.7:24500");
    }

    @Test
    void theSpokesStatesAreAboutItsOwnAddressAndTheHubsAboutTheNats() {
        dial();
        var in = installed(spoke, Direction.IN);
        assertThat(in.source()).isEqualTo(HUB);
        assertThat(in.id().destination()).isEqualTo(INSIDE);
        assertThat(in.selector().source()).isEqualTo(Prefix.host(HUB));
        assertThat(in.selector().destination()).isEqualTo(Prefix.host(INSIDE));
        assertThat(in.encapsulation()).contains(new UdpEncapsulation(4500, 4500));
        assertThat(installed(spoke, Direction.OUT).encapsulation()).contains(new UdpEncapsulation(4500, 4500));

        var there = installed(hub, Direction.IN);
        assertThat(there.source()).isEqualTo(OUTSIDE);
        assertThat(there.id().destination()).isEqualTo(HUB);
        assertThat(there.selector().source()).isEqualTo(Prefix.host(OUTSIDE));
        assertThat(there.selector().destination()).isEqualTo(Prefix.host(HUB));
        assertThat(there.encapsulation()).contains(new UdpEncapsulation(24500, 4500));
        var back = installed(hub, Direction.OUT);
        assertThat(back.id().destination()).isEqualTo(OUTSIDE);
        assertThat(back.encapsulation()).contains(new UdpEncapsulation(4500, 24500));
    }

    @Test
    void aHubBehindANatOfItsOwnIsReachedAllTheSame() {
        hubFromOutside = IpAddress.of("198.51.100.1");
        dial();
        var in = installed(spoke, Direction.IN);
        assertThat(in.selector().source()).isEqualTo(Prefix.host(hubFromOutside));
        var there = installed(hub, Direction.OUT);
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
        between.now = between.now.plusSeconds(12);
        spoke.happens(new Input.Probe());
        between.settle();
        assertThat(spoke.is().keepAliveAt(SETTINGS)).contains(between.now.plusSeconds(20));
        spoke.effects.clear();
        between.now = between.now.plusSeconds(20);
        spoke.happens(new Input.Woke());
        assertThat(spoke.effects)
                .containsExactly(new Effect.KeepAlive(spoke.is().path()));
        assertThat(spoke.is().keepAliveAt(SETTINGS)).contains(between.now.plusSeconds(20));
    }

    @Test
    void anAnswerThatAStrangerHasRepeatedRemindsNobody() {
        established();
        hub.happens(new Input.Probe());
        var request = between.wire.getLast();
        between.settle();
        between.now = between.now.plusSeconds(12);
        var before = spoke.is();
        var path = new Path(spoke.is().path().local(), new UdpAddress(ELSEWHERE, 7));
        spoke.hears(new Datagram(path, request.bytes()));
        assertThat(between.wire.getLast().path().remote()).isEqualTo(path.remote());
        assertThat(spoke.is()).isEqualTo(before);
    }

    @Test
    void whereTheNatIsInFrontOfThePeerNobodyIsReminded() {
        established();
        assertThat(hub.is().keepAliveAt(SETTINGS)).isEmpty();
    }

    // ---- a NAT that forgets

    @Test
    void aNewPortOfThePeerIsFollowedByIkeAndByEspAndNoSequenceNumberBeginsAnew() {
        established();
        var before = List.copyOf(hub.asked);
        shift = 30_000;
        spoke.happens(new Input.Probe());
        between.settle();
        assertThat(remote(hub)).isEqualTo(new UdpAddress(OUTSIDE, 34500));
        assertThat(hub.asked.subList(before.size(), hub.asked.size()))
                .containsExactly(
                        new Request.ChangePorts(
                                installed(hub, Direction.IN).between(new UdpEncapsulation(34500, 4500))),
                        new Request.ChangePorts(
                                installed(hub, Direction.OUT).between(new UdpEncapsulation(4500, 34500))));
        assertThat(hub.effects).contains(new Effect.Moved(new UdpAddress(OUTSIDE, 34500)));
        // and the hub's own requests arrive
        hub.happens(new Input.Probe());
        between.settle();
        assertThat(hub.is().window().flight()).isEmpty();
    }

    /// RFC 7296 2.23: an answer is as authentic as a request, and what follows from it goes to the new port at once.
    @Test
    void whatAnAnswerFromANewPortLeadsToGoesThere() {
        established();
        renews(hub); // what is left of the old IKE SA is deleted as soon as the answer is there
        detour = datagram -> from(OUTSIDE, 34500, datagram);
        between.settle();
        assertThat(saidBy(HUB)).containsExactly(new UdpAddress(OUTSIDE, 24500), new UdpAddress(OUTSIDE, 34500));
        assertThat(hub.effects).contains(new Effect.Moved(new UdpAddress(OUTSIDE, 34500)));
    }

    /// The end of both IKE SAs, of which the answer has made one, is told where the answer came from.
    @Test
    void anAnswerFromANewAddressIsTheEndOfTheTunnel_andThePeerIsToldThere() {
        established();
        renews(hub);
        detour = datagram -> from(ELSEWHERE, 34500, datagram);
        between.settle();
        assertThat(hub.said).containsExactly("a NAT has given the peer another address: 203.0.113.8");
        var there = new UdpAddress(ELSEWHERE, 34500);
        assertThat(saidBy(HUB)).containsExactly(new UdpAddress(OUTSIDE, 24500), there, there);
    }

    @Test
    void aGoodbyeThatHadToWaitForAnAnswerGoesToWhereThatCameFrom() {
        established();
        hub.happens(new Input.Probe());
        hub.happens(new Input.Close("that is all", false));
        detour = datagram -> from(OUTSIDE, 34500, datagram);
        between.settle();
        assertThat(saidBy(HUB)).containsExactly(new UdpAddress(OUTSIDE, 24500), new UdpAddress(OUTSIDE, 34500));
    }

    private static void renews(End end) {
        var standing = (Phase.Established) end.is().phase();
        end.state = Optional.of(end.is().in(standing.renewingAt(Instant.EPOCH)));
        end.happens(new Input.Woke());
    }

    /// Where it went.
    private List<UdpAddress> saidBy(IpAddress end) {
        return between.wire.stream()
                .map(Datagram::path)
                .filter(path -> path.local().ip().equals(end))
                .map(Path::remote)
                .toList();
    }

    private static Datagram from(IpAddress address, int port, Datagram datagram) {
        var path = new Path(datagram.path().local(), new UdpAddress(address, port));
        return new Datagram(path, datagram.bytes());
    }

    /// The request is the first that comes from the new port.
    @Test
    void aChildThatIsBeingMadeWhenThePortChangesIsOfTheNewPort() {
        established();
        shift = 30_000;
        var outbound = installed(spoke, Direction.OUT).id();
        spoke.happens(new Input.GrewOld(outbound));
        between.settle();
        var ports = new HashMap<StateId, UdpEncapsulation>();
        for (var request : hub.asked) {
            switch (request) {
                case Request.InstallState(var state) ->
                    ports.put(state.id(), state.encapsulation().orElseThrow());
                case Request.ChangePorts(var state) ->
                    ports.put(state.id(), state.encapsulation().orElseThrow());
                default -> {}
            }
        }
        assertThat(ports).hasSize(4);
        assertThat(ports.values()).allMatch(udp -> Math.max(udp.sourcePort(), udp.destinationPort()) == 34500);
    }

    @Test
    void whatIsNotAuthenticOrHasComeBeforeMovesNobody() {
        established();
        spoke.happens(new Input.Probe());
        var genuine = between.wire.getLast();
        between.settle();
        var state = hub.is();
        var stranger = new Path(new UdpAddress(HUB, 4500), new UdpAddress(OUTSIDE, 7));
        hub.hears(new Datagram(stranger, genuine.bytes()));
        assertThat(hub.is().path()).isEqualTo(state.path());

        spoke.happens(new Input.Probe());
        var bytes = between.wire.getLast().bytes().toArray();
        bytes[bytes.length - 1] ^= 1;
        hub.hears(new Datagram(stranger, Bytes.of(bytes)));
        assertThat(hub.is()).isEqualTo(state);
    }

    @Test
    void whereNoNatIsInFrontOfThePeerNobodyIsFollowed() {
        established();
        detour = datagram -> datagram;
        hub.happens(new Input.Probe());
        var answerOf = spoke.is();
        between.agenda.clear();
        // the hub's request comes to the spoke from another port
        var strange = new Path(answerOf.path().local(), new UdpAddress(HUB, 4501));
        spoke.hears(new Datagram(strange, between.wire.getLast().bytes()));
        assertThat(spoke.is().path()).isEqualTo(answerOf.path());
    }

    @Test
    void aNewAddressOfThePeersIsTheEndOfTheTunnelAndThePeerIsToldThere() {
        established();
        outside = ELSEWHERE;
        spoke.happens(new Input.Probe());
        between.settle();
        assertThat(hub.said).containsExactly("a NAT has given the peer another address: 203.0.113.8");
        assertThat(hub.asked)
                .contains(new Request.RemoveState(installed(hub, Direction.OUT).id()));
        assertThat(spoke.said).containsExactly("the peer deleted the IKE SA");
    }

    @Test
    void authenticEspFromAnotherPortMovesEverything() {
        established();
        hub.happens(new Input.Remapped(new UdpAddress(OUTSIDE, 34500)));
        assertThat(remote(hub)).isEqualTo(new UdpAddress(OUTSIDE, 34500));
        assertThat(hub.asked.getLast())
                .isEqualTo(new Request.ChangePorts(
                        installed(hub, Direction.OUT).between(new UdpEncapsulation(4500, 34500))));
        var moved = hub.is();
        hub.happens(new Input.Remapped(new UdpAddress(OUTSIDE, 34500)));
        assertThat(hub.is()).isEqualTo(moved);
    }

    @Test
    void aKernelThatKeepsTheOldPortsIsTheEndOfTheTunnel() {
        established();
        between.kernel = new Reply.Refused(Reply.Why.OTHER, "no buffer space available");
        shift = 30_000;
        spoke.happens(new Input.Probe());
        between.settle();
        assertThat(hub.said).containsExactly("no buffer space available");
        assertThat(hub.asked)
                .contains(new Request.RemoveState(installed(hub, Direction.OUT).id()));
        assertThat(spoke.said).containsExactly("the peer deleted the IKE SA");
    }

    @Test
    void espFromAnotherAddressIsBelievedWhenThePeerAnswersThere() {
        established();
        outside = ELSEWHERE;
        hub.happens(new Input.Remapped(new UdpAddress(ELSEWHERE, 24500)));
        assertThat(between.wire.getLast().path().remote()).isEqualTo(new UdpAddress(ELSEWHERE, 24500));
        between.settle();
        assertThat(hub.said).containsExactly("a NAT has given the peer another address: 203.0.113.8");
    }

    @Test
    void espThatSomebodyElseHasSentOnHarmsNobody() {
        established();
        hub.happens(new Input.Remapped(new UdpAddress(ELSEWHERE, 24500)));
        between.settle(); // nobody is there
        between.now = hub.is().wakeAt(SETTINGS).orElseThrow();
        hub.happens(new Input.Woke());
        assertThat(between.wire.getLast().path().remote()).isEqualTo(new UdpAddress(OUTSIDE, 24500));
        between.settle();
        assertThat(hub.said).isEmpty();
        assertThat(hub.is().window().flight()).isEmpty();
    }
}
