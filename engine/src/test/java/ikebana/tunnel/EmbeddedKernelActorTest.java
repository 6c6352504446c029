package ikebana.tunnel;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import ikebana.auth.Profile;
import ikebana.auth.TrapPolicies;
import ikebana.crypto.Encryption;
import ikebana.crypto.EspSuite;
import ikebana.crypto.SeededEntropy;
import ikebana.kernel.Acquire;
import ikebana.kernel.Direction;
import ikebana.kernel.GreKey;
import ikebana.kernel.Lifetime;
import ikebana.kernel.Notice;
import ikebana.kernel.Prefix;
import ikebana.kernel.Reply;
import ikebana.kernel.Request;
import ikebana.kernel.Selector;
import ikebana.kernel.State;
import ikebana.kernel.StateId;
import ikebana.kernel.UdpEncapsulation;
import ikebana.kernel.embedded.DropReason;
import ikebana.kernel.embedded.Effect;
import ikebana.kernel.embedded.IpPacket;
import ikebana.kernel.embedded.Limits;
import ikebana.port.KernelPort;
import ikebana.tunnel.EmbeddedKernelActor.Delivery;
import ikebana.tunnel.EmbeddedKernelActor.Traffic;
import ikebana.wire.Bytes;
import ikebana.wire.IpAddress;
import ikebana.wire.Secret;
import ikebana.wire.Spi;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EmbeddedKernelActorTest {
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final int REQID = 7;
    private static final GreKey KEY = GreKey.of("1234");
    private static final EspSuite SUITE = new EspSuite(Encryption.AES_GCM_16_256, Optional.empty(), true);
    private static final Lifetime A_SECOND = new Lifetime(
            Optional.empty(),
            Optional.of(Duration.ofSeconds(1)),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());

    private final ActorTestKit kit = ActorTestKit.create();
    private final int port = freePort();
    private final Host one = new Host("127.0.66.1");
    private final Host other = new Host("127.0.66.2");

    @AfterEach
    void stop() {
        kit.shutdownTestKit();
    }

    private static int freePort() {
        try (var socket = new DatagramSocket(new InetSocketAddress("127.0.66.1", 0))) {
            return socket.getLocalPort();
        } catch (IOException none) {
            throw new AssertionError(none);
        }
    }

    /// What makes an actor throw: a command that it does not know.
    private enum Unknown implements KernelPort.Own {
        INSTANCE
    }

    /// A kernel with the traps of a profile, and who listens to it.
    private final class Host {
        private final IpAddress address;
        private final Profile profile;
        private final ActorRef<KernelPort.Command> kernel;
        private final TestProbe<Notice> notices = kit.createTestProbe(Notice.class);
        private final TestProbe<KernelPort.Answered> answers = kit.createTestProbe(KernelPort.Answered.class);
        private final TestProbe<Effect> fates = kit.createTestProbe(Effect.class);
        private final TestProbe<Traffic> traffic = kit.createTestProbe(Traffic.class);
        private long ticket;

        Host(String literal) {
            address = IpAddress.of(literal);
            profile = new Profile(
                    "dmvpn",
                    new Profile.Listed(List.of(address)),
                    List.of(KEY),
                    REQID,
                    Profile.Guard.BLOCK,
                    Optional.empty(),
                    List.of(),
                    false,
                    List.of(),
                    List.of(),
                    Lifetime.UNLIMITED,
                    32);
            kernel = kit.spawn(EmbeddedKernelActor.create(
                    port, List.of(profile), Limits.DEFAULT, new SeededEntropy(1), InstantSource.system()));
            TrapPolicies.of(profile).forEach(policy -> ask(new Request.InstallPolicy(policy)));
            kernel.tell(new KernelPort.Listen(notices.getRef()));
            notices.expectMessage(SOON, new Notice.Resynchronised(List.of(), List.of(address)));
        }

        Reply ask(Request request) {
            kernel.tell(new KernelPort.Ask(++ticket, request, answers.getRef()));
            var answered = answers.receiveMessage(SOON);
            assertThat(answered.ticket()).isEqualTo(ticket);
            return answered.reply();
        }

        Effect send(Host to, String text) {
            kernel.tell(new EmbeddedKernelActor.Inject(packet(to, text), fates.getRef()));
            return fates.receiveMessage(SOON);
        }

        IpPacket packet(Host to, String text) {
            return IpPacket.gre(address, to.address, KEY, Bytes.of(text.getBytes(StandardCharsets.UTF_8)));
        }

        Traffic traffic() {
            kernel.tell(new EmbeddedKernelActor.Describe(traffic.getRef()));
            return traffic.receiveMessage(SOON);
        }

        Acquire acquire() {
            return notices.expectMessageClass(Notice.Acquired.class, SOON).acquire();
        }
    }

    /// Installs both halves of one SA, each with a key made of `key`s.
    private void sa(Host from, Host to, int keyThere, int keyHere, int acquireSequence, Lifetime lifetime) {
        assertThat(to.ask(new Request.InstallState(half(from, to, Direction.IN, keyThere, 0, Lifetime.UNLIMITED))))
                .isEqualTo(new Reply.Done());
        assertThat(from.ask(
                        new Request.InstallState(half(from, to, Direction.OUT, keyHere, acquireSequence, lifetime))))
                .isEqualTo(new Reply.Done());
    }

    private static State half(Host from, Host to, Direction direction, int key, int acquireSequence, Lifetime life) {
        var bytes = new byte[SUITE.encryption().keyLength()];
        Arrays.fill(bytes, (byte) key);
        return new State(
                new StateId(new Spi(4711), to.address),
                from.address,
                direction,
                REQID,
                new Selector(Prefix.host(from.address), Prefix.host(to.address), Selector.GRE, Optional.empty()),
                SUITE,
                Secret.owning(bytes),
                Secret.EMPTY,
                Optional.empty(),
                acquireSequence,
                direction == Direction.IN ? 32 : 0,
                life);
    }

    @Test
    void aPacketThatFindsNoStateRaisesAnAcquire_andWithItsStateTheNextOneArrivesAtThePeer() {
        assertThat(one.send(other, "lost")).isInstanceOf(Effect.Dropped.class);
        var acquire = one.acquire();
        assertThat(acquire.destination()).isEqualTo(other.address);
        sa(one, other, 1, 1, acquire.sequence(), Lifetime.UNLIMITED);
        assertThat(one.send(other, "hello")).isInstanceOf(Effect.SendEsp.class);
        var arrived = other.notices.awaitAssert(SOON, () -> {
            var all = other.traffic();
            assertThat(all.delivered()).hasSize(1);
            return all;
        });
        assertThat(arrived.delivered()).extracting(Delivery::packet).containsExactly(one.packet(other, "hello"));
        assertThat(arrived.dropped()).isEmpty();
        assertThat(one.traffic().dropped()).isEqualTo(Map.of(DropReason.OUT_NO_STATES, 1L));
    }

    @Test
    void unequalKeysAreCountedWhereThePacketArrives() {
        sa(one, other, 1, 2, 0, Lifetime.UNLIMITED);
        assertThat(one.send(other, "hello")).isInstanceOf(Effect.SendEsp.class);
        other.notices.awaitAssert(SOON, () -> {
            assertThat(other.traffic()).isEqualTo(new Traffic(List.of(), Map.of(DropReason.IN_STATE_PROTO_ERROR, 1L)));
            return true;
        });
    }

    @Test
    void aStateEndsWhenItsTimeIsUp_withoutAnybodyAsking() {
        sa(one, other, 1, 1, 0, A_SECOND);
        one.notices.expectMessage(SOON, new Notice.Expired(new StateId(new Spi(4711), other.address), REQID, true));
    }

    @Test
    void aFailureIsAReboot_theStatesAreLostAndTheListenerHearsOfIt_butTheTrapsStand() {
        sa(one, other, 1, 1, 0, Lifetime.UNLIMITED);
        var before = one.ask(new Request.DumpPolicies());
        one.kernel.tell(Unknown.INSTANCE);
        one.notices.expectMessage(SOON, new Notice.Resynchronised(List.of(), List.of(one.address)));
        assertThat(one.ask(new Request.DumpPolicies())).isEqualTo(before);
        assertThat(one.send(other, "lost")).isInstanceOf(Effect.Dropped.class);
        one.acquire();
    }

    @Test
    void afterAFailureItsPortsServeAgain() {
        other.kernel.tell(Unknown.INSTANCE);
        other.notices.expectMessage(SOON, new Notice.Resynchronised(List.of(), List.of(other.address)));
        sa(one, other, 1, 1, 0, Lifetime.UNLIMITED);
        one.send(other, "hello");
        other.notices.awaitAssert(SOON, () -> {
            assertThat(other.traffic().delivered()).hasSize(1);
            return true;
        });
    }

    @Test
    void withLocalAnyItHasTheAddressesOfThisHost() {
        var any = new Profile(
                "any",
                new Profile.Any(),
                List.of(KEY),
                REQID,
                Profile.Guard.OFF,
                Optional.empty(),
                List.of(),
                false,
                List.of(),
                List.of(),
                Lifetime.UNLIMITED,
                32);
        assertThat(EspSockets.addressesOf(List.of(one.profile, any)))
                .startsWith(one.address)
                .contains(IpAddress.of("127.0.0.1"))
                .noneMatch(address -> address.toInetAddress().isLinkLocalAddress())
                .doesNotHaveDuplicates();
    }

    @Test
    void aStateForANatIsRefusedWithASentence() {
        var plain = half(one, other, Direction.OUT, 1, 0, Lifetime.UNLIMITED);
        var behindNat = new State(
                plain.id(),
                plain.source(),
                plain.direction(),
                plain.reqid(),
                plain.selector(),
                plain.suite(),
                plain.encryptionKey(),
                plain.integrityKey(),
                Optional.of(new UdpEncapsulation(4500, 4500)),
                0,
                0,
                plain.lifetime());
        assertThat(one.ask(new Request.InstallState(behindNat)))
                .isEqualTo(new Reply.Refused(
                        Reply.Why.NOT_SUPPORTED,
                        "the embedded kernel has one UDP port for all ESP, and none behind a NAT"));
    }
}
