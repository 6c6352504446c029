package ikebana.tunnel;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.PreRestart;
import akka.actor.typed.Signal;
import akka.actor.typed.SupervisorStrategy;
import akka.actor.typed.javadsl.AbstractOnMessageBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import ikebana.auth.Profile;
import ikebana.crypto.Entropy;
import ikebana.kernel.Notice;
import ikebana.kernel.Policy;
import ikebana.kernel.Reply;
import ikebana.kernel.Request;
import ikebana.kernel.embedded.DropReason;
import ikebana.kernel.embedded.Effect;
import ikebana.kernel.embedded.EmbeddedKernel;
import ikebana.kernel.embedded.EspPacket;
import ikebana.kernel.embedded.Input;
import ikebana.kernel.embedded.IpPacket;
import ikebana.kernel.embedded.KernelState;
import ikebana.kernel.embedded.Limits;
import ikebana.port.KernelPort.Answered;
import ikebana.port.KernelPort.Ask;
import ikebana.port.KernelPort.Command;
import ikebana.port.KernelPort.Listen;
import ikebana.port.KernelPort.Own;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;

/// Stands for a kernel in memory, for demonstrations and tests without root: the shell around [EmbeddedKernel]. No
/// packet comes to it but ESP from its peers, and what is given to it by [Inject]. It decides nothing.
public final class EmbeddedKernelActor extends AbstractOnMessageBehavior<Command> {

    public sealed interface Ours extends Own {}

    /// A packet of this host wants to leave. The answer is what became of it: sent as ESP, in the clear, or dropped.
    public record Inject(IpPacket packet, ActorRef<Effect> replyTo) implements Ours {}

    public record Describe(ActorRef<Traffic> replyTo) implements Ours {}

    /// What became of packets since the last start.
    ///
    /// @param delivered the last ones, the oldest first
    public record Traffic(List<Delivery> delivered, Map<DropReason, Long> dropped) {
        public Traffic {
            delivered = List.copyOf(delivered);
            dropped = Map.copyOf(dropped);
        }
    }

    /// A packet that reached its receiver on this host.
    public record Delivery(Instant at, IpPacket packet) {}

    private record Arrived(EspPacket packet, Semaphore room) implements Ours {}

    private enum Woke implements Ours {
        INSTANCE
    }

    /// Of arrived packets, before the next ones are lost: what a socket's usual buffer holds of small ones.
    private static final int WAITING_PACKETS = 256;

    private static final int REMEMBERED_DELIVERIES = 1000;
    private static final Duration SOONEST_RESTART = Duration.ofMillis(200);
    private static final Duration LATEST_RESTART = Duration.ofSeconds(10);
    private static final double RESTART_JITTER = 0.2;
    /// Beyond it a request is lost, and its asker's own time limit tells.
    private static final int WAITING_FOR_RESTART = 10_000;

    /// A failure is this kernel's reboot: its states are lost, and whoever listens is told so. Its policies are not:
    /// nobody would install them again, and without them packets leave in the clear.
    ///
    /// @param espPort where its ESP goes, here and at every peer
    /// @param profiles whose addresses it has
    public static Behavior<Command> create(
            int espPort, List<Profile> profiles, Limits limits, Entropy entropy, InstantSource clock) {
        return Behaviors.setup(outer -> {
            var survives = new Survives();
            var machine = new EmbeddedKernel(limits, entropy);
            return Behaviors.supervise(Behaviors.<Command>setup(context -> Behaviors.withTimers(timers ->
                            new EmbeddedKernelActor(context, timers, espPort, profiles, machine, clock, survives))))
                    .onFailure(SupervisorStrategy.restartWithBackoff(SOONEST_RESTART, LATEST_RESTART, RESTART_JITTER)
                            .withStashCapacity(WAITING_FOR_RESTART));
        });
    }

    /// What a reboot leaves. Only the actor touches it.
    private static final class Survives {
        private Optional<ActorRef<Notice>> listener = Optional.empty();
        private List<Policy> policies = List.of();
    }

    private final TimerScheduler<Command> timers;
    private final EmbeddedKernel machine;
    private final InstantSource clock;
    private final Survives survives;
    private final EspSockets sockets;
    private final Deque<Delivery> delivered = new ArrayDeque<>();
    private KernelState state = KernelState.EMPTY;

