package ikebana.netlink.actor;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.PreRestart;
import akka.actor.typed.Signal;
import akka.actor.typed.SupervisorStrategy;
import akka.actor.typed.javadsl.AbstractOnMessageBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import ikebana.kernel.Notice;
import ikebana.kernel.Reply;
import ikebana.netlink.route.Addresses;
import ikebana.netlink.route.RouteMessage;
import ikebana.netlink.xfrm.FromKernel;
import ikebana.port.KernelPort.Answered;
import ikebana.port.KernelPort.Ask;
import ikebana.port.KernelPort.Command;
import ikebana.port.KernelPort.Listen;
import ikebana.port.KernelPort.Own;
import ikebana.settings.KernelSettings;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Stands for the Linux kernel of this network namespace. It never blocks: system calls have threads of their own,
/// which answer by private commands.
///
/// While it reads the kernel's tables, what the kernel says meanwhile waits: a listener hears of a table first, and
/// then only of what changed since.
public final class NetlinkActor extends AbstractOnMessageBehavior<Command> {
    private static final Duration SOONEST_RESTART = Duration.ofMillis(200);
    private static final Duration LATEST_RESTART = Duration.ofSeconds(10);
    private static final double RESTART_JITTER = 0.2;
    /// Of a backoff, so that all who wait at the start get their answer. Beyond it a request is lost, and its asker's
    /// own time limit tells.
    private static final int WAITING_FOR_RESTART = 10_000;

    /// Commands of one life of the actor; a late one of an earlier life is passed over.
    private sealed interface Private extends Own {
        Object life();
    }

    private record Opened(Object life, int eventRoom) implements Private {}

    private record Rang(Object life) implements Private {}

    private record Read(Object life, List<Reply.Seen> states, List<RouteMessage> linksAndAddresses)
            implements Private {}

    private record Lost(Object life, String why) implements Private {}

    /// Whatever failed, the sockets are opened anew after a pause, and the listener is told all that is there: netlink
    /// has no memory of what it said while nobody listened. The listener outlives the restart.
    ///
    /// @param dialTime how long an acquire may wait for its state; matters only where sysctls are ours to set
    public static Behavior<Command> create(KernelSettings.Netlink settings, Duration dialTime) {
        return create(settings.eventBuffer(), listener -> NetlinkConnection.open(settings, dialTime, listener));
    }

    static Behavior<Command> create(int wantedEventRoom, Connection.Opener opener) {
        return Behaviors.setup(outer -> {
            var listening = new Listening();
            return Behaviors.supervise(Behaviors.<Command>setup(
                            context -> new NetlinkActor(context, wantedEventRoom, opener, listening)))
                    .onFailure(SupervisorStrategy.restartWithBackoff(SOONEST_RESTART, LATEST_RESTART, RESTART_JITTER)
                            .withStashCapacity(WAITING_FOR_RESTART));
        });
    }

    /// Who is told. Only the actor touches it.
    private static final class Listening {
        private Optional<ActorRef<Notice>> who = Optional.empty();

        void tell(Notice notice) {
            who.ifPresent(listener -> listener.tell(notice));
        }
    }

    private final Object life = new Object();
    private final int wantedEventRoom;
    private final Listening listening;
    private final Connection connection;
    private Addresses addresses = Addresses.NONE;
    /// From the moment that we ask for the tables until we have them. It begins so: [Opened] asks first.
    private boolean reading = true;

    private NetlinkActor(
            ActorContext<Command> context, int wantedEventRoom, Connection.Opener opener, Listening listening) {
        super(context);
        this.wantedEventRoom = wantedEventRoom;
        this.listening = listening;
        this.connection = opener.open(new Callbacks(context.getSelf(), life));
    }

    @Override
    public Behavior<Command> onMessage(Command command) {
        switch (command) {
            case Ask(var ticket, var request, var replyTo) ->
                connection.ask(request, reply -> replyTo.tell(new Answered(ticket, reply)));
            case Listen(var listener) -> {
                listening.who = Optional.of(listener);
                readAll();
            }
            case Own own -> onPrivate((Private) own);
        }
        return this;
    }

    private void onPrivate(Private command) {
        if (!command.life().equals(life)) return;
        switch (command) {
            case Opened(var _, int eventRoom) -> opened(eventRoom);
            case Rang _ -> hear();
            case Read(var _, var states, var linksAndAddresses) -> read(states, linksAndAddresses);
            case Lost(var _, var why) -> throw new LineLost(why);
        }
    }

    private void opened(int eventRoom) {
        if (eventRoom < wantedEventRoom) {
            getContext()
                    .getLog()
                    .warn(
                            "the kernel keeps only {} bytes of events for us, not {}: many acquires at once may be lost"
                                    + " and found again later; needs CAP_NET_ADMIN in the host's user namespace, or a"
                                    + " larger net.core.rmem_max",
                            eventRoom,
                            wantedEventRoom);
        }
        connection.readAll();
    }

    private void readAll() {
        if (reading) return; // the answer that is under way is also new enough for a new listener
        reading = true;
        connection.readAll();
    }

    private void read(List<Reply.Seen> states, List<RouteMessage> linksAndAddresses) {
        reading = false;
        addresses = Addresses.NONE;
        for (var message : linksAndAddresses)
            addresses = addresses.after(message).next();
        listening.tell(new Notice.Resynchronised(states, List.copyOf(addresses.own())));
        hear();
    }

    private void hear() {
        if (reading) return; // [#read] comes back to it
        var heard = connection.heard();
        for (var event : heard.events()) {
            switch (event) {
                case Connection.Event.AboutXfrm(var message) ->
                    FromKernel.notice(message).ifPresent(listening::tell);
                case Connection.Event.AboutRoutes(var message) -> {
                    var change = addresses.after(message);
                    addresses = change.next();
                    change.notices().forEach(listening::tell);
                }
            }
        }
        if (heard.lost()) {
            getContext().getLog().warn("the kernel spoke faster than we listened; reading all that is there");
            readAll();
        }
    }

    @Override
    public Behavior<Command> onSignal(Signal signal) {
        if (signal instanceof PreRestart || signal instanceof PostStop) connection.close();
        return this;
    }

    /// Why the actor gave up its line; the supervisor's log has the sentence.
    private static final class LineLost extends RuntimeException {
        LineLost(String why) {
            super(why, null, false, false);
        }
    }

    private record Callbacks(ActorRef<Command> self, Object life) implements Connection.Listener {
        @Override
        public void opened(int eventRoom) {
            self.tell(new Opened(life, eventRoom));
        }

        @Override
        public void rang() {
            self.tell(new Rang(life));
        }

        @Override
        public void read(List<Reply.Seen> states, List<RouteMessage> linksAndAddresses) {
            self.tell(new Read(life, states, linksAndAddresses));
        }

        @Override
        public void lost(String why) {
            self.tell(new Lost(life, why));
        }
    }
}
