package ikebana.tunnel;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.LoggingTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.Adapter;
import akka.actor.typed.javadsl.Behaviors;
import ikebana.Examples;
import ikebana.auth.Credentials;
import ikebana.auth.Endpoint;
import ikebana.auth.IdentityPattern;
import ikebana.auth.PreSharedKey;
import ikebana.control.Event;
import ikebana.crypto.SeededEntropy;
import ikebana.kernel.Acquire;
import ikebana.kernel.Notice;
import ikebana.kernel.Prefix;
import ikebana.kernel.Reply;
import ikebana.kernel.Request;
import ikebana.kernel.Selector;
import ikebana.kernel.State;
import ikebana.kernel.StateId;
import ikebana.port.KernelPort;
import ikebana.settings.NetworkSettings;
import ikebana.settings.Ports;
import ikebana.wire.IpAddress;
import ikebana.wire.Secret;
import java.net.DatagramSocket;
import java.net.SocketException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/// A hub with two tunnels over real sockets on the loopback. One of its IKE SAs fails by a bug of ours:
/// what it had in the kernel is removed, `gone` is told, and the other one's states, and its actor, stay.
class FailedIkeSaTest {
    private static final ActorTestKit KIT = ActorTestKit.create();
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final IpAddress HUB = IpAddress.of("127.6.0.1");
    private static final IpAddress ONE = IpAddress.of("127.6.0.2");
    private static final IpAddress OTHER = IpAddress.of("127.6.0.3");

    @AfterAll
    static void stop() {
        KIT.shutdownTestKit();
    }

    /// A daemon without the daemon.
    private static final class Host {
        final IpAddress own;
        final Map<StateId, State> states = new ConcurrentHashMap<>();
        final TestProbe<UpdownActor.Command> hooks = KIT.createTestProbe();
        final TestProbe<ActorRef<Notice>> listeners = KIT.createTestProbe();
        final ActorRef<TunnelRegistry.Command> registry;
        final ActorRef<Notice> listener;

        Host(IpAddress own, Ports ports) {
            this.own = own;
            var entropy = new SeededEntropy(own.hashCode());
            var key = new PreSharedKey(IdentityPattern.of("*"), Secret.copyOf(new byte[] {1, 2, 3}));
            var keeper = KIT.spawn(CredentialsActor.create(
                    new Credentials(Map.of("dmvpn", List.of(key)), entropy),
                    InstantSource.system(),
                    new CredentialsActor.Renewal(Duration.ofDays(1), Duration.ZERO, Optional::empty),
                    Inquiries.NOBODY));
            var parts = new TunnelRegistry.Parts(
                    Examples.SETTINGS,
                    ports,
                    new NetworkSettings(1 << 20, 1 << 20),
                    List.of(Examples.profile(own)),
                    Map.of(),
                    Optional.empty(),
                    entropy,
                    InstantSource.system());
            registry = KIT.spawn(TunnelRegistry.create(
                    parts,
                    KIT.spawn(kernel()),
                    keeper.narrow(),
                    hooks.getRef(),
                    KIT.createTestProbe(MemoryActor.Command.class).getRef()));
            listener = listeners.receiveMessage(SOON);
        }

        /// It grants everything.
        private Behavior<KernelPort.Command> kernel() {
            return Behaviors.receive(KernelPort.Command.class)
                    .onMessage(KernelPort.Listen.class, listen -> {
                        listeners.getRef().tell(listen.listener());
                        listen.listener().tell(new Notice.Resynchronised(List.of(), List.of(own)));
                        return Behaviors.same();
                    })
                    .onMessage(KernelPort.Ask.class, ask -> {
                        ask.replyTo().tell(new KernelPort.Answered(ask.ticket(), answer(ask.request())));
                        return Behaviors.same();
                    })
                    .build();
        }

        private Reply answer(Request request) {
            switch (request) {
                case Request.InstallState(var state) -> states.put(state.id(), state);
                case Request.RemoveState(var id) -> states.remove(id);
                case Request.DumpStates() -> {
                    return new Reply.States(states.values().stream()
                            .map(it -> (Reply.Seen) new Reply.Mature(it.id(), it.source(), it.reqid(), 0, 0))
                            .toList());
                }
                default -> {
                    // granted
                }
            }
            return new Reply.Done();
        }

        void dials(IpAddress peer) {
            var selector = new Selector(Prefix.host(own), Prefix.host(peer), Selector.GRE, Optional.empty());
            listener.tell(new Notice.Acquired(new Acquire(1, Examples.REQID, own, peer, selector)));
        }

        <E extends Event> E told(Class<E> kind) {
            var event =
                    hooks.expectMessageClass(UpdownActor.Announce.class, SOON).event();
            assertThat(event).isInstanceOf(kind);
            return kind.cast(event);
        }

        /// The only IKE SA that it has.
        akka.actor.ActorRef ikeSa() {
            return Adapter.toClassic(KIT.system())
                    .actorSelection(registry.path().toStringWithoutAddress() + "/ike-sa-*")
                    .resolveOne(SOON)
                    .toCompletableFuture()
                    .join();
        }

        List<IpAddress> sendsTo() {
            return states.keySet().stream()
                    .map(StateId::destination)
                    .filter(it -> !it.equals(own))
                    .toList();
        }
    }

    private static Ports ports() throws SocketException {
        try (var ike = new DatagramSocket();
                var nat = new DatagramSocket()) {
            return new Ports(ike.getLocalPort(), nat.getLocalPort());
        }
    }

    @Test
    void whatItHadInstalledIsRemoved_goneIsTold_andTheOthersStay() throws SocketException {
        var ports = ports();
        var hub = new Host(HUB, ports);
        var one = new Host(ONE, ports);
        var other = new Host(OTHER, ports);
        hub.dials(ONE);
        assertThat(hub.told(Event.Up.class).endpoint()).isEqualTo(new Endpoint("dmvpn", HUB, ONE));
        var doomed = hub.ikeSa();
        hub.dials(OTHER);
        assertThat(hub.told(Event.Up.class).endpoint()).isEqualTo(new Endpoint("dmvpn", HUB, OTHER));
        one.told(Event.Up.class);
        other.told(Event.Up.class);
        assertThat(hub.states).hasSize(4);
        var before = Map.copyOf(other.states);

        LoggingTestKit.empty().withCause(ClassCastException.class).expect(KIT.system(), () -> {
            doomed.tell("no command of yours", akka.actor.ActorRef.noSender());
            return true;
        });

        var gone = hub.told(Event.Gone.class);
        assertThat(gone.endpoint()).isEqualTo(new Endpoint("dmvpn", HUB, ONE));
        assertThat(gone.why()).contains("a bug of Ikebana's");
        hub.hooks.awaitAssert(SOON, () -> {
            assertThat(hub.states).hasSize(2);
            return true;
        });
        assertThat(hub.sendsTo()).containsExactly(OTHER);
        assertThat(hub.ikeSa()).isNotEqualTo(doomed);
        assertThat(other.states).isEqualTo(before);
        other.hooks.expectNoMessage(Duration.ZERO);
        hub.hooks.expectNoMessage(Duration.ZERO);
        for (var host : List.of(hub, one, other)) KIT.stop(host.registry);
    }
}
