package ikebana.tunnel;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.LoggingTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import ikebana.ike.Datagram;
import ikebana.ike.Path;
import ikebana.settings.NetworkSettings;
import ikebana.settings.Ports;
import ikebana.wire.Bytes;
import ikebana.wire.IpAddress;
import ikebana.wire.UdpAddress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// On the loopback, where all of 127.0.0.0/8 is ours.
class UdpEndpointTest {
    private static final ActorTestKit KIT = ActorTestKit.create();
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final int SMALL_ROOM = 256 * 1024;
    private static final NetworkSettings SETTINGS = new NetworkSettings(1 << 20, SMALL_ROOM);
    private static final IpAddress ONE = IpAddress.of("127.1.0.1");
    private static final IpAddress OTHER = IpAddress.of("127.1.0.2");
    private static final Bytes HELLO = Bytes.of(new byte[] {'h', 'e', 'l', 'l', 'o'});
    private static final Bytes KNOCK = Bytes.of(new byte[] {'?'});
    private static final Bytes LAST_KNOCK = Bytes.of(new byte[] {'!'});
    private static final Bytes KNOCK_KNOCK = Bytes.of(new byte[] {'?', '?'});
    private static final Bytes WHO_IS_THERE = Bytes.of(new byte[] {'w', 'h', 'o'});
    private static final Bytes MARKER = Bytes.of(new byte[4]);

    private final TestProbe<UdpEndpoint.Arrival> arrived = KIT.createTestProbe(UdpEndpoint.Arrival.class);
    private final List<ActorRef<?>> spawned = new ArrayList<>();
    private Ports ports = new Ports(500, 4500);
    private DatagramSocket peer;

    UdpEndpointTest() throws SocketException {
        peer = new DatagramSocket(new InetSocketAddress("127.1.0.9", 0));
    }

    @AfterAll
    static void stop() {
        KIT.shutdownTestKit();
    }

    @BeforeEach
    void choosePorts() throws SocketException {
        // two that nobody else has now, on any address
        try (var ike = new DatagramSocket();
                var nat = new DatagramSocket()) {
            ports = new Ports(ike.getLocalPort(), nat.getLocalPort());
        }
        peer.setSoTimeout((int) SOON.toMillis());
    }

    @AfterEach
    void close() {
        spawned.forEach(KIT::stop);
        peer.close();
    }

    @Test
    void aMessageComesInAndItsAnswerGoesBack() throws IOException {
        var endpoint = spawn(ONE);
        eventuallyHear(ONE);
        send(ONE, ports.ike(), HELLO);

        var datagram = hear();
        assertThat(datagram).isEqualTo(new Datagram(new Path(new UdpAddress(ONE, ports.ike()), peer()), HELLO));
        endpoint.tell(new UdpEndpoint.Send(datagram));
        assertThat(received()).isEqualTo(HELLO);
    }

    @Test
    void onTheSecondPortTheMarkerComesAndGoes() throws IOException {
        var endpoint = spawn(ONE);
        eventuallyHear(ONE);
        send(ONE, ports.nat(), Bytes.of(new byte[] {(byte) 0xff})); // a keepalive
        send(ONE, ports.nat(), HELLO); // would be ESP
        send(ONE, ports.nat(), Bytes.concat(MARKER, HELLO));

        var datagram = hear();
        assertThat(datagram).isEqualTo(new Datagram(new Path(new UdpAddress(ONE, ports.nat()), peer()), HELLO));
        endpoint.tell(new UdpEndpoint.Send(datagram));
        assertThat(received()).isEqualTo(Bytes.concat(MARKER, HELLO));
    }

    @Test
    void aKeepaliveIsOneOctetWithoutAMarker() throws IOException {
        var endpoint = spawn(ONE);
        eventuallyHear(ONE);
        endpoint.tell(new UdpEndpoint.KeepAlive(new Path(new UdpAddress(ONE, ports.nat()), peer())));
        assertThat(received()).isEqualTo(Bytes.of((byte) 0xff));
    }

