package ikebana.tunnel;

import static org.assertj.core.api.Assertions.assertThat;

import akka.Done;
import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import ikebana.auth.Endpoint;
import ikebana.auth.Identity;
import ikebana.wire.Bytes;
import ikebana.wire.IpAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MemoryActorTest {
    private static final ActorTestKit KIT = ActorTestKit.create();
    private static final Endpoint HUB = endpoint("192.0.2.2", "192.0.2.1");
    private static final Endpoint SIX = endpoint("2001:db8::2", "2001:db8::1");
    private static final Identity NAME = Identity.of("hub.example");
    private static final Identity ODD = new Identity(200, Bytes.ofHex("000a2f00ff"));

    @TempDir
    private Path folder;

    @AfterAll
    static void stop() {
        KIT.shutdownTestKit();
    }

    @Test
    void whoIsRememberedIsThereInTheNextLife() {
        var memory = KIT.spawn(MemoryActor.create(folder));
        memory.tell(new MemoryActor.Remember(HUB, Identity.of("other.example")));
        memory.tell(new MemoryActor.Remember(SIX, ODD));
        memory.tell(new MemoryActor.Remember(HUB, NAME));
        written(memory);
        assertThat(MemoryActor.load(folder)).containsExactlyInAnyOrderEntriesOf(Map.of(HUB, NAME, SIX, ODD));

        var next = KIT.spawn(MemoryActor.create(folder));
        next.tell(new MemoryActor.Forget(HUB));
        next.tell(new MemoryActor.Forget(endpoint("192.0.2.2", "192.0.2.9"))); // whom nobody knows
        written(next);
        assertThat(MemoryActor.load(folder)).isEqualTo(Map.of(SIX, ODD));
    }

    @Test
    void thereIsNobodyToRememberBeforeTheFirstLife() {
        assertThat(MemoryActor.load(folder)).isEmpty();
    }

    @Test
    void nobodyElseMayReadIt() throws IOException {
        new PeerMemory(folder).store(Map.of(HUB, Optional.of(NAME)));
        var peers = folder.resolve("peers");
        var file = peers.resolve("dmvpn,192.0.2.2,192.0.2.1");
        assertThat(file).hasContent("identity 2 6875622e6578616d706c65\nend\n");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(peers)))
                .isEqualTo("rwx------");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "identity 2 6875622e6578616d706c65\n",
                "identity 2 6875622e6578616d706c65\nen",
                "identity 2 687\nend\n",
                "identity 2 xx\nend\n",
                "identity 2000 00\nend\n",
                "identity 2 00\nend\nmore",
                "\0\0\0\0\0\0\0\0",
            })
    void whatIsNotWholeIsPassedOver(String content) throws IOException {
        new PeerMemory(folder).store(Map.of(SIX, Optional.of(ODD)));
        Files.writeString(folder.resolve("peers/dmvpn,192.0.2.2,192.0.2.1"), content);
        assertThat(MemoryActor.load(folder)).isEqualTo(Map.of(SIX, ODD));
    }

    @Test
    void whatIsNotOursIsPassedOver() throws IOException {
        new PeerMemory(folder).store(Map.of(SIX, Optional.of(ODD)));
        var peers = folder.resolve("peers");
        for (var name : List.of("README", "dmvpn,192.0.2.2", "dmvpn,192.0.2.2,nobody")) {
            Files.writeString(peers.resolve(name), "identity 2 00\nend\n");
        }
        Files.createDirectory(peers.resolve("dmvpn,192.0.2.2,192.0.2.7"));
        Files.createFile(peers.resolve("dmvpn,192.0.2.2,192.0.2.8.new")); // a daemon was killed while it wrote this
        assertThat(MemoryActor.load(folder)).isEqualTo(Map.of(SIX, ODD));
        assertThat(peers.resolve("dmvpn,192.0.2.2,192.0.2.8.new")).doesNotExist();
    }

    @Test
    void whileTheDiskIsBusyChangesGatherAndOnlyTheLastOneCounts() throws Exception {
        var tasks = new LinkedBlockingQueue<Runnable>();
        var memory = KIT.spawn(MemoryActor.create(folder, tasks::add));
        memory.tell(new MemoryActor.Remember(HUB, NAME));
        var first = taken(tasks);
        for (int i = 0; i < 100; i++) {
            memory.tell(new MemoryActor.Forget(HUB));
            memory.tell(new MemoryActor.Remember(HUB, ODD));
        }
        memory.tell(new MemoryActor.Forget(HUB));
        first.run();
        assertThat(MemoryActor.load(folder)).isEqualTo(Map.of(HUB, NAME));
        taken(tasks).run();
        written(memory);
        assertThat(MemoryActor.load(folder)).isEmpty();
    }

    @Test
    void nothingIsForgottenWhenTheActorFails() {
        var refused = new ArrayList<Runnable>();
        Executor first = task -> {
            if (refused.isEmpty()) {
                refused.add(task);
                throw new RejectedExecutionException("planted: no thread");
            }
            task.run();
        };
        ActorRef<MemoryActor.Command> memory = KIT.spawn(MemoryActor.create(folder, first));
        memory.tell(new MemoryActor.Remember(HUB, NAME));
        memory.tell(new MemoryActor.Remember(SIX, ODD));
        written(memory);
        assertThat(MemoryActor.load(folder)).isEqualTo(Map.of(HUB, NAME, SIX, ODD));
    }

    private static void written(ActorRef<MemoryActor.Command> memory) {
        TestProbe<Done> probe = KIT.createTestProbe();
        memory.tell(new MemoryActor.Flush(probe.getRef()));
        probe.expectMessage(Done.getInstance());
    }

    private static Runnable taken(LinkedBlockingQueue<Runnable> tasks) throws InterruptedException {
        var task = tasks.poll(10, TimeUnit.SECONDS);
        assertThat(task).isNotNull();
        return Objects.requireNonNull(task);
    }

    private static Endpoint endpoint(String local, String remote) {
        return new Endpoint("dmvpn", IpAddress.of(local), IpAddress.of(remote));
    }
}
