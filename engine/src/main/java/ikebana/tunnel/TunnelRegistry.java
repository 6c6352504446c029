package ikebana.tunnel;

import akka.Done;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.SupervisorStrategy;
import akka.actor.typed.javadsl.AbstractOnMessageBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import ikebana.auth.Endpoint;
import ikebana.auth.Identity;
import ikebana.auth.Profile;
import ikebana.auth.TrapPolicies;
import ikebana.control.Answer;
import ikebana.control.Event;
import ikebana.crypto.Entropy;
import ikebana.ike.CrashTokens;
import ikebana.ike.Datagram;
import ikebana.ike.Doorman;
import ikebana.ike.Doorman.Decision;
import ikebana.ike.IkeSa;
import ikebana.ike.Input;
import ikebana.ike.Ledger;
import ikebana.ike.Ledger.Happening;
import ikebana.ike.Ledger.Order;
import ikebana.ike.Path;
import ikebana.kernel.Acquire;
import ikebana.kernel.Notice;
import ikebana.kernel.Reply;
import ikebana.kernel.Request;
import ikebana.port.ControlPort;
import ikebana.port.KernelPort;
import ikebana.settings.IkeSettings;
import ikebana.settings.NetworkSettings;
import ikebana.settings.Ports;
import ikebana.wire.IkeSpi;
import ikebana.wire.IpAddress;
import ikebana.wire.Secret;
import ikebana.wire.UdpAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// The shell of `Ledger` and `Doorman`: it spawns an [IkeSaActor] for each IKE SA, watches it, and passes on what the
/// kernel and the network say. It decides nothing.
public final class TunnelRegistry extends AbstractOnMessageBehavior<TunnelRegistry.Command> {

    public sealed interface Command {}

    /// An IKE SA reports what concerns its endpoint.
    public record Reported(Happening happening) implements Command {}

    /// Somebody outside wants something. Who comes before the traps stand and the kernel is heard waits for that.
    public record Control(ControlPort.Give give) implements Command {}

    /// The daemon is about to end: nothing new stands from here on, and what stands is taken down. Is answered when
    /// that has happened.
    public record Stop(ActorRef<Done> replyTo) implements Command {}

    private record Arrived(Datagram datagram) implements Command {}

    private record Noticed(Notice notice) implements Command {}

    private record KernelAnswered(KernelPort.Answered answered) implements Command {}

    private record HooksAnswered(UpdownActor.Answer answer) implements Command {}

    /// An IKE SA says goodbye to its peer.
    record Parting(IkeSpi spi) implements Command {}

    /// See [ikebana.ike.Effect.KnownBy].
    record KnownBy(IkeSpi spi, Set<IkeSpi> spis) implements Command {}

    /// Its peer has heard it, or does not answer.
    record Parted(IkeSpi spi) implements Command {}

    /// It stops because all is done. Whoever stops without this word has failed.
    record InPeace(IkeSpi spi) implements Command {}

    private record Retired(IkeSpi spi) implements Command {}

    private enum Woke implements Command {
        INSTANCE
    }

    /// What a registry is made of.
    ///
    /// @param remembered the tunnels that stood when a former run ended without a word
    /// @param crashSecret see [CrashTokens]; empty if peers are not to be told
    public record Parts(
            IkeSettings settings,
            Ports ports,
            NetworkSettings network,
            List<Profile> profiles,
            Map<Endpoint, Identity> remembered,
            Optional<Secret> crashSecret,
            Entropy entropy,
            InstantSource clock) {
        public Parts {
            profiles = List.copyOf(profiles);
            remembered = Map.copyOf(remembered);
        }
    }

    /// A registry that threw has lost the ledger: the daemon ends, and the policies stay, so that nothing leaks.
    public static Behavior<Command> create(
            Parts parts,
            ActorRef<KernelPort.Command> kernel,
            ActorRef<CredentialsActor.Ask> credentials,
            ActorRef<UpdownActor.Command> hooks,
            ActorRef<MemoryActor.Command> memory) {
        return Behaviors.supervise(Behaviors.<Command>setup(context -> Behaviors.withTimers(
                        timers -> new TunnelRegistry(context, timers, parts, kernel, credentials, hooks, memory))))
                .onFailure(SupervisorStrategy.stop());
    }

    private static final Duration BETWEEN_WORDS_OF_STRANGERS = Duration.ofMinutes(1);

    /// A ticket that no other question has.
    private static final long COUNT = -1;

