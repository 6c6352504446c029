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
import ikebana.control.Event;
import ikebana.settings.HookSettings;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs the programs that hear about tunnels: those of one endpoint one after another, of all endpoints so many at
/// once.
public final class UpdownActor extends AbstractOnMessageBehavior<UpdownActor.Command> {

    public sealed interface Command {}

    /// Tells the programs. Only an [Event.Gone] has an [Answer].
    public record Announce(Event event, ActorRef<Answer> replyTo) implements Command {}

    /// Is answered when there is nothing to tell any more.
    public record Rest(ActorRef<Done> replyTo) implements Command {}

    public sealed interface Answer {
        Endpoint endpoint();
    }

    /// The end of a tunnel has been heard: its program has ended, has been killed, or there is none.
    public record Heard(Endpoint endpoint) implements Answer {}

    /// The end of a tunnel still waits for its turn, for as long as the patience of a successor lasts: who waits
    /// for it is refused now. It is said again after each such time, and [Heard] still follows.
    public record Unheard(Endpoint endpoint) implements Answer {}

    private record Ended(Endpoint endpoint) implements Command {}

    private record Impatient(Endpoint endpoint) implements Command {}

    /// What an instance that failed leaves to the next one: no end of a tunnel may be forgotten.
    ///
    /// @param queues what each endpoint has to tell, oldest first; none is empty. They are short: the ledger lets
    /// no tunnel come up before the end of the one before was heard
    /// @param goneNext and `upNext`: the endpoints whose oldest event waits for a place
    /// @param running the endpoints whose oldest event is being told
    private record Work(
            Map<Endpoint, Deque<Announce>> queues,
            Set<Endpoint> goneNext,
            Set<Endpoint> upNext,
            Set<Endpoint> running) {
        Work() {
            this(new HashMap<>(), new LinkedHashSet<>(), new LinkedHashSet<>(), new HashSet<>());
        }
    }

    private static final Logger LOG = LoggerFactory.getLogger(UpdownActor.class);
    private static final int MOST_RESTARTS = 5;
    private static final Duration RESTARTS_WITHIN = Duration.ofSeconds(10);

    public static Behavior<Command> create(HookSettings settings) {
        return create(settings, task -> Thread.ofVirtual().name("hook").start(task));
    }

    /// It goes on with what its predecessor left. If that fails again and again it stops: without it no `gone` is
    /// heard, and nobody may come back.
    ///
    /// @param threads for the programs: starting one, and waiting for it, blocks
    static Behavior<Command> create(HookSettings settings, Executor threads) {
        return Behaviors.setup(_ -> {
            var work = new Work();
            return Behaviors.supervise(Behaviors.<Command>setup(context ->
                            Behaviors.withTimers(timers -> new UpdownActor(context, timers, settings, threads, work))))
                    .onFailure(SupervisorStrategy.restart().withLimit(MOST_RESTARTS, RESTARTS_WITHIN));
        });
    }

    private final TimerScheduler<Command> timers;
    private final HookSettings settings;
    private final Executor threads;
    private final Work work;
    private final List<ActorRef<Done>> waiting = new ArrayList<>();

    private UpdownActor(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            HookSettings settings,
            Executor threads,
            Work work) {
        super(context);
        this.timers = timers;
        this.settings = settings;
        this.threads = threads;
        this.work = work;
        // timers end with the instance that began them
        work.queues().forEach((endpoint, queue) -> {
            boolean waits = queue.size() > 1 || !work.running().contains(endpoint);
            if (waits && queue.getLast().event() instanceof Event.Gone) beginPatience(endpoint);
        });
        startMore();
    }

    @Override
    public Behavior<Command> onMessage(Command command) {
        switch (command) {
            case Announce announce -> announced(announce);
            case Rest(var replyTo) -> waiting.add(replyTo);
            case Ended(var endpoint) -> ended(endpoint);
            case Impatient(var endpoint) -> impatient(endpoint);
        }
        if (work.queues().isEmpty()) {
            waiting.forEach(replyTo -> replyTo.tell(Done.getInstance()));
            waiting.clear();
        }
        return this;
    }

    private void announced(Announce announce) {
        var endpoint = announce.event().endpoint();
        if (program(announce.event()).isEmpty()) {
            acknowledge(announce);
            return;
        }
        var queue = work.queues().computeIfAbsent(endpoint, _ -> new ArrayDeque<>());
        queue.addLast(announce);
        if (queue.size() == 1) enqueue(endpoint);
        if (announce.event() instanceof Event.Gone) beginPatience(endpoint);
        startMore();
    }

    private List<String> program(Event event) {
        return switch (event) {
            case Event.Up _ -> settings.up();
            case Event.Gone _ -> settings.gone();
            case Event.Failed _, Event.SiblingBehindNat _ -> List.of();
        };
    }

    private static void acknowledge(Announce announce) {
        if (announce.event() instanceof Event.Gone(var endpoint, var _, var _, var _)) {
            announce.replyTo().tell(new Heard(endpoint));
        }
    }

    private void beginPatience(Endpoint endpoint) {
        timers.startTimerWithFixedDelay(endpoint, new Impatient(endpoint), settings.patience());
    }

    private void enqueue(Endpoint endpoint) {
        // somebody may wait for a `gone`, nobody waits for an `up`
        var next = oldest(endpoint).event() instanceof Event.Gone ? work.goneNext() : work.upNext();
        next.add(endpoint);
    }

    private Announce oldest(Endpoint endpoint) {
        return Objects.requireNonNull(work.queues().get(endpoint)).getFirst();
    }

    private void startMore() {
        while (work.running().size() < settings.concurrency()) {
            var next = work.goneNext().isEmpty() ? work.upNext() : work.goneNext();
            if (next.isEmpty()) return;
            var endpoint = next.iterator().next();
            start(endpoint, oldest(endpoint).event());
            next.remove(endpoint); // not before it has a thread: if that fails, it is still next
            work.running().add(endpoint);
        }
    }

    private void start(Endpoint endpoint, Event event) {
        var hook = new Hook(program(event), settings.timeLimit());
        // however it ended, it counts as heard: what went wrong is in the log
        getContext().pipeToSelf(CompletableFuture.supplyAsync(() -> told(hook, event), threads), (_, failure) -> {
            if (failure != null) LOG.error("{}: a hook failed by a bug of Ikebana's", endpoint, failure);
            return new Ended(endpoint);
        });
        if (event instanceof Event.Gone) timers.cancel(endpoint);
    }

    private static Command told(Hook hook, Event event) {
        hook.run(event);
        return new Ended(event.endpoint());
    }

    private void ended(Endpoint endpoint) {
        work.running().remove(endpoint);
        var queue = Objects.requireNonNull(work.queues().get(endpoint));
        acknowledge(queue.removeFirst());
        if (queue.isEmpty()) {
            work.queues().remove(endpoint);
        } else {
            enqueue(endpoint);
        }
        startMore();
    }

    private void impatient(Endpoint endpoint) {
        getContext().getLog().warn("{}: no place for its gone hook yet (hooks.concurrency, hooks.patience)", endpoint);
        Objects.requireNonNull(work.queues().get(endpoint)).getLast().replyTo().tell(new Unheard(endpoint));
    }
}