    @Test
    void whatIsAnsweredOnTheSpotGoesBackMarkedAsItCame_andNobodyHearsOfIt() throws IOException {
        spawn(ONE);
        eventuallyHear(ONE);
        send(ONE, ports.ike(), KNOCK_KNOCK);
        assertThat(received()).isEqualTo(WHO_IS_THERE);
        send(ONE, ports.nat(), Bytes.concat(MARKER, KNOCK_KNOCK));
        assertThat(received()).isEqualTo(Bytes.concat(MARKER, WHO_IS_THERE));
        send(ONE, ports.ike(), HELLO);
        assertThat(hear().bytes()).isEqualTo(HELLO);
    }

    private static Optional<Datagram> onTheSpot(Instant now, Datagram datagram) {
        return datagram.bytes().equals(KNOCK_KNOCK)
                ? Optional.of(new Datagram(datagram.path(), WHO_IS_THERE))
                : Optional.empty();
    }

    @Test
    void theLongestDatagramComesInWhole() {
        spawn(ONE);
        eventuallyHear(ONE);
        var longest = Bytes.of(new byte[65_507]);
        send(ONE, ports.ike(), longest);

        assertThat(hear().bytes()).isEqualTo(longest);
    }

    @Test
    void aPortThatSomebodyElseHasIsTakenWhenItIsFree_andTheOthersGoOnMeanwhile() throws SocketException {
        try (var _ = new DatagramSocket(new InetSocketAddress(ONE.toInetAddress(), ports.ike()))) {
            LoggingTestKit.warn("cannot listen on 127.1.0.1:%d: another program has this port".formatted(ports.ike()))
                    .expect(KIT.system(), () -> spawn(ONE, OTHER));
            eventuallyHear(OTHER);
            expectToHear(OTHER, ports.ike());
            expectToHear(ONE, ports.nat());
        }
        eventuallyHear(ONE);
    }

    @Test
    void whoCanListenNowhereSaysSoAndTriesAgain() throws SocketException {
        try (var _ = new DatagramSocket(new InetSocketAddress(ONE.toInetAddress(), ports.ike()));
                var _ = new DatagramSocket(new InetSocketAddress(ONE.toInetAddress(), ports.nat()))) {
            LoggingTestKit.error("no IKE socket could be opened").expect(KIT.system(), () -> spawn(ONE));
        }
        eventuallyHear(ONE);
    }

    @Test
    void anAddressThatIsNotOursHindersNobody() {
        LoggingTestKit.warn("this host does not have that address now")
                .withOccurrences(2) // once for each port
                .expect(KIT.system(), () -> spawn(IpAddress.of("192.0.2.1"), ONE));
        eventuallyHear(ONE);
    }

    @Test
    void anAddressOfOneLinkIsPassedOver() {
        var endpoint = spawn(IpAddress.of("fe80::1"), ONE);
        endpoint.tell(new UdpEndpoint.Open(IpAddress.of("fe80::2")));
        endpoint.tell(new UdpEndpoint.Open(OTHER));
        eventuallyHear(OTHER);
        expectToHear(ONE, ports.ike());
    }

    @Test
    void anAddressThatWentAwayIsFreeForOthers_andComesBack() throws SocketException {
        var endpoint = spawn(ONE, OTHER);
        eventuallyHear(ONE);
        endpoint.tell(new UdpEndpoint.Close(ONE));
        arrived.awaitAssert(SOON, () -> {
            try (var taken = new DatagramSocket(new InetSocketAddress(ONE.toInetAddress(), ports.ike()))) {
                return taken;
            } catch (SocketException stillOurs) {
                throw new AssertionError(stillOurs);
            }
        });
        expectToHear(OTHER, ports.ike());
        endpoint.tell(new UdpEndpoint.Open(ONE));
        eventuallyHear(ONE);
    }