    private final TimerScheduler<Command> timers;
    private final Parts parts;
    private final ActorRef<KernelPort.Command> kernel;
    private final ActorRef<KernelPort.Answered> kernelAnswers;
    private final ActorRef<UpdownActor.Command> hooks;
    private final ActorRef<UpdownActor.Answer> hookAnswers;
    private final ActorRef<MemoryActor.Command> memory;
    private final ActorRef<UdpEndpoint.Command> network;
    private final IkeSaActor.Surroundings surroundings;
    private final Ledger ledger;
    private final Doorman doorman;
    private final Map<IkeSpi, ActorRef<IkeSaActor.Command>> actors = new HashMap<>();
    private final Map<Long, ActorRef<Answer>> callers = new HashMap<>();
    private Ledger.State entries = Ledger.State.EMPTY;

    /// Read by the sockets' thread, too.
    private volatile Doorman.State door;

    private final List<ControlPort.Give> early = new ArrayList<>();
    /// By their tickets; that of the policies is 0.
    private final Map<Long, Order.Look> looks = new HashMap<>();

    private long looksSoFar;
    private int policiesAwaited;
    private boolean kernelHeard;
    private Optional<ActorRef<Done>> stopped = Optional.empty();
    private final Set<IkeSpi> parting = new HashSet<>();
    private final Set<IkeSpi> inPeace = new HashSet<>();
    /// However many fail at once, the kernel counts for one after the other.
    private boolean counting;

    private boolean toCountAgain;
    private long tickets;
    private long dropped;
    private Instant toldAgainAt = Instant.MIN;

    private TunnelRegistry(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            Parts parts,
            ActorRef<KernelPort.Command> kernel,
            ActorRef<CredentialsActor.Ask> credentials,
            ActorRef<UpdownActor.Command> hooks,
            ActorRef<MemoryActor.Command> memory) {
        super(context);
        this.timers = timers;
        this.parts = parts;
        this.kernel = kernel;
        this.hooks = hooks;
        this.memory = memory;
        this.hookAnswers = context.messageAdapter(UpdownActor.Answer.class, HooksAnswered::new);
        // it stops only when it cannot run programs at all: then no `gone` is heard, and we stop with it
        context.watch(hooks);
        this.kernelAnswers = context.messageAdapter(KernelPort.Answered.class, KernelAnswered::new);
        this.ledger = new Ledger(parts.settings(), parts.profiles(), parts.entropy());
        var tokens = parts.crashSecret().map(CrashTokens::from).orElse(CrashTokens.NONE);
        this.doorman = new Doorman(parts.settings().halfOpen(), tokens, parts.entropy());
        this.door = doorman.start(parts.clock().instant());
        var arrived = context.messageAdapter(UdpEndpoint.Arrival.class, arrival -> new Arrived(arrival.take()));
        this.network = context.spawn(
                UdpEndpoint.create(
                        parts.ports(), parts.network(), listed(), this::answerAtOnce, parts.clock(), arrived),
                "udp");
        this.surroundings = new IkeSaActor.Surroundings(
                new IkeSa(parts.settings(), parts.ports(), parts.profiles(), tokens, parts.entropy()),
                parts.settings(),
                parts.clock(),
                credentials,
                network,
                kernel,
                context.getSelf());
        // fail closed: the traps stand before anything else is listened to
        var policies = parts.profiles().stream()
                .flatMap(profile -> TrapPolicies.of(profile).stream())
                .toList();
        policies.forEach(
                policy -> kernel.tell(new KernelPort.Ask(0, new Request.InstallPolicy(policy), kernelAnswers)));
        this.policiesAwaited = policies.size();
        reported(new Happening.Remembered(parts.remembered())); // before the kernel says what it has
        kernel.tell(new KernelPort.Listen(context.messageAdapter(Notice.class, Noticed::new)));
    }

    private List<IpAddress> listed() {
        return parts.profiles().stream()
                .flatMap(profile -> switch (profile.local()) {
                    case Profile.Listed(var addresses) -> addresses.stream();
                    case Profile.Any() -> Stream.<IpAddress>empty(); // opened as the kernel names them
                })
                .distinct()
                .toList();
    }

    @Override
    public Behavior<Command> onMessage(Command command) {
        return switch (command) {
            case Reported(var happening) -> reported(happening);
            case Control(var give) -> control(give);
            case Arrived(var datagram) -> arrived(datagram);
            case Noticed(var notice) -> noticed(notice);
            case KernelAnswered(var answered) -> {
                if (answered.ticket() == COUNT) yield counted(answered.reply());
                var look = looks.remove(answered.ticket());
                yield look == null ? policyAnswered(answered.reply()) : looked(look, answered.reply());
            }
            case HooksAnswered(var answer) -> hooksAnswered(answer);
            case Parting(var spi) -> {
                parting.add(spi);
                yield this;
            }
            case KnownBy(var spi, var spis) -> {
                door = doorman.knownBy(door, spi, spis);
                yield this;
            }
            case Parted(var spi) -> parted(spi);
            case InPeace(var spi) -> {
                inPeace.add(spi);
                yield this;
            }
            case Retired(var spi) -> retired(spi);
            case Woke.INSTANCE -> {
                happen(new Happening.Woke());
                yield this;
            }
            case Stop(var replyTo) -> {
                stopped = Optional.of(replyTo);
                door = doorman.closed(door);
                happen(new Happening.Stopping());
                yield this;
            }
        };
    }

