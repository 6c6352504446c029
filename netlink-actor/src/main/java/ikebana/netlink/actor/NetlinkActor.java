package ikebana.netlink.actor;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.PostStop;
import akka.actor.typed.PreRestart;
import akka.actor.typed.Signal;
import akka.actor.typed.SupervisorStrategy;
import akka.actor.typed.javadsl.AbstractOnMessageBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import ikebana.kernel.Notice;
import ikebana.port.KernelPort.Answered;
import ikebana.port.KernelPort.Ask;
import ikebana.port.KernelPort.Command;
import ikebana.port.KernelPort.Listen;
import java.time.Duration;
import java.util.Optional;

/// Stands for the Linux kernel of this network namespace: marshals requests, and passes on what the kernel says.
///
/// It blocks for the microseconds that a netlink request takes; spawn it with [#onItsOwnThread]. Two more threads wait
/// for the kernel's notices and do nothing else.
public final class NetlinkActor extends AbstractOnMessageBehavior<Command> {

    /// @param patience how long the kernel has to answer one request
    /// @param eventBufferBytes for notices that nobody has read yet
    public record Settings(Duration patience, int eventBufferBytes) {}

    private static final Duration SOONEST_RESTART = Duration.ofMillis(200);
    private static final Duration LATEST_RESTART = Duration.ofSeconds(10);
    private static final double RESTART_JITTER = 0.2;

    private record Said(KernelEvents.Batch batch) implements Command {}

    /// A listening thread met something that it cannot go on with.
    private record Deaf(RuntimeException why) implements Command {}

    /// A socket that failed is opened anew, and the listener is told all that is there: netlink has no memory of what
    /// it said while nobody listened. The listener's name outlives the restart.
    public static Behavior<Command> create(Settings settings) {
        var listener = new Listener();
        return Behaviors.supervise(Behaviors.<Command>setup(context -> new NetlinkActor(context, settings, listener)))
                .onFailure(SupervisorStrategy.restartWithBackoff(SOONEST_RESTART, LATEST_RESTART, RESTART_JITTER));
    }

    /// How to spawn it: netlink calls block, and the default dispatcher must not.
    public static DispatcherSelector onItsOwnThread() {
        return DispatcherSelector.blocking();
    }

    /// Who is told. Only the actor touches it.
    private static final class Listener {
        private Optional<ActorRef<Notice>> who = Optional.empty();
    }

    private final Listener listener;
    private final LinuxKernel kernel;
    private final ListeningThread xfrm;
    private final ListeningThread addresses;

    private NetlinkActor(ActorContext<Command> context, Settings settings, Listener listener) {
        super(context);
        this.listener = listener;
        // first the ears, then the dump: what happens in between is heard twice rather than never
        this.xfrm = new ListeningThread(
                "netlink-xfrm", KernelEvents.ofXfrm(settings.eventBufferBytes()), context.getSelf());
        this.addresses = new ListeningThread("netlink-addresses", KernelEvents.ofAddresses(), context.getSelf());
        this.kernel = new LinuxKernel(settings.patience());
        resynchronise();
    }

    @Override
    public Behavior<Command> onMessage(Command command) {
        switch (command) {
            case Ask(var ticket, var request, var replyTo) -> replyTo.tell(new Answered(ticket, kernel.ask(request)));
            case Listen(var who) -> {
                listener.who = Optional.of(who);
                resynchronise();
            }
            case Said(var batch) -> said(batch);
            case Deaf(var why) -> throw why; // supervision opens the sockets anew
            default -> throw new IllegalArgumentException("a command for somebody else: " + command);
        }
        return this;
    }

    @Override
    public Behavior<Command> onSignal(Signal signal) {
        if (signal instanceof PostStop || signal instanceof PreRestart) {
            xfrm.end();
            addresses.end();
            kernel.close();
        }
        return this;
    }

    private void said(KernelEvents.Batch batch) {
        batch.notices().forEach(notice -> listener.who.ifPresent(who -> who.tell(notice)));
        if (batch.overrun()) {
            getContext().getLog().warn("the kernel spoke faster than we listened; reading all that is there");
            resynchronise();
        }
    }

    private void resynchronise() {
        listener.who.ifPresent(who -> who.tell(new Notice.Resynchronised(kernel.states(), kernel.addresses())));
    }

    /// Waits for the kernel's notices and tells the actor. It ends when asked to, within [#LOOK_UP], or when it fails.
    private static final class ListeningThread implements Runnable {
        private static final Duration LOOK_UP = Duration.ofMillis(250);

        private final KernelEvents events;
        private final ActorRef<Command> tell;
        private volatile boolean ended;

        ListeningThread(String name, KernelEvents events, ActorRef<Command> tell) {
            this.events = events;
            this.tell = tell;
            Thread.ofPlatform().daemon().name(name).start(this);
        }

        void end() {
            ended = true;
        }

        @Override
        public void run() {
            try (events) {
                while (!ended) {
                    var batch = events.next(LOOK_UP);
                    if (batch.overrun() || !batch.notices().isEmpty()) tell.tell(new Said(batch));
                }
            } catch (RuntimeException failure) {
                if (!ended) tell.tell(new Deaf(failure));
            }
        }
    }
}
