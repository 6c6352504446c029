package ikebana.tunnel;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.FishingOutcomes;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import ikebana.auth.Authority;
import ikebana.auth.Endpoint;
import ikebana.auth.Identity;
import ikebana.auth.KeyFile;
import ikebana.control.Event;
import ikebana.settings.HookSettings;
import ikebana.wire.Bytes;
import ikebana.wire.IpAddress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.bouncycastle.asn1.x509.GeneralName;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The programs here are real ones; where a test has to hold one up, that one waits at a FIFO.
class UpdownActorTest {
    private static final ActorTestKit KIT = ActorTestKit.create();
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final Endpoint ONE = endpoint("192.0.2.1");
    private static final Endpoint OTHER = endpoint("192.0.2.3");

    @TempDir
    private Path folder;

    private final TestProbe<UpdownActor.Answer> registry = KIT.createTestProbe();

    @AfterAll
    static void stop() {
        KIT.shutdownTestKit();
    }

    @Test
    void programsAreToldTheFactsInTheirEnvironment() throws Exception {
        var program = script("facts", "env | grep ^IKEBANA_ | sort > $IKEBANA_EVENT.facts");
        var hooks = hooks(List.of(program), List.of(program));
        hooks.tell(up(ONE));
        hooks.tell(gone(ONE));
        registry.expectMessage(SOON, new UpdownActor.Heard(ONE));
        assertThat(said("up.facts"))
                .containsExactly(
                        "IKEBANA_EVENT=up",
                        "IKEBANA_LOCAL=192.0.2.2",
                        "IKEBANA_LOCAL_ID=spoke.example",
                        "IKEBANA_PROFILE=dmvpn",
                        "IKEBANA_REASON=",
                        "IKEBANA_REMOTE=192.0.2.1",
                        "IKEBANA_REMOTE_CERT=",
                        "IKEBANA_REMOTE_CERT_NAMES=",
                        "IKEBANA_REMOTE_CERT_NOT_AFTER=",
                        "IKEBANA_REMOTE_CERT_SERIAL=",
                        "IKEBANA_REMOTE_CERT_SUBJECT=",
                        "IKEBANA_REMOTE_ID=hub.example",
                        "IKEBANA_TIME=2026-01-01T00:00:00Z");
        assertThat(said("gone.facts"))
                .containsExactly(
                        "IKEBANA_EVENT=gone",
                        "IKEBANA_LOCAL=192.0.2.2",
                        "IKEBANA_LOCAL_ID=",
                        "IKEBANA_PROFILE=dmvpn",
                        "IKEBANA_REASON=the peer?said so",
                        "IKEBANA_REMOTE=192.0.2.1",
                        "IKEBANA_REMOTE_CERT=",
                        "IKEBANA_REMOTE_CERT_NAMES=",
                        "IKEBANA_REMOTE_CERT_NOT_AFTER=",
                        "IKEBANA_REMOTE_CERT_SERIAL=",
                        "IKEBANA_REMOTE_CERT_SUBJECT=",
                        "IKEBANA_REMOTE_ID=hub.example",
                        "IKEBANA_TIME=2026-01-01T00:00:00Z");
    }

    @Test
    void aProgramIsToldThePeersCertificate() throws Exception {
        var wish = new Authority.Wish("C=CH, CN=spoke", Authority.edwards(2))
                .named(GeneralName.dNSName, "spoke.example")
                .named(GeneralName.iPAddress, "192.0.2.7");
        var certificate = Authority.root("CN=Root", Authority.edwards(1)).issue(wish, 0xfe01);
        var facts = Hook.facts(new Event.Up(
                ONE,
                Instant.EPOCH,
                Identity.of("hub.example"),
                Identity.of("spoke.example"),
                Optional.of(Bytes.of(certificate.getEncoded()))));
        assertThat(facts)
                .containsEntry("IKEBANA_REMOTE_CERT_SUBJECT", "C=CH, CN=spoke")
                .containsEntry("IKEBANA_REMOTE_CERT_NAMES", "spoke.example\n192.0.2.7")
                .containsEntry("IKEBANA_REMOTE_CERT_SERIAL", "FE01")
                .containsEntry("IKEBANA_REMOTE_CERT_NOT_AFTER", "1971-01-01T00:00:00Z");
        var pem = Objects.requireNonNull(facts.get("IKEBANA_REMOTE_CERT"));
        assertThat(KeyFile.of(pem.getBytes(StandardCharsets.US_ASCII)).certificates())
                .containsExactly(certificate);
        assertThat(pem.lines()).allMatch(line -> line.length() <= 64);
    }

