package ikebana.tunnel;

import akka.Done;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.SupervisorStrategy;
import akka.actor.typed.javadsl.AbstractOnMessageBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import ikebana.auth.Endpoint;
import ikebana.auth.Identity;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Remembers beyond our own life who the peers are. It writes in batches and on another thread, so that a slow disk
/// holds up nobody; of several changes to one endpoint only the last is written.
public final class MemoryActor extends AbstractOnMessageBehavior<MemoryActor.Command> {

    public sealed interface Command {}

    /// A tunnel stands with this peer.
    public record Remember(Endpoint endpoint, Identity peer) implements Command {}

    /// The tunnel has gone, and everybody has heard so.
    public record Forget(Endpoint endpoint) implements Command {}

    /// Is answered when all is written that was told before.
    public record Flush(ActorRef<Done> replyTo) implements Command {}

    private enum Stored implements Command {
        INSTANCE
    }

    /// Everybody whom a former life left behind: to be asked once, before this life changes anything.
    public static Map<Endpoint, Identity> load(Path stateDirectory) {
        return new PeerMemory(stateDirectory).load();
    }

    public static Behavior<Command> create(Path stateDirectory) {
        return create(stateDirectory, task -> Thread.ofVirtual().name("memory").start(task));
    }

    /// It goes on: what has not been written stays, and is written with what comes next.
    ///
    /// @param threads for the disk
    static Behavior<Command> create(Path stateDirectory, Executor threads) {
        return Behaviors.supervise(Behaviors.<Command>setup(
                        context -> new MemoryActor(context, new PeerMemory(stateDirectory), threads)))
                .onFailure(SupervisorStrategy.resume());
    }

    private static final Logger LOG = LoggerFactory.getLogger(MemoryActor.class);

    private final PeerMemory memory;
    private final Executor threads;
    private Map<Endpoint, Optional<Identity>> changes = new LinkedHashMap<>();
    private final List<ActorRef<Done>> waiting = new ArrayList<>();
    private boolean storing;

    private MemoryActor(ActorContext<Command> context, PeerMemory memory, Executor threads) {
        super(context);
        this.memory = memory;
        this.threads = threads;
    }

    @Override
    public Behavior<Command> onMessage(Command command) {
        switch (command) {
            case Remember(var endpoint, var peer) -> changes.put(endpoint, Optional.of(peer));
            case Forget(var endpoint) -> changes.put(endpoint, Optional.empty());
            case Flush(var replyTo) -> waiting.add(replyTo);
            case Stored.INSTANCE -> storing = false;
        }
        if (!storing && !changes.isEmpty()) store();
        if (!storing) {
            waiting.forEach(replyTo -> replyTo.tell(Done.getInstance()));
            waiting.clear();
        }
        return this;
    }

    private void store() {
        var batch = changes;
        getContext().pipeToSelf(CompletableFuture.supplyAsync(() -> stored(batch), threads), (_, failure) -> {
            if (failure != null) LOG.error("peers are not remembered, by a bug of Ikebana's", failure);
            return Stored.INSTANCE;
        });
        changes = new LinkedHashMap<>(); // not before the batch has a thread
        storing = true;
    }

    private Command stored(Map<Endpoint, Optional<Identity>> batch) {
        memory.store(batch);
        return Stored.INSTANCE;
    }
}