    private EmbeddedKernelActor(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            int espPort,
            List<Profile> profiles,
            EmbeddedKernel machine,
            InstantSource clock,
            Survives survives) {
        super(context);
        this.timers = timers;
        this.machine = machine;
        this.clock = clock;
        this.survives = survives;
        var self = context.getSelf();
        var room = new Semaphore(WAITING_PACKETS);
        var addresses = EspSockets.addressesOf(profiles);
        this.sockets = new EspSockets(espPort, addresses, packet -> {
            if (room.tryAcquire()) self.tell(new Arrived(packet, room));
        });
        addresses.forEach(address -> advance(new Input.AddressCame(address)));
        survives.policies.forEach(policy -> advance(new Input.Asked(0, new Request.InstallPolicy(policy))));
        if (survives.listener.isPresent()) advance(new Input.ListenerCame());
    }

    @Override
    public Behavior<Command> onMessage(Command command) {
        switch (command) {
            case Ask(var ticket, var request, var replyTo) -> replyTo.tell(new Answered(ticket, answer(request)));
            case Listen(var listener) -> {
                survives.listener = Optional.of(listener);
                advance(new Input.ListenerCame());
            }
            case Own own -> onOwn((Ours) own);
        }
        return this;
    }

    private void onOwn(Ours command) {
        switch (command) {
            case Inject(var packet, var replyTo) -> replyTo.tell(fate(advance(new Input.PacketOut(packet))));
            case Describe(var replyTo) -> replyTo.tell(new Traffic(List.copyOf(delivered), state.counters()));
            case Arrived(var packet, var room) -> {
                room.release();
                advance(new Input.EspArrived(packet));
            }
            case Woke.INSTANCE -> advance(new Input.Woke());
        }
    }

    @Override
    public Behavior<Command> onSignal(Signal signal) {
        if (signal instanceof PostStop || signal instanceof PreRestart) sockets.close();
        return this;
    }

    private Reply answer(Request request) {
        if (request instanceof Request.InstallState(var added)
                && added.encapsulation().isPresent()) {
            return new Reply.Refused(
                    Reply.Why.NOT_SUPPORTED, "the embedded kernel has one UDP port for all ESP, and none behind a NAT");
        }
        var effects = advance(new Input.Asked(0, request));
        survives.policies = state.policies();
        for (var effect : effects) if (effect instanceof Effect.Answered(var _, var reply)) return reply;
        throw new IllegalStateException("no answer to " + request);
    }

    /// A packet that leaves has one fate; the rest of a step is about states.
    private static Effect fate(List<Effect> effects) {
        return effects.stream()
                .filter(effect -> switch (effect) {
                    case Effect.SendEsp _, Effect.SendPlain _, Effect.Dropped _ -> true;
                    case Effect.Answered _, Effect.Noticed _, Effect.Delivered _ -> false;
                })
                .findFirst()
                .orElseThrow();
    }

    private List<Effect> advance(Input input) {
        var step = machine.step(state, clock.instant(), input);
        state = step.next();
        step.effects().forEach(this::perform);
        state.wakeAt()
                .ifPresentOrElse(
                        at -> timers.startSingleTimer(Woke.INSTANCE, Woke.INSTANCE, until(at)),
                        () -> timers.cancel(Woke.INSTANCE));
        return step.effects();
    }

    private Duration until(Instant at) {
        var left = Duration.between(clock.instant(), at);
        return left.isNegative() ? Duration.ZERO : left;
    }

    private void perform(Effect effect) {
        var log = getContext().getLog();
        switch (effect) {
            case Effect.Answered _ -> {} // by who asked for it
            case Effect.Noticed(var notice) -> survives.listener.ifPresent(listener -> listener.tell(notice));
            case Effect.SendEsp(var packet) -> sockets.send(packet);
            case Effect.SendPlain(var packet) ->
                log.warn(
                        "a packet from {} to {} has no policy, and left in the clear",
                        packet.source(),
                        packet.destination());
            case Effect.Delivered(var packet) -> {
                log.info("a packet from {} to {} was delivered", packet.source(), packet.destination());
                if (delivered.size() == REMEMBERED_DELIVERIES) delivered.removeFirst();
                delivered.addLast(new Delivery(clock.instant(), packet));
            }
            case Effect.Dropped(var reason, var packet) ->
                log.debug(
                        "a packet from {} to {} was dropped: {}",
                        packet.source(),
                        packet.destination(),
                        reason.counter());
        }
    }
}