    @Test
    void aProgramHasItsArguments() throws Exception {
        var hooks = hooks(List.of(), List.of(script("arguments", "printf '%s\\n' \"$@\" > said"), "a b", "$HOME"));
        hooks.tell(gone(ONE));
        registry.expectMessage(SOON, new UpdownActor.Heard(ONE));
        assertThat(said("said")).containsExactly("a b", "$HOME");
    }

    @Test
    void withoutAProgramTheEndIsHeardAtOnceAndOnlyTheEnd() {
        var hooks = hooks(List.of(), List.of());
        hooks.tell(up(ONE));
        hooks.tell(new UpdownActor.Announce(new Event.Failed(ONE, Instant.EPOCH, "no answer"), registry.getRef()));
        hooks.tell(gone(ONE));
        registry.expectMessage(SOON, new UpdownActor.Heard(ONE));
        registry.expectNoMessage(Duration.ZERO);
    }

    @Test
    void theEndOfATunnelIsToldAfterItsBeginning() throws Exception {
        fifo("door");
        var hooks = hooks(
                List.of(script("up", "read -r _ < door; echo up >> said")),
                List.of(script("gone", "echo gone >> said")));
        hooks.tell(up(ONE));
        hooks.tell(gone(ONE));
        hooks.tell(gone(OTHER)); // which has nothing to wait for
        registry.expectMessage(SOON, new UpdownActor.Heard(OTHER));
        assertThat(said("said")).containsExactly("gone");
        Files.writeString(folder.resolve("door"), "open\n");
        registry.expectMessage(SOON, new UpdownActor.Heard(ONE));
        assertThat(said("said")).containsExactly("gone", "up", "gone");
    }

    @Test
    void whoHangsIsKilledWithAllThatItStartedAndCountsAsHeard() throws Exception {
        fifo("alive");
        var hangs = script("hangs", "exec 3> alive; sleep 100 & (sleep 100 &) ; setsid sleep 100 & sleep 100");
        var hooks = hooks(List.of(), List.of(hangs), Duration.ofMillis(500), 1, SOON);
        hooks.tell(gone(ONE));
        // its end is reached when nobody has it open for writing any more
        assertThat(Files.readString(folder.resolve("alive"))).isEmpty();
        registry.expectMessage(SOON, new UpdownActor.Heard(ONE));
    }

    @Test
    void aProgramThatFloodsItsOutputIsNotHeldUp() throws Exception {
        var hooks = hooks(
                List.of(), List.of(script("floods", "yes | head -c 1000000; yes | tr -d '\\n' | head -c 1000000 >&2")));
        hooks.tell(gone(ONE));
        registry.expectMessage(SOON, new UpdownActor.Heard(ONE));
    }

    @Test
    void whoLeavesAChildWithItsOutputBehindHasEnded() throws Exception {
        fifo("door");
        var hooks = hooks(List.of(), List.of(script("leaves", "(read -r _ < door; echo late) &")));
        hooks.tell(gone(ONE));
        registry.expectMessage(SOON, new UpdownActor.Heard(ONE));
        Files.writeString(folder.resolve("door"), "open\n"); // somebody is still there to read it
    }

    @Test
    void aProgramThatFailsOrIsNotThereCountsAsHeard() throws Exception {
        var program = script("fails", "exit 3");
        var hooks = hooks(List.of(), List.of(program));
        hooks.tell(gone(ONE));
        registry.expectMessage(SOON, new UpdownActor.Heard(ONE));
        Files.delete(Path.of(program));
        hooks.tell(gone(ONE));
        registry.expectMessage(SOON, new UpdownActor.Heard(ONE));
    }

