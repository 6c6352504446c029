package ikebana.daemon;

import akka.Done;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.Signal;
import akka.actor.typed.javadsl.AbstractOnMessageBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import ikebana.auth.Credentials;
import ikebana.control.Answer;
import ikebana.control.Order;
import ikebana.crypto.Entropy;
import ikebana.http.ControlServer;
import ikebana.kernel.Reply;
import ikebana.kernel.Request;
import ikebana.kernel.embedded.Limits;
import ikebana.netlink.actor.NetlinkActor;
import ikebana.port.ControlPort;
import ikebana.port.KernelPort;
import ikebana.settings.KernelSettings;
import ikebana.settings.Settings;
import ikebana.tunnel.Clearance;
import ikebana.tunnel.CrashSecret;
import ikebana.tunnel.CredentialsActor;
import ikebana.tunnel.EmbeddedKernelActor;
import ikebana.tunnel.HttpInquirer;
import ikebana.tunnel.MemoryActor;
import ikebana.tunnel.TunnelRegistry;
import ikebana.tunnel.UpdownActor;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/// The root of the actors: starts them, opens the control socket as soon as orders are taken, and ends all in good
/// order.
final class Guardian extends AbstractOnMessageBehavior<Guardian.Command> {

    sealed interface Command {}

    /// End in good order, in a bounded time: peers are told, policies are removed if that is wanted.
    enum Stop implements Command {
        INSTANCE
    }

    private record Ordered(ControlPort.Give give) implements Command {}

    /// The registry has answered the first order.
    private record Ready(Answer answer) implements Command {}

    /// A step of the stop is done, or has taken too long.
    private enum Farewell implements Command {
        /// No IKE SA stands any more: the peers know.
        QUIET,
        /// The hooks have heard of all that has gone.
        HEARD,
        /// The registry knows what the hooks have heard.
        SETTLED,
        /// The disk has it, too.
        WRITTEN,
        /// One of several requests that the kernel was asked at once.
        REMOVED
    }

    /// What the kernel has, after our farewell.
    ///
    /// @param states empty when it has not told in time
    private record Left(Optional<List<Reply.Seen>> states) implements Command {}

    /// Until the kernel has all policies: it may have to load ciphers first.
    private static final Duration LONGEST_START = Duration.ofMinutes(1);

    /// How long a stop waits at most for each of its six steps: the peers, the hooks, the registry, the disk, the
    /// kernel's list, the kernel's removals.
    private static final Duration LONGEST_FAREWELL = Duration.ofSeconds(3);

    static final Duration LONGEST_STOP = LONGEST_FAREWELL.multipliedBy(6);

    /// @param settingsFile is read again when keys have changed
    static Behavior<Command> create(Path settingsFile, Settings settings) {
        return Behaviors.setup(context -> new Guardian(context, settingsFile, settings));
    }

    private final Settings settings;
    private final ActorRef<KernelPort.Command> kernel;
    private final ActorRef<UpdownActor.Command> hooks;
    private final ActorRef<MemoryActor.Command> memory;
    private final ActorRef<TunnelRegistry.Command> registry;
    private Optional<ControlServer> control = Optional.empty();
    private Optional<PacketSocket> packets = Optional.empty();
    private boolean stopping;
    private int awaited;

    private Guardian(ActorContext<Command> context, Path settingsFile, Settings settings) throws IOException {
        super(context);
        this.settings = settings;
        var entropy = Entropy.secure();
        var credentials = context.spawn(
                CredentialsActor.create(
                        new Credentials(
                                settings.preSharedKeys(),
                                settings.certificates(),
                                settings.publicKeys(),
                                settings.ppks(),
                                entropy),
                        InstantSource.system(),
                        new CredentialsActor.Renewal(
                                settings.certificateWatch().rereadEvery(),
                                settings.certificateWatch().warnBefore(),
                                new KeyWatch(settingsFile, settings, entropy)),
                        new HttpInquirer(settings.inquiries(), InstantSource.system(), entropy)),
                "credentials");
        this.kernel = context.spawn(kernel(settings, entropy), "kernel");
        if (settings.kernel().kind() == KernelSettings.Kind.EMBEDDED) {
            packets = Optional.of(PacketSocket.start(
                    settings.runDirectory(), kernel, context.getSystem().scheduler()));
        }
        this.hooks = context.spawn(UpdownActor.create(settings.hooks()), "hooks");
        // read before anything is written
        var remembered = MemoryActor.load(settings.stateDirectory());
        this.memory = context.spawn(MemoryActor.create(settings.stateDirectory()), "memory");
        var parts = new TunnelRegistry.Parts(
                settings.ike(),
                settings.ports(),
                settings.network(),
                settings.profiles(),
                remembered,
                settings.quickCrashDetection()
                        ? CrashSecret.load(settings.stateDirectory(), entropy)
                        : Optional.empty(),
                entropy,
                steady());
        this.registry =
                context.spawn(TunnelRegistry.create(parts, kernel, credentials.narrow(), hooks, memory), "registry");
        // it fails only by a bug of ours, or when the kernel refuses the traps: then there is nothing left to do
        context.watch(registry);
        give(new Order.ListTunnels(), LONGEST_START, Ready::new);
    }