    @Test
    void whatStrangersCanFillHasAnEnd() {
        spawn(ONE);
        eventuallyHear(ONE);
        var large = Bytes.of(new byte[10_000]);
        long room = SMALL_ROOM / (WayIn.OVERHEAD + large.length());
        var waiting = new ArrayList<UdpEndpoint.Arrival>();
        for (int i = 0; i < room; i++) {
            send(ONE, ports.ike(), large);
            waiting.add(arrived.expectMessageClass(UdpEndpoint.Arrival.class, SOON));
        }
        LoggingTestKit.warn("IKE messages come faster than they are read: 1 dropped since the start")
                .expect(KIT.system(), () -> {
                    send(ONE, ports.ike(), large);
                    return true;
                });

        waiting.getFirst().take();
        expectToHear(ONE, ports.ike()); // and not the one that was turned away
    }

    @Test
    void killed_itComesBackWithTheAddressesThatItHad() throws SocketException {
        var endpoint = spawn(ONE);
        eventuallyHear(ONE);
        endpoint.tell(new UdpEndpoint.Open(OTHER));
        endpoint.tell(new UdpEndpoint.Close(ONE));
        eventuallyHear(OTHER);
        Killing.kill(KIT, endpoint);
        eventuallyHear(OTHER);
        try (var taken = new DatagramSocket(new InetSocketAddress(ONE.toInetAddress(), ports.ike()))) {
            assertThat(taken.isBound()).isTrue();
        }
    }

    @Test
    void killedManyTimes_itLeavesNoThreadBehind() {
        var endpoint = spawn(ONE);
        eventuallyHear(ONE);
        long before = loops();
        for (int i = 0; i < 3; i++) {
            Killing.kill(KIT, endpoint);
            eventuallyHear(ONE);
        }
        arrived.awaitAssert(SOON, () -> {
            assertThat(loops()).isLessThanOrEqualTo(before);
            return true;
        });
    }

    /// Netty names them by the class of their group.
    private static long loops() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("multiThreadIoEventLoopGroup"))
                .count();
    }

    private ActorRef<UdpEndpoint.Command> spawn(IpAddress... addresses) {
        var endpoint = KIT.spawn(UdpEndpoint.create(
                ports,
                SETTINGS,
                List.of(addresses),
                UdpEndpointTest::onTheSpot,
                InstantSource.system(),
                arrived.getRef()));
        spawned.add(endpoint);
        return endpoint;
    }

    private UdpAddress peer() {
        return UdpAddress.of((InetSocketAddress) peer.getLocalSocketAddress());
    }

    private void send(IpAddress to, int port, Bytes bytes) {
        try {
            peer.send(new DatagramPacket(bytes.toArray(), bytes.length(), to.toInetAddress(), port));
        } catch (IOException refused) {
            throw new UncheckedIOException(refused);
        }
    }

    private Datagram hear() {
        return arrived.expectMessageClass(UdpEndpoint.Arrival.class, SOON).take();
    }

    private void expectToHear(IpAddress local, int port) {
        send(local, port, port == ports.nat() ? Bytes.concat(MARKER, HELLO) : HELLO);
        assertThat(hear()).isEqualTo(new Datagram(new Path(new UdpAddress(local, port), peer()), HELLO));
    }

    /// Knocks until it is heard, and until no knock is left over.
    private void eventuallyHear(IpAddress local) {
        arrived.awaitAssert(SOON, () -> {
            send(local, ports.ike(), KNOCK);
            return arrived.expectMessageClass(UdpEndpoint.Arrival.class, Duration.ofMillis(100))
                    .take();
        });
        send(local, ports.ike(), LAST_KNOCK);
        Datagram heard;
        do {
            heard = hear();
        } while (!heard.bytes().equals(LAST_KNOCK));
    }

    private Bytes received() throws IOException {
        var packet = new DatagramPacket(new byte[100], 100);
        peer.receive(packet);
        return Bytes.of(Arrays.copyOf(packet.getData(), packet.getLength()));
    }
}
