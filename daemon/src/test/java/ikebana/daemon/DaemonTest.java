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
        settings = folder.resolve("ikebana.conf");
        Files.writeString(settings, """
                ikebana {
                  kernel = embedded
                  run-dir = run
                  state-dir = state
                  ports { ike = 15500, nat = 15501 }
                  embedded { esp-port = 15502 }
                  profiles.dmvpn { local = %s, selector = "gre/1234", psk = "not a secret, a test" }
                }
                """.formatted(address()));
        Files.setPosixFilePermissions(settings, PosixFilePermissions.fromString("rw-------"));
        daemon = daemon("first");
    }

    @AfterEach
    void stop() throws Exception {
        daemon.destroyForcibly().waitFor();
    }

    @Test
    void theSecondDaemonIsRefusedWithThePidOfTheFirst() throws Exception {
        untilItTakesOrders("first");
        var second = daemon("second");
        assertThat(second.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(second.exitValue()).isEqualTo(1);
        assertThat(said("second"))
                .contains("run-dir: another daemon, process %d, has %s: stop it, or give this one another folder\n"
                        .formatted(daemon.pid(), folder.resolve("run")));
        assertThat(list().status()).isZero(); // the first has not noticed
    }

    @Test
    void whoIsToldToStopLeavesNoSocketAndSaysThatAllIsWell() throws Exception {
        untilItTakesOrders("first");
        assertThat(list().out()).startsWith("PROFILE ");
        daemon.destroy(); // SIGTERM
        assertThat(daemon.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(daemon.exitValue()).as(said("first")).isZero();
        assertThat(folder.resolve("run/control.sock")).doesNotExist();
        assertThat(list().status()).isEqualTo(3);
    }

    @Test
    void aSocketThatAKilledDaemonLeftIsReplaced() throws Exception {
        untilItTakesOrders("first");
        daemon.destroyForcibly().waitFor(); // SIGKILL
        assertThat(folder.resolve("run/control.sock")).exists();
        assertThat(list().status()).isEqualTo(3);
        daemon = daemon("second");
        untilItTakesOrders("second");
        assertThat(list().status()).isZero();
    }

    /// Of our own, so that other runs of this test on the same machine have others.
    private static String address() {
        long pid = ProcessHandle.current().pid();
        return "127.%d.%d.71".formatted(pid >> 8 & 0xff, pid & 0xff);
    }

    private Process daemon(String log) throws IOException {
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
        return Program.ikebanactl(Map.of(), "list", "--config", settings.toString());
    }

    private String said(String log) throws IOException {
        return Files.readString(folder.resolve(log));
    }
}