    private static Behavior<KernelPort.Command> kernel(Settings settings, Entropy entropy) {
        var kernel = settings.kernel();
        return switch (kernel.kind()) {
            case NETLINK ->
                NetlinkActor.create(
                        kernel.netlink(), settings.ike().retransmission().untilGivenUp());
            case EMBEDDED ->
                EmbeddedKernelActor.create(
                        kernel.embedded().espPort(), settings.profiles(), Limits.DEFAULT, entropy, steady());
        };
    }

    /// Begins at the time of day and then goes on with the machine's steady clock: when somebody sets the clock,
    /// nobody waits an hour for an answer that was due in a second.
    private static InstantSource steady() {
        var began = Instant.now();
        long mark = System.nanoTime();
        return () -> began.plusNanos(System.nanoTime() - mark);
    }

    @Override
    public Behavior<Command> onMessage(Command command) {
        return switch (command) {
            case Ordered(var give) -> {
                registry.tell(new TunnelRegistry.Control(give));
                yield this;
            }
            case Ready(var answer) -> open(answer);
            case Stop.INSTANCE -> stop();
            case Farewell.QUIET -> restHooks();
            case Farewell.HEARD -> {
                // when it answers, it knows what the hooks have heard
                give(new Order.ListTunnels(), LONGEST_FAREWELL, _ -> Farewell.SETTLED);
                yield this;
            }
            case Farewell.SETTLED -> flushMemory();
            case Farewell.WRITTEN -> askForStates();
            case Left(var states) -> removeWhatIsLeft(states);
            case Farewell.REMOVED -> --awaited == 0 ? Behaviors.stopped() : this;
        };
    }

    @Override
    public Behavior<Command> onSignal(Signal signal) {
        if (signal instanceof PostStop) close();
        return signal instanceof PostStop ? this : Behaviors.unhandled();
    }

    private void give(Order order, Duration patience, Function<Answer, Command> answered) {
        getContext()
                .ask(
                        Answer.class,
                        registry,
                        patience,
                        replyTo -> new TunnelRegistry.Control(new ControlPort.Give(order, replyTo)),
                        (answer, _) -> answered.apply(Objects.requireNonNullElseGet(
                                answer,
                                () -> new Answer.Failed(Answer.Why.OUT_OF_PATIENCE, "the engine does not answer"))));
    }

    /// The traps stand and the kernel is heard: from here on the daemon takes orders.
    private Behavior<Command> open(Answer answer) {
        if (stopping) return this;
        if (answer instanceof Answer.Failed(var _, var sentence)) {
            getContext().getLog().error("{}", sentence);
            return Behaviors.stopped();
        }
        try {
            control = Optional.of(ControlServer.start(
                    settings.control(),
                    getContext().messageAdapter(ControlPort.Give.class, Ordered::new),
                    getContext().getSystem().scheduler()));
            getContext().getLog().info("takes orders at {}", settings.control().socket());
            return this;
        } catch (IOException failure) {
            getContext().getLog().error("{}", failure.getMessage());
            return Behaviors.stopped();
        }
    }

    private Behavior<Command> stop() {
        if (stopping) return this;
        stopping = true;
        getContext().getLog().info("stopping");
        close();
        // peers are told, so that none of them sends into the void; what they do not confirm in time is left to them
        getContext().ask(Done.class, registry, LONGEST_FAREWELL, TunnelRegistry.Stop::new, (_, _) -> Farewell.QUIET);
        return this;
    }

    /// Whom the hooks have heard of, nobody has to remember.
    private Behavior<Command> restHooks() {
        getContext().ask(Done.class, hooks, LONGEST_FAREWELL, UpdownActor.Rest::new, (_, _) -> Farewell.HEARD);
        return this;
    }

    private Behavior<Command> flushMemory() {
        getContext().ask(Done.class, memory, LONGEST_FAREWELL, MemoryActor.Flush::new, (_, _) -> Farewell.WRITTEN);
        return this;
    }

    private Behavior<Command> askForStates() {
        getContext()
                .ask(
                        KernelPort.Answered.class,
                        kernel,
                        LONGEST_FAREWELL,
                        replyTo -> new KernelPort.Ask(0, new Request.DumpStates(), replyTo),
                        (answered, _) -> new Left(
                                answered != null && answered.reply() instanceof Reply.States(var states)
                                        ? Optional.of(states)
                                        : Optional.empty()));
        return this;
    }

    private Behavior<Command> removeWhatIsLeft(Optional<List<Reply.Seen>> states) {
        if (states.isEmpty()) {
            getContext()
                    .getLog()
                    .warn("the kernel has not told its ESP states in time: some of ours may be left in it");
        }
        var requests = new ArrayList<>(Clearance.ofStates(states.orElse(List.of()), settings.profiles()));
        if (settings.kernel().removePoliciesOnStop()) requests.addAll(Clearance.ofPolicies(settings.profiles()));
        awaited = requests.size();
        requests.forEach(request -> getContext()
                .ask(
                        KernelPort.Answered.class,
                        kernel,
                        LONGEST_FAREWELL,
                        replyTo -> new KernelPort.Ask(0, request, replyTo),
                        (_, _) -> Farewell.REMOVED));
        return requests.isEmpty() ? Behaviors.stopped() : this;
    }

    private void close() {
        try {
            if (control.isPresent()) control.get().close();
        } catch (IOException left) {
            getContext().getLog().warn("the control socket is left behind: {}", left.getMessage());
        }
        control = Optional.empty();
        packets.ifPresent(PacketSocket::close);
        packets = Optional.empty();
    }
}
