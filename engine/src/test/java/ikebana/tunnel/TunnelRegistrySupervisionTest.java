package ikebana.tunnel;

import static org.assertj.core.api.Assertions.assertThat;

import akka.Done;
import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.LoggingTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import akka.actor.typed.javadsl.Adapter;
import ikebana.Examples;
import ikebana.auth.Endpoint;
import ikebana.auth.Profile;
import ikebana.control.Event;
import ikebana.crypto.SeededEntropy;
import ikebana.kernel.Acquire;
import ikebana.kernel.Notice;
import ikebana.kernel.Prefix;
import ikebana.kernel.Reply;
import ikebana.kernel.Request;
import ikebana.kernel.Selector;
import ikebana.port.KernelPort;
import ikebana.settings.IkeSettings;
import ikebana.settings.NetworkSettings;
import ikebana.settings.Ports;
import ikebana.wire.ExchangeType;
import ikebana.wire.Header;
import ikebana.wire.IkeSpi;
import ikebana.wire.IpAddress;
import ikebana.wire.Message;
import ikebana.wire.MessageId;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/// A registry with real sockets on the loopback and real IKE SAs; the test is its kernel, its hooks and its peers.
class TunnelRegistrySupervisionTest {
    private static final ActorTestKit KIT = ActorTestKit.create();
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final IpAddress OURS = IpAddress.of("127.5.0.1");
    private static final IpAddress ONE = IpAddress.of("127.5.0.2");
    private static final IpAddress OTHER = IpAddress.of("127.5.0.3");
    private static final Profile PROFILE = Examples.profile(OURS);
    private static final IkeSettings SETTINGS = Examples.settings(Examples.SETTINGS.halfOpen(), Duration.ofMillis(100));

    private final TestProbe<KernelPort.Command> kernel = KIT.createTestProbe(KernelPort.Command.class);
    private final TestProbe<UpdownActor.Command> hooks = KIT.createTestProbe(UpdownActor.Command.class);
    private final int port;
    private final ActorRef<TunnelRegistry.Command> registry;

    TunnelRegistrySupervisionTest() throws SocketException {
        try (var ike = new DatagramSocket();
                var nat = new DatagramSocket()) {
            port = ike.getLocalPort();
            var parts = new TunnelRegistry.Parts(
                    SETTINGS,
                    new Ports(port, nat.getLocalPort()),
                    new NetworkSettings(1 << 20, 1 << 20),
                    List.of(PROFILE),
                    Map.of(),
                    Optional.empty(),
                    new SeededEntropy(1),
                    InstantSource.system());
            registry = KIT.spawn(TunnelRegistry.create(
                    parts,
                    kernel.getRef(),
                    KIT.createTestProbe(CredentialsActor.Ask.class).getRef(),
                    hooks.getRef(),
                    KIT.createTestProbe(MemoryActor.Command.class).getRef()));
        }
    }

    @AfterAll
    static void stop() {
        KIT.shutdownTestKit();
    }

    @Test
    void anIkeSaThatFailsTakesNobodyAlong_andItsEndpointIsToldAndDialledAnew() throws IOException {
        var listener = listens();
        try (var one = peer(ONE);
                var other = peer(OTHER)) {
            listener.tell(acquired(1, ONE));
            var first = firstOf(one);

            killTheIkeSa();
            var told = hooks.expectMessageClass(UpdownActor.Announce.class, SOON);
            assertThat(told.event()).isInstanceOfSatisfying(Event.Failed.class, failed -> {
                assertThat(failed.endpoint()).isEqualTo(new Endpoint("dmvpn", OURS, ONE));
                assertThat(failed.why()).isNotEmpty();
            });
            assertThat(asked()).isEqualTo(new Request.DropLarval(acquire(1, ONE)));
            assertThat(asked()).isEqualTo(new Request.DumpStates());

            listener.tell(acquired(2, OTHER));
            firstOf(other);
            kernel.awaitAssert(SOON, () -> {
                listener.tell(acquired(3, ONE));
                assertThat(firstOf(one)).isNotEqualTo(first);
                return true;
            });
        } finally {
            KIT.stop(registry);
        }
    }

    @Test
    void aRegistryThatFailsEnds() {
        var listener = listens();
        assertThat(listener).isNotNull();
        Killing.kill(KIT, registry);
        hooks.expectTerminated(registry, SOON);
    }

    @Test
    void aRegistryThatStopsBecomesQuietAndLetsNobodyIn() throws IOException {
        var listener = listens();
        var stopped = KIT.<Done>createTestProbe();
        var header = Header.of(new IkeSpi(1), IkeSpi.NONE, ExchangeType.Known.IKE_SA_INIT, false, true, MessageId.ZERO);
        var newcomer = new Message(header, List.of()).encode().toArray();
        try (var one = peer(ONE)) {
            listener.tell(acquired(1, ONE));
            firstOf(one);
            registry.tell(new TunnelRegistry.Stop(stopped.getRef()));
            stopped.expectMessage(SOON, Done.getInstance());
            LoggingTestKit.info("the daemon is stopping").expect(KIT.system(), () -> sends(one, newcomer));
        } finally {
            KIT.stop(registry);
        }
    }

    /// The kernel grants the traps, and has nothing to tell.
    private ActorRef<Notice> listens() {
        while (true) {
            switch (kernel.expectMessageClass(KernelPort.Command.class, SOON)) {
                case KernelPort.Ask(var ticket, var request, var replyTo) -> {
                    assertThat(request).isInstanceOf(Request.InstallPolicy.class);
                    replyTo.tell(new KernelPort.Answered(ticket, new Reply.Done()));
                }
                case KernelPort.Listen(var listener) -> {
                    listener.tell(new Notice.Resynchronised(List.of(), List.of(OURS)));
                    return listener;
                }
                default -> throw new AssertionError("nothing else is for a kernel");
            }
        }
    }

    private Request asked() {
        return kernel.expectMessageClass(KernelPort.Ask.class, SOON).request();
    }

    private void killTheIkeSa() {
        var child =
                Adapter.toClassic(KIT.system()).actorSelection(registry.path().toStringWithoutAddress() + "/ike-sa-*");
        LoggingTestKit.empty().withCause(ClassCastException.class).expect(KIT.system(), () -> {
            child.tell("no command of yours", akka.actor.ActorRef.noSender());
            return true;
        });
    }

    private DatagramSocket peer(IpAddress address) throws SocketException {
        var socket = new DatagramSocket(new InetSocketAddress(address.toInetAddress(), port));
        socket.setSoTimeout(2_000);
        return socket;
    }

    /// The SPI of the initiator whose message comes next.
    private static long firstOf(DatagramSocket peer) {
        try {
            var packet = new DatagramPacket(new byte[2000], 2000);
            peer.receive(packet);
            return ByteBuffer.wrap(packet.getData()).getLong();
        } catch (IOException nothing) {
            throw new AssertionError(nothing);
        }
    }

    private boolean sends(DatagramSocket peer, byte[] bytes) {
        try {
            peer.send(new DatagramPacket(bytes, bytes.length, OURS.toInetAddress(), port));
            return true;
        } catch (IOException nothing) {
            throw new AssertionError(nothing);
        }
    }

    private static Notice acquired(int sequence, IpAddress peer) {
        return new Notice.Acquired(acquire(sequence, peer));
    }

    private static Acquire acquire(int sequence, IpAddress peer) {
        return new Acquire(
                sequence,
                Examples.REQID,
                OURS,
                peer,
                new Selector(Prefix.host(OURS), Prefix.host(peer), Selector.GRE, Optional.empty()));
    }
}
