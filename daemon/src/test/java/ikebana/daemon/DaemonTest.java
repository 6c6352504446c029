package ikebana.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The daemon as a process, with a kernel in memory; orders are given with ikebanactl.
class DaemonTest {
    @TempDir
    private Path folder;

    private Path settings;
    private Process daemon;

    @BeforeEach
    void start() throws Exception {
        settings = settings("here", address(71));
        daemon = daemon(settings, "first");
    }

    @AfterEach
    void stop() throws Exception {
        daemon.destroyForcibly().waitFor();
    }

    @Test
    void theSecondDaemonIsRefusedWithThePidOfTheFirst() throws Exception {
        untilItTakesOrders("first");
        var second = daemon(settings, "second");
        assertThat(second.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(second.exitValue()).isEqualTo(1);
        assertThat(said("second"))
                .contains("run-dir: another daemon, process %d, has %s: stop it, or give this one another folder\n"
                        .formatted(daemon.pid(), folder.resolve("here.run")));
        assertThat(list().status()).isZero(); // the first has not noticed
    }

    @Test
    void whoIsToldToStopLeavesNoSocketAndSaysThatAllIsWell() throws Exception {
        untilItTakesOrders("first");
        assertThat(list().out()).startsWith("PROFILE ");
        daemon.destroy(); // SIGTERM
        assertThat(daemon.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(daemon.exitValue()).as(said("first")).isZero();
        assertThat(folder.resolve("here.run/control.sock")).doesNotExist();
        assertThat(list().status()).isEqualTo(3);
    }

    @Test
    void aSocketThatAKilledDaemonLeftIsReplaced() throws Exception {
        untilItTakesOrders("first");
        daemon.destroyForcibly().waitFor(); // SIGKILL
        assertThat(folder.resolve("here.run/control.sock")).exists();
        assertThat(list().status()).isEqualTo(3);
        daemon = daemon(settings, "second");
        untilItTakesOrders("second");
        assertThat(list().status()).isZero();
    }

    @Test
    void aStopTellsThePeersAndTheHooksAndLeavesNobodyToRemember() throws Exception {
        var there = settings("there", address(72));
        var peer = daemon(there, "peer");
        try {
            untilItTakesOrders("first");
            while (list(there).status() != 0)
                assertThat(peer.isAlive()).as(said("peer")).isTrue();
            var up = Program.ikebanactl(
                    Map.of(),
                    "up",
                    "dmvpn",
                    "--config=" + settings,
                    "--local=" + address(71),
                    "--remote=" + address(72),
                    "--wait=60");
            assertThat(up.status()).as(up.err()).isZero();
            while (!list(there).out().contains(" up "))
                assertThat(peer.isAlive()).isTrue();
            assertThat(folder.resolve("here.state/peers")).isDirectoryContaining("glob:**dmvpn,*");

            daemon.destroy(); // SIGTERM
            assertThat(daemon.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(daemon.exitValue()).as(said("first")).isZero();
            assertThat(folder.resolve("here.told")).hasContent("up\ngone");
            assertThat(folder.resolve("here.state/peers")).isEmptyDirectory();
            while (list(there).out().contains(" up "))
                assertThat(peer.isAlive()).isTrue();
            assertThat(said("peer")).contains(": gone, ");
        } finally {
            peer.destroyForcibly().waitFor();
        }
    }

    /// Of our own, so that other runs of this test on the same machine have others.
    private static String address(int last) {
        long pid = ProcessHandle.current().pid();
        return "127.%d.%d.%d".formatted(pid >> 8 & 0xff, pid & 0xff, last);
    }

    private Path settings(String name, String address) throws IOException {
        var hook = folder.resolve(name + ".hook");
        Files.writeString(hook, "#!/bin/sh\necho $IKEBANA_EVENT >> %s/%s.told\n".formatted(folder, name));
        Files.setPosixFilePermissions(hook, PosixFilePermissions.fromString("rwx------"));
        var file = folder.resolve(name + ".conf");
        Files.writeString(file, """
                ikebana {
                  kernel = embedded
                  run-dir = %1$s.run
                  state-dir = %1$s.state
                  ports { ike = 15500, nat = 15501 }
                  embedded { esp-port = 15502 }
                  hooks { up = "%2$s", gone = "%2$s" }
                  profiles.dmvpn { local = %3$s, selector = "gre/1234", psk = "not a secret, a test" }
                }
                """.formatted(name, hook, address));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        return file;
    }

    private Process daemon(Path settings, String log) throws IOException {
        var command = List.of(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "ikebana.daemon.Main",
                "--config",
                settings.toString());
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve(log).toFile())
                .start();
    }

    /// A daemon that ends instead has said why.
    private void untilItTakesOrders(String log) throws Exception {
        while (list().status() != 0) {
            assertThat(daemon.isAlive()).as(said(log)).isTrue();
        }
    }

    private Program.Ended list() throws Exception {
        return list(settings);
    }

    private static Program.Ended list(Path settings) throws Exception {
        return Program.ikebanactl(Map.of(), "list", "--config", settings.toString());
    }

    private String said(String log) throws IOException {
        return Files.readString(folder.resolve(log));
    }
}
