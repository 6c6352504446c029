package ikebana.daemon;

import akka.Done;
import akka.actor.typed.ActorSystem;
import com.typesafe.config.ConfigFactory;
import ikebana.crypto.SelfTest;
import ikebana.settings.InvalidSettings;
import ikebana.settings.Settings;
import ikebana.settings.Surroundings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// `ikebana [--config FILE]`: the daemon. `ikebana check [--config FILE]`: what is wrong with the settings.
public final class Main {
    private static final Logger LOG = LoggerFactory.getLogger("ikebana");

    private static final int FAILED = 1;
    private static final int USAGE = 2;

    /// What [Guardian] may take, and some seconds for the actors to end; shorter than the 90 s that systemd waits.
    private static final Duration LONGEST_STOP = Guardian.LONGEST_STOP.plusSeconds(7);

    private Main() {}

    public static void main(String[] arguments) {
        boolean check = arguments.length > 0 && arguments[0].equals("check");
        int first = check ? 1 : 0;
        if (arguments.length != first && (arguments.length != first + 2 || !arguments[first].equals("--config"))) {
            System.err.println("usage: ikebana [check] [--config FILE]");
            System.exit(USAGE);
        }
        var file = arguments.length == first ? Settings.DEFAULT_FILE : Path.of(arguments[first + 1]);
        try {
            var settings = Settings.load(file);
            settings.warnings().forEach(LOG::warn);
            if (check) {
                System.out.println("ok");
                return;
            }
            run(file, settings);
        } catch (InvalidSettings wrong) {
            System.err.println(wrong.getMessage());
            System.exit(FAILED);
        }
    }

    private static void run(Path file, Settings settings) {
        int userId = Surroundings.ofThisProcess().userId();
        try (var _ = LockedFolder.of(settings.runDirectory(), "run-dir", userId);
                var _ = LockedFolder.of(settings.stateDirectory(), "state-dir", userId)) {
            SelfTest.run();
            var configuration = ConfigFactory.parseMap(Map.of(
                            "akka.coordinated-shutdown.run-by-actor-system-terminate",
                            "off",
                            "akka.coordinated-shutdown.run-by-jvm-shutdown-hook",
                            "off"))
                    .withFallback(ConfigFactory.load());
            var system = ActorSystem.create(Guardian.create(file, settings), "ikebana", configuration);
            var ended = system.getWhenTerminated().toCompletableFuture();
            Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(system, ended), "stop"));
            ended.join();
        } catch (LockedFolder.Unusable taken) {
            System.err.println(taken.getMessage());
        } catch (IOException unlockable) {
            throw new UncheckedIOException(unlockable);
        }
        // it ended by itself; a stop that somebody wanted does not come back from here
        System.exit(FAILED);
    }

    /// Runs when somebody wants us to end: SIGTERM, SIGINT. The JVM would say 143 or 130, though it was a good end.
    private static void stop(ActorSystem<Guardian.Command> system, CompletableFuture<Done> ended) {
        if (ended.isDone()) return;
        system.tell(Guardian.Stop.INSTANCE);
        try {
            ended.get(LONGEST_STOP.toMillis(), TimeUnit.MILLISECONDS);
            Runtime.getRuntime().halt(0);
        } catch (ExecutionException | TimeoutException | InterruptedException late) {
            LOG.error("the daemon has not stopped in good order", late);
            Runtime.getRuntime().halt(FAILED);
        }
    }
}