    private Behavior<Command> reported(Happening happening) {
        door = doorman.reported(door, happening);
        happen(happening);
        return this;
    }

    private void happen(Happening happening) {
        var step = ledger.step(entries, parts.clock().instant(), happening);
        entries = step.next();
        step.effects().forEach(this::perform);
        answerStop();
        entries.wakeAt()
                .ifPresentOrElse(
                        at -> timers.startSingleTimer(Woke.INSTANCE, Woke.INSTANCE, until(at)),
                        () -> timers.cancel(Woke.INSTANCE));
    }

    private Duration until(Instant at) {
        var left = Duration.between(parts.clock().instant(), at);
        return left.isNegative() ? Duration.ZERO : left;
    }

    private void perform(Order order) {
        switch (order) {
            case Order.DialOut(var spi, var dial) -> {
                getContext().getLog().info("{}: dialling", dial.endpoint());
                var path = new Path(
                        new UdpAddress(dial.endpoint().local(), parts.ports().ike()),
                        new UdpAddress(dial.endpoint().remote(), parts.ports().ike()));
                door = doorman.dialled(door, spi);
                watch(spi, getContext().spawn(IkeSaActor.dialling(spi, path, dial, surroundings), name(spi)));
            }
            case Order.Tell(var spi, var input) -> tell(spi, input);
            case Order.Announce(var event) -> announce(event);
            case Order.DropLarval(var acquire) -> drop(acquire);
            case Order.Remove(var id) ->
                kernel.tell(new KernelPort.Ask(
                        0, new Request.RemoveState(id), getContext().getSystem().ignoreRef()));
            case Order.Look look -> {
                long ticket = ++looksSoFar;
                looks.put(ticket, look);
                kernel.tell(new KernelPort.Ask(ticket, new Request.FindState(look.outbound()), kernelAnswers));
            }
            case Order.Count() -> count();
            case Order.Reply(var ticket, var answer) -> {
                var caller = callers.remove(ticket);
                if (caller != null) caller.tell(answer);
            }
            case Order.Remember(var endpoint, var peer) -> memory.tell(new MemoryActor.Remember(endpoint, peer));
            case Order.Forget(var endpoint) -> memory.tell(new MemoryActor.Forget(endpoint));
            case Order.Passed(var why) -> getContext().getLog().info("{}", why);
        }
    }

    private void announce(Event event) {
        switch (event) {
            case Event.Up up -> getContext().getLog().info("{}: up, with {}", up.endpoint(), up.remoteIdentity());
            case Event.Gone gone -> getContext().getLog().info("{}: gone, {}", gone.endpoint(), gone.why());
            case Event.Failed failed -> getContext().getLog().warn("{}: {}", failed.endpoint(), failed.why());
            case Event.SiblingBehindNat sibling ->
                getContext().getLog().warn("{}: sibling-behind-nat, {}", sibling.endpoint(), sibling.sentence());
        }
        hooks.tell(new UpdownActor.Announce(event, hookAnswers));
    }

    private Behavior<Command> hooksAnswered(UpdownActor.Answer answer) {
        switch (answer) {
            case UpdownActor.Heard(var endpoint) -> happen(new Happening.GoneHeard(endpoint));
            case UpdownActor.Unheard(var endpoint) -> happen(new Happening.GoneUnheard(endpoint));
        }
        return this;
    }

    private Behavior<Command> control(ControlPort.Give give) {
        if (policiesAwaited > 0 || !kernelHeard) {
            early.add(give);
            return this;
        }
        long ticket = tickets++;
        callers.put(ticket, give.replyTo());
        happen(new Happening.Ordered(ticket, give.order()));
        return this;
    }

    /// Nothing is left to wait for before orders are taken.
    private void ready() {
        if (policiesAwaited > 0 || !kernelHeard) return;
        getContext().getLog().info("ready");
        early.forEach(this::control);
        early.clear();
    }

    private void drop(Acquire acquire) {
        kernel.tell(new KernelPort.Ask(
                0, new Request.DropLarval(acquire), getContext().getSystem().ignoreRef()));
    }

    /// On the sockets' thread: in a flood the strangers do not get to this actor, and who is known does.
    private Optional<Datagram> answerAtOnce(Instant now, Datagram datagram) {
        return doorman.answerAtOnce(door, now, datagram);
    }

