package ikebana.tunnel;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import ikebana.Examples;
import ikebana.auth.Credentials;
import ikebana.auth.Endpoint;
import ikebana.auth.Identity;
import ikebana.auth.IdentityPattern;
import ikebana.auth.PreSharedKey;
import ikebana.auth.Profile;
import ikebana.auth.Question;
import ikebana.auth.Verdict;
import ikebana.crypto.Prf;
import ikebana.crypto.SeededEntropy;
import ikebana.ike.CrashTokens;
import ikebana.ike.Dial;
import ikebana.ike.IkeSa;
import ikebana.ike.Input;
import ikebana.ike.Path;
import ikebana.port.KernelPort;
import ikebana.settings.IkeSettings;
import ikebana.settings.Ports;
import ikebana.wire.Bytes;
import ikebana.wire.IkeSpi;
import ikebana.wire.IpAddress;
import ikebana.wire.Secret;
import ikebana.wire.UdpAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/// What becomes of an actor that fails by a bug of ours. Those with a story of their own have it in their own tests.
class SupervisionTest {
    private static final ActorTestKit KIT = ActorTestKit.create();
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final IpAddress OURS = IpAddress.of("192.0.2.1");
    private static final IpAddress THEIRS = IpAddress.of("192.0.2.2");
    private static final Profile PROFILE = Examples.profile(OURS);
    private static final IkeSettings SETTINGS = Examples.SETTINGS;

    @AfterAll
    static void stop() {
        KIT.shutdownTestKit();
    }

    @Test
    void theKeeperOfTheKeysAnswersTheNextQuestion() {
        var key = new PreSharedKey(IdentityPattern.of("*"), Secret.copyOf(new byte[] {1, 2, 3}));
        var keeper = KIT.spawn(CredentialsActor.create(
                new Credentials(Map.of("dmvpn", List.of(key)), new SeededEntropy(1)),
                () -> Instant.EPOCH,
                new CredentialsActor.Renewal(Duration.ofDays(1), Duration.ZERO, Optional::empty),
                Inquiries.NOBODY));
        Killing.kill(KIT, keeper);

        TestProbe<CredentialsActor.Answered> asker = KIT.createTestProbe(CredentialsActor.Answered.class);
        var question = new Question.Sign(
                "dmvpn",
                Optional.empty(),
                Identity.of(THEIRS),
                Prf.HMAC_SHA2_256,
                Bytes.of(new byte[32]),
                Optional.empty());
        keeper.tell(new CredentialsActor.Ask(7, question, asker.getRef()));
        var answered = asker.expectMessageClass(CredentialsActor.Answered.class, SOON);
        assertThat(answered.ticket()).isEqualTo(7);
        assertThat(answered.verdict()).isInstanceOf(Verdict.Signed.class);
    }

    /// The registry's part, to say why and to remove what was installed, is in its own test.
    @Test
    void anIkeSaStopsAlone() {
        TestProbe<UdpEndpoint.Command> network = KIT.createTestProbe(UdpEndpoint.Command.class);
        var with = new IkeSaActor.Surroundings(
                new IkeSa(SETTINGS, new Ports(500, 4500), List.of(PROFILE), CrashTokens.NONE, new SeededEntropy(1)),
                SETTINGS,
                () -> NOW,
                KIT.createTestProbe(CredentialsActor.Ask.class).getRef(),
                network.getRef(),
                KIT.createTestProbe(KernelPort.Command.class).getRef(),
                KIT.createTestProbe(TunnelRegistry.Command.class).getRef());
        var doomed = dial(with, 1);
        network.expectMessageClass(UdpEndpoint.Send.class, SOON);
        var other = dial(with, 2);
        network.expectMessageClass(UdpEndpoint.Send.class, SOON);

        Killing.kill(KIT, doomed);
        network.expectTerminated(doomed, SOON);
        other.tell(new IkeSaActor.Happened(new Input.Close("nobody wants it", false)));
        network.expectTerminated(other, SOON); // in peace: it was listening
    }

    private static ActorRef<IkeSaActor.Command> dial(IkeSaActor.Surroundings with, long spi) {
        var path = new Path(new UdpAddress(OURS, 500), new UdpAddress(THEIRS, 500));
        var dial = new Dial(new Endpoint("dmvpn", OURS, THEIRS), PROFILE, 0);
        return KIT.spawn(IkeSaActor.dialling(new IkeSpi(spi), path, dial, with));
    }
}
