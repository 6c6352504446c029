package ikebana.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.typed.javadsl.Behaviors;
import ikebana.auth.Endpoint;
import ikebana.auth.Identity;
import ikebana.control.Answer;
import ikebana.control.Order;
import ikebana.control.Tunnel;
import ikebana.http.ControlServer;
import ikebana.port.ControlPort;
import ikebana.settings.ControlSettings;
import ikebana.wire.IkeSpi;
import ikebana.wire.IpAddress;
import ikebana.wire.UdpAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// ikebanactl at a real control socket; behind it is an engine that says what the story needs.
class IkebanactlTest {
    private static final ActorTestKit KIT = ActorTestKit.create();
    private static final Endpoint ENDPOINT =
            new Endpoint("dmvpn", IpAddress.of("192.0.2.1"), IpAddress.of("192.0.2.2"));

    @TempDir
    private Path folder;

    private final BlockingQueue<Order> orders = new LinkedBlockingQueue<>();
    private volatile Answer answer = new Answer.Done(tunnel());
    private ControlServer server;

    @BeforeEach
    void start() throws IOException {
        var engine = KIT.spawn(Behaviors.<ControlPort.Give>receiveMessage(give -> {
            orders.add(give.order());
            give.replyTo().tell(answer);
            return Behaviors.same();
        }));
        var settings = new ControlSettings(
                folder.resolve("control.sock"),
                Optional.empty(),
                8,
                Duration.ofSeconds(30),
                Duration.ofMinutes(10),
                16384,
                Duration.ofSeconds(5));
        server = ControlServer.start(settings, engine, KIT.scheduler());
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    @AfterAll
    static void stopActors() {
        KIT.shutdownTestKit();
    }

    @Test
    void upSaysWhatTheTunnelIsNow() throws Exception {
        var ended = ikebanactl("up", "dmvpn", "--local", "192.0.2.1", "--remote=192.0.2.2", "--wait", "1.5");
        assertThat(orders).containsExactly(new Order.Up(ENDPOINT, Duration.ofMillis(1500)));
        assertThat(ended).isEqualTo(new Program.Ended(0, """
                dmvpn 192.0.2.1 -> 192.0.2.2
                  phase     up since 2026-11-24T10:00:00Z
                  IKE SA    0000000000000001 0000000000000002
                    began   here
                    we      192.0.2.1 at 192.0.2.1:500
                    peer    hub.example at 192.0.2.2:500
                    suite   -
                """, ""));
    }

    @Test
    void withoutAWaitTheDaemonsOwnPatienceHolds() throws Exception {
        assertThat(ikebanactl("--local", "2001:db8::1", "--remote", "2001:db8::2", "up", "dmvpn")
                        .status())
                .isZero();
        assertThat(orders)
                .containsExactly(new Order.Up(
                        new Endpoint("dmvpn", IpAddress.of("2001:db8::1"), IpAddress.of("2001:db8::2")),
                        Duration.ofSeconds(30)));
    }

    @Test
    void downOfATunnelThatIsNotThereIsDone() throws Exception {
        answer = new Answer.NoTunnel("there is no such tunnel");
        assertThat(ikebanactl("down", "dmvpn", "--local", "192.0.2.1", "--remote", "192.0.2.2"))
                .isEqualTo(new Program.Ended(0, "there is no such tunnel\n", ""));
        assertThat(orders).containsExactly(new Order.Down(ENDPOINT));
    }

    @Test
    void theListIsATable() throws Exception {
        answer = new Answer.Tunnels(List.of(tunnel()));
        assertThat(ikebanactl("list")).isEqualTo(new Program.Ended(0, """
                PROFILE  LOCAL      REMOTE     PHASE  SINCE                 PEER         NOTE
                dmvpn    192.0.2.1  192.0.2.2  up     2026-11-24T10:00:00Z  hub.example
                """, ""));
    }

    @Test
    void programsGetJson() throws Exception {
        answer = new Answer.Tunnels(List.of());
        assertThat(ikebanactl("list", "--json")).isEqualTo(new Program.Ended(0, "{\"tunnels\":[]}\n", ""));
        answer = new Answer.Failed(Answer.Why.REFUSED, "because");
        var ended = ikebanactl("--json", "up", "dmvpn", "--local", "192.0.2.1", "--remote", "192.0.2.2");
        assertThat(ended.status()).isEqualTo(1);
        assertThat(ended.out()).contains("urn:ikebana:problem:refused");
    }

    @Test
    void aTunnelThatIsNotThereCannotBeShown() throws Exception {
        answer = new Answer.NoTunnel("there is no such tunnel");
        assertThat(ikebanactl("show", "dmvpn", "--local", "192.0.2.1", "--remote", "192.0.2.2"))
                .isEqualTo(new Program.Ended(4, "", "ikebanactl: there is no such tunnel\n"));
        assertThat(orders).containsExactly(new Order.DescribeTunnel(ENDPOINT));
    }

    @ParameterizedTest
    @CsvSource({
        "NO_SUCH_PROFILE,4",
        "NO_ANSWER,1",
        "REFUSED,1",
        "OUT_OF_PATIENCE,1",
        "KERNEL,1",
        "BUSY,1",
    })
    void aFailureSaysWhyOnStandardErrorAndInTheStatus(Answer.Why why, int status) throws Exception {
        answer = new Answer.Failed(why, "because of \"this\"");
        assertThat(ikebanactl("up", "dmvpn", "--local", "192.0.2.1", "--remote", "192.0.2.2"))
                .isEqualTo(new Program.Ended(status, "", "ikebanactl: because of \"this\"\n"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "fly",
                "up",
                "up dmvpn",
                "up dmvpn --local 192.0.2.1",
                "up dmvpn --local 192.0.2.1 --remote",
                "up dmvpn --local 192.0.2.1 --remote 192.0.2.2 --wait soon",
                "up dmvpn --local 192.0.2.1 --remote 192.0.2.2 --wait 08",
                "up dmvpn --local 192.0.2.1 --remote hub.example",
                "up dmvpn --local 192.0.2.1 --remote 1.2.3.4.5",
                "up dmvpn --local 192.0.2.1 --remote 2001:db8::1",
                "up dm\"vpn --local 192.0.2.1 --remote 192.0.2.2",
                "down dmvpn --local 192.0.2.1 --remote 192.0.2.2 --wait 1",
                "list dmvpn",
                "list --fast",
                "show dmvpn more --local 192.0.2.1 --remote 192.0.2.2",
                "guard",
                "guard dmvpn --remote 192.0.2.1",
            })
    void whatMakesNoSenseIsSaidAndNotDone(String line) throws Exception {
        var ended = ikebanactl(line.isEmpty() ? new String[0] : line.split(" "));
        assertThat(ended.status()).as(ended.err()).isEqualTo(2);
        assertThat(ended.out()).isEmpty();
        assertThat(ended.err()).startsWith("ikebanactl: ").hasLineCount(1);
        assertThat(orders).isEmpty();
    }

    @Test
    void helpTellsEveryExitStatus() throws Exception {
        var ended = ikebanactl("help");
        assertThat(ended.status()).isZero();
        assertThat(ended.out())
                .contains("guard PROFILE", "Exit status: 0 done; 1 not done", "3 no daemon", "4 there is");
    }

    @Test
    void whereNoDaemonIsThatIsSaid() throws Exception {
        server.close();
        assertThat(ikebanactl("list"))
                .isEqualTo(new Program.Ended(
                        3,
                        "",
                        "ikebanactl: no daemon takes orders at %s: there is no such socket%n"
                                .formatted(folder.resolve("control.sock"))));
        Files.createFile(folder.resolve("control.sock")); // nobody listens there
        var ended = ikebanactl("list");
        assertThat(ended.status()).isEqualTo(3);
        assertThat(ended.err()).startsWith("ikebanactl: no daemon takes orders at ");
    }

    @Test
    void theSettingsFileNamesTheSocket() throws Exception {
        answer = new Answer.Tunnels(List.of());
        var file = folder.resolve("ikebana.conf");
        for (var settings : List.of(
                "ikebana.control.socket = control.sock",
                "ikebana { run-dir = \"%s\" }".formatted(folder),
                "{ ikebana : { control { socket : \"%s/control.sock\" } } }".formatted(folder))) {
            Files.writeString(file, settings);
            assertThat(Program.ikebanactl(Map.of(), "list", "--config", file.toString())
                            .status())
                    .as(settings)
                    .isZero();
        }
        Files.writeString(file, "ikebana.control.socket = ${HOME}/x");
        var ended = Program.ikebanactl(Map.of(), "list", "--config", file.toString());
        assertThat(ended.status()).isEqualTo(1);
        assertThat(ended.err()).contains("line 1: the value of socket is beyond a shell script: give --socket");
    }

    @Test
    void withoutAnyWordTheSocketIsWhereTheDaemonPutsIt() throws Exception {
        var run = Files.createDirectories(folder.resolve("ikebana"));
        var ended = Program.ikebanactl(
                Map.of("XDG_RUNTIME_DIR", folder.toString()), "list", "--config", empty().toString());
        var root = "/run/ikebana/control.sock";
        var user = run.resolve("control.sock").toString();
        assertThat(ended.err()).contains(System.getProperty("user.name").equals("root") ? root : user);
    }

    private Path empty() throws IOException {
        return Files.writeString(folder.resolve("empty.conf"), "");
    }

    private Program.Ended ikebanactl(String... arguments) throws IOException, InterruptedException {
        return Program.ikebanactl(Map.of("IKEBANA_SOCKET", server.socket().toString()), arguments);
    }

    private static Tunnel tunnel() {
        return new Tunnel(
                ENDPOINT,
                Tunnel.Phase.UP,
                Instant.parse("2026-11-24T10:00:00Z"),
                List.of(new Tunnel.IkeSaView(
                        new IkeSpi(1),
                        new IkeSpi(2),
                        true,
                        new UdpAddress(ENDPOINT.local(), 500),
                        new UdpAddress(ENDPOINT.remote(), 500),
                        Optional.of(Identity.of("192.0.2.1")),
                        Optional.of(Identity.of("hub.example")),
                        Optional.empty(),
                        Optional.empty(),
                        List.of())),
                Optional.empty());
    }
}