    private Behavior<Command> arrived(Datagram datagram) {
        var opened = doorman.arrived(door, parts.clock().instant(), datagram);
        door = opened.next();
        switch (opened.decision()) {
            case Decision.Deliver(var spi) -> tell(spi, new Input.Arrived(datagram));
            case Decision.Welcome(var spi) -> {
                watch(spi, getContext().spawn(IkeSaActor.answering(spi, datagram, surroundings), name(spi)));
                happen(new Happening.Began(spi));
            }
            case Decision.Answer(var answer) -> network.tell(new UdpEndpoint.Send(answer));
            case Decision.Drop(var why) -> dropped(datagram, why);
        }
        return this;
    }

    /// Strangers must not fill the log either: they are counted, and told of once a minute.
    private void dropped(Datagram datagram, String why) {
        dropped++;
        getContext().getLog().debug("{}: dropped, {}", datagram.path(), why);
        var now = parts.clock().instant();
        if (now.isBefore(toldAgainAt)) return;
        toldAgainAt = now.plus(BETWEEN_WORDS_OF_STRANGERS);
        getContext()
                .getLog()
                .info(
                        "datagrams dropped so far: {}; the last, from {}: {}",
                        dropped,
                        datagram.path().remote(),
                        why);
    }

    private Behavior<Command> noticed(Notice notice) {
        switch (notice) {
            case Notice.Acquired(var acquire) -> happen(new Happening.Acquired(acquire));
            case Notice.Expired(var id, var _, var hard) -> happen(new Happening.Expired(id, hard));
            case Notice.Remapped(var id, var _, var _, var remote) -> happen(new Happening.Remapped(id, remote));
            case Notice.AddressAdded(var address) -> {
                added(address);
                happen(new Happening.AddressCame(address));
            }
            case Notice.AddressRemoved(var address) -> {
                happen(new Happening.AddressWent(address));
                removed(address);
            }
            case Notice.Resynchronised(var states, var addresses) -> {
                addresses.forEach(this::added);
                happen(new Happening.Found(states, addresses));
                boolean first = !kernelHeard;
                kernelHeard = true;
                if (first) ready();
            }
        }
        return this;
    }

    /// With `local = any` each address of ours is listened on, else those that are listed, when they are there.
    private void added(IpAddress address) {
        boolean any = parts.profiles().stream().anyMatch(profile -> profile.local() instanceof Profile.Any);
        if (any || listed().contains(address)) network.tell(new UdpEndpoint.Open(address));
    }

    private void removed(IpAddress address) {
        getContext().getLog().info("{} is no longer ours", address);
        network.tell(new UdpEndpoint.Close(address));
    }

    /// A kernel that does not say is believed to have it.
    private Behavior<Command> looked(Order.Look look, Reply reply) {
        boolean missing = reply instanceof Reply.States(var found) && found.isEmpty();
        happen(new Happening.Looked(look.acquire(), look.outbound(), missing));
        return this;
    }

    private void count() {
        toCountAgain = counting;
        if (counting) return;
        counting = true;
        kernel.tell(new KernelPort.Ask(COUNT, new Request.DumpStates(), kernelAnswers));
    }

    private Behavior<Command> counted(Reply reply) {
        counting = false;
        if (toCountAgain) {
            count();
        } else if (reply instanceof Reply.States(var states)) {
            happen(new Happening.Counted(states));
        }
        return this;
    }

    private Behavior<Command> policyAnswered(Reply reply) {
        if (reply instanceof Reply.Refused(var _, var sentence)) {
            getContext().getLog().error("{}", sentence);
            return Behaviors.stopped();
        }
        policiesAwaited--;
        ready();
        return this;
    }

    private Behavior<Command> parted(IkeSpi spi) {
        parting.remove(spi);
        answerStop();
        return this;
    }

    /// Nothing stands, and every peer that had to be told has heard it.
    private void answerStop() {
        if (!entries.isQuiet() || !parting.isEmpty()) return;
        stopped.ifPresent(replyTo -> replyTo.tell(Done.getInstance()));
        stopped = Optional.empty();
    }

    private void watch(IkeSpi spi, ActorRef<IkeSaActor.Command> actor) {
        actors.put(spi, actor);
        getContext().watchWith(actor, new Retired(spi));
    }

    /// The end of an IKE SA, in peace or by a bug of ours: what it had not reported is reported for it.
    private Behavior<Command> retired(IkeSpi spi) {
        actors.remove(spi);
        door = doorman.left(door, spi);
        if (!inPeace.remove(spi)) happen(new Happening.Failed(spi));
        return parted(spi);
    }

    private void tell(IkeSpi spi, Input input) {
        var actor = actors.get(spi);
        if (actor != null) actor.tell(new IkeSaActor.Happened(input));
    }

    private static String name(IkeSpi spi) {
        return "ike-sa-" + spi;
    }
}
