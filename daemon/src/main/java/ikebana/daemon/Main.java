package ikebana.daemon;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.Behaviors;
import com.typesafe.config.ConfigFactory;
import ikebana.auth.Credentials;
import ikebana.crypto.Entropy;
import ikebana.crypto.SelfTest;
import ikebana.kernel.embedded.Limits;
import ikebana.netlink.actor.NetlinkActor;
import ikebana.port.KernelPort;
import ikebana.settings.InvalidSettings;
import ikebana.settings.KernelSettings;
import ikebana.settings.Settings;
import ikebana.tunnel.CredentialsActor;
import ikebana.tunnel.EmbeddedKernelActor;
import ikebana.tunnel.TunnelRegistry;
import ikebana.tunnel.UpdownActor;
import java.nio.file.Path;
import java.time.InstantSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// `ikebana [--config FILE]`: the daemon. `ikebana check [--config FILE]`: what is wrong with the settings.
public final class Main {
    private static final Logger LOG = LoggerFactory.getLogger("ikebana");

    private static final int FAILED = 1;
    private static final int USAGE = 2;

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
            run(settings);
        } catch (InvalidSettings wrong) {
            System.err.println(wrong.getMessage());
            System.exit(FAILED);
        }
    }

    private static void run(Settings settings) {
        SelfTest.run();
        // the policies stay when we end, however that is: without us nothing is to leave in the clear
        var system = ActorSystem.create(guardian(settings), "ikebana", ConfigFactory.load());
        system.getWhenTerminated().toCompletableFuture().join();
        System.exit(FAILED);
    }

    private static Behavior<Void> guardian(Settings settings) {
        return Behaviors.setup(context -> {
            var entropy = Entropy.secure();
            var credentials = context.spawn(
                    CredentialsActor.create(new Credentials(settings.preSharedKeys(), entropy)), "credentials");
            var kernel = context.spawn(kernel(settings, entropy), "kernel");
            if (settings.kernel().kind() == KernelSettings.Kind.EMBEDDED) {
                PacketSocket.start(
                        settings.runDirectory(), kernel, context.getSystem().scheduler());
            }
            var hooks = context.spawn(UpdownActor.create(settings.hooks()), "hooks");
            var parts = new TunnelRegistry.Parts(
                    settings.ike(),
                    settings.ports(),
                    settings.network(),
                    settings.profiles(),
                    entropy,
                    InstantSource.system());
            var registry = context.spawn(TunnelRegistry.create(parts, kernel, credentials, hooks), "registry");
            // it fails only by a bug of ours, or when the kernel refuses the traps: then there is nothing left to do
            context.watch(registry);
            return Behaviors.empty();
        });
    }

    private static Behavior<KernelPort.Command> kernel(Settings settings, Entropy entropy) {
        var kernel = settings.kernel();
        return switch (kernel.kind()) {
            case NETLINK ->
                NetlinkActor.create(
                        kernel.netlink(), settings.ike().retransmission().untilGivenUp());
            case EMBEDDED ->
                EmbeddedKernelActor.create(
                        kernel.embedded().espPort(),
                        settings.profiles(),
                        Limits.DEFAULT,
                        entropy,
                        InstantSource.system());
        };
    }
}