    @Test
    void whoWaitsForAPlaceTooLongIsSaidToBeUnheardAndIsHeardLater() throws Exception {
        fifo("door");
        var hooks = hooks(
                List.of(script("up", "read -r _ < door")),
                List.of(script("gone", "echo gone >> said")),
                SOON,
                1,
                Duration.ofMillis(50));
        hooks.tell(up(ONE));
        hooks.tell(gone(OTHER));
        registry.expectMessage(SOON, new UpdownActor.Unheard(OTHER));
        registry.expectMessage(SOON, new UpdownActor.Unheard(OTHER)); // a successor that came later waits as long
        assertThat(folder.resolve("said")).doesNotExist();
        Files.writeString(folder.resolve("door"), "open\n");
        registry.fishForMessage(
                SOON,
                answer -> answer instanceof UpdownActor.Heard
                        ? FishingOutcomes.complete()
                        : FishingOutcomes.continueAndIgnore());
        assertThat(said("said")).containsExactly("gone");
    }

    @Test
    void anEndIsToldBeforeTheBeginningsThatWaitToo() throws Exception {
        fifo("door");
        var hooks = hooks(
                List.of(script("up", "[ $IKEBANA_REMOTE != 192.0.2.1 ] || read -r _ < door; echo up >> said")),
                List.of(script("gone", "echo gone >> said")),
                SOON,
                1,
                SOON);
        hooks.tell(up(ONE));
        hooks.tell(up(endpoint("192.0.2.4")));
        hooks.tell(gone(OTHER));
        Files.writeString(folder.resolve("door"), "open\n");
        registry.expectMessage(SOON, new UpdownActor.Heard(OTHER));
        assertThat(said("said")).startsWith("up", "gone");
    }

    @Test
    void noEndIsForgottenWhenTheActorFails() throws Exception {
        var program = script("gone", "echo gone >> said");
        var refused = new AtomicInteger();
        var settings = new HookSettings(List.of(), List.of(program), SOON, 1, SOON);
        var hooks = KIT.spawn(UpdownActor.create(settings, task -> {
            if (refused.getAndIncrement() < 2) throw new RejectedExecutionException("planted: no thread");
            Thread.ofVirtual().start(task);
        }));
        hooks.tell(gone(ONE));
        hooks.tell(gone(OTHER));
        registry.expectMessage(SOON, new UpdownActor.Heard(ONE));
        registry.expectMessage(SOON, new UpdownActor.Heard(OTHER));
        assertThat(said("said")).containsExactly("gone", "gone");
    }

    @Test
    void anActorThatFailsAgainAndAgainStopsSoThatNobodyComesBackUnheard() throws Exception {
        var settings = new HookSettings(List.of(), List.of("/bin/true"), SOON, 1, SOON);
        var hooks = KIT.spawn(UpdownActor.create(settings, _ -> {
            throw new RejectedExecutionException("planted: no thread");
        }));
        hooks.tell(gone(ONE));
        registry.expectTerminated(hooks, SOON);
        registry.expectNoMessage(Duration.ZERO);
    }

    private ActorRef<UpdownActor.Command> hooks(List<String> up, List<String> gone) {
        return hooks(up, gone, SOON, 4, SOON);
    }

    private static ActorRef<UpdownActor.Command> hooks(
            List<String> up, List<String> gone, Duration timeLimit, int concurrency, Duration patience) {
        return KIT.spawn(UpdownActor.create(new HookSettings(up, gone, timeLimit, concurrency, patience)));
    }

    private UpdownActor.Announce up(Endpoint endpoint) {
        var event = new Event.Up(
                endpoint,
                Instant.parse("2026-01-01T00:00:00Z"),
                Identity.of("spoke.example"),
                Identity.of("hub.example"),
                Optional.empty());
        return new UpdownActor.Announce(event, registry.getRef());
    }

    private UpdownActor.Announce gone(Endpoint endpoint) {
        var event = new Event.Gone(
                endpoint,
                Instant.parse("2026-01-01T00:00:00Z"),
                Optional.of(Identity.of("hub.example")),
                "the peer\nsaid so");
        return new UpdownActor.Announce(event, registry.getRef());
    }

    private static Endpoint endpoint(String remote) {
        return new Endpoint("dmvpn", IpAddress.of("192.0.2.2"), IpAddress.of(remote));
    }

    private String script(String name, String body) throws IOException {
        var file = folder.resolve(name);
        Files.writeString(file, "#!/bin/sh\ncd '%s' || exit\n%s\n".formatted(folder, body));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
        return file.toString();
    }

    private void fifo(String name) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder("mkfifo", folder.resolve(name).toString())
                        .start()
                        .waitFor())
                .isZero();
    }

    private List<String> said(String name) throws IOException {
        return Files.readAllLines(folder.resolve(name));
    }
}
