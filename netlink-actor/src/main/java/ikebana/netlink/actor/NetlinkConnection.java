package ikebana.netlink.actor;

import ikebana.kernel.Reply;
import ikebana.kernel.Reply.Refused;
import ikebana.kernel.Reply.Why;
import ikebana.kernel.Request;
import ikebana.netlink.NetlinkKernel;
import ikebana.netlink.Sysctl;
import ikebana.netlink.codec.Errno;
import ikebana.netlink.codec.NetlinkMessage;
import ikebana.netlink.route.RouteMessage;
import ikebana.netlink.socket.EventSockets;
import ikebana.netlink.socket.RequestSocket;
import ikebana.netlink.socket.SystemCallFailed;
import ikebana.settings.KernelSettings;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The line to Linux: one thread that asks, in the order of the requests, and one that hears.
final class NetlinkConnection implements Connection {
    private static final Logger LOG = LoggerFactory.getLogger(NetlinkConnection.class);

    /// What nobody has read yet; more than this, and the kernel's tables are read instead.
    private static final int QUEUED_EVENTS = 65_536;

    /// Requests of a hub's worst moment: two states for each of its peers, and as many again.
    private static final int QUEUED_REQUESTS = 65_536;

    private final KernelSettings.Netlink settings;
    private final Duration dialTime;
    private final Listener listener;
    private final Asking asking;
    private final BlockingQueue<Event> events;
    private final AtomicBoolean overrun = new AtomicBoolean();
    /// Whether the listener has been rung since it last looked: one ring for many events.
    private final AtomicBoolean ringing = new AtomicBoolean();

    private NetlinkConnection(KernelSettings.Netlink settings, Duration dialTime, Listener listener) {
        this.settings = settings;
        this.dialTime = dialTime;
        this.listener = listener;
        this.events = new ArrayBlockingQueue<>(QUEUED_EVENTS);
        this.asking = new Asking();
    }

    /// @param dialTime how long an acquire may wait for its state
    static Connection open(KernelSettings.Netlink settings, Duration dialTime, Listener listener) {
        var connection = new NetlinkConnection(settings, dialTime, listener);
        connection.asking.execute(connection.new Opening());
        return connection;
    }

    @Override
    public void ask(Request request, Consumer<Reply> answer) {
        try {
            asking.execute(new Question(request, answer));
        } catch (RejectedExecutionException full) {
            answer.accept(new Refused(
                    Why.OTHER,
                    asking.isShutdown()
                            ? "the line to the kernel is closed"
                            : "%d requests wait for the kernel already".formatted(QUEUED_REQUESTS)));
        }
    }

    @Override
    public void readAll() {
        try {
            asking.execute(new Reading());
        } catch (RejectedExecutionException full) {
            listener.lost("too many requests wait for the kernel");
        }
    }

    @Override
    public Heard heard() {
        ringing.set(false);
        var all = new ArrayList<Event>();
        events.drainTo(all);
        return new Heard(List.copyOf(all), overrun.getAndSet(false));
    }

    @Override
    public void close() {
        for (var abandoned : asking.shutdownNow()) {
            if (abandoned instanceof Task task) task.abandon("the line to the kernel was closed");
        }
    }

    private void failed(String doing, Throwable bug) {
        LOG.error("{} failed in a way that nobody foresaw", doing, bug);
        listener.lost("a bug in Ikebana: " + bug);
    }

    /// Something to do on the asking thread, with the open line.
    private abstract class Task implements Runnable {
        abstract void perform(Line line) throws SystemCallFailed;

        abstract void abandon(String why);

        @Override
        public void run() {
            var line = asking.line;
            if (line == null) {
                abandon(asking.whyNoLine);
                return;
            }
            try {
                perform(line);
            } catch (SystemCallFailed failed) {
                var why = String.valueOf(failed.getMessage());
                abandon(why);
                listener.lost(why);
            }
        }
    }

    private final class Question extends Task {
        private final Request request;
        private final Consumer<Reply> answer;

        Question(Request request, Consumer<Reply> answer) {
            this.request = request;
            this.answer = answer;
        }

        @Override
        void perform(Line line) throws SystemCallFailed {
            answer.accept(line.kernel.perform(request));
        }

        @Override
        void abandon(String why) {
            answer.accept(new Refused(asking.whyNot, why));
        }
    }

    private final class Reading extends Task {
        @Override
        void perform(Line line) throws SystemCallFailed {
            switch (line.kernel.perform(new Request.DumpStates())) {
                case Reply.States(var states) -> listener.read(states, line.kernel.linksAndAddresses());
                case Refused(var _, var sentence) -> listener.lost(sentence);
                case Reply.Done _, Reply.Policies _ -> throw new IllegalStateException("states were asked for");
            }
        }

        @Override
        void abandon(String why) {
            // whoever lost the line says so itself
        }
    }

    private final class Opening implements Runnable {
        @Override
        public void run() {
            try {
                var line = Line.open(settings);
                asking.line = line;
                manageSysctls();
                Thread.ofPlatform()
                        .name("netlink-events")
                        .daemon()
                        .uncaughtExceptionHandler((_, bug) -> failed("hearing the kernel", bug))
                        .start(() -> line.events.listen(new Ear()));
                listener.opened(line.events.room());
            } catch (SystemCallFailed failed) {
                asking.whyNoLine = String.valueOf(failed.getMessage());
                asking.whyNot = switch (failed.errno()) {
                    case Errno.EPERM, Errno.EACCES -> Why.NOT_PERMITTED;
                    case Errno.EPROTONOSUPPORT -> Why.NOT_SUPPORTED;
                    default -> Why.OTHER;
                };
                listener.lost(asking.whyNoLine);
            }
        }

        private void manageSysctls() {
            if (settings.sysctl() != KernelSettings.Sysctl.MANAGE) return;
            try {
                Sysctl.ACQUIRE_EXPIRES.write(dialTime.plusMillis(999).toSeconds());
            } catch (IOException refused) {
                LOG.warn("{} stays as it is: {}", Sysctl.ACQUIRE_EXPIRES.name(), refused.getMessage());
            }
        }
    }

    private final class Ear implements EventSockets.Listener {
        @Override
        public void xfrm(NetlinkMessage message) {
            heard(new Event.AboutXfrm(message));
        }

        @Override
        public void route(NetlinkMessage message) {
            RouteMessage.decode(message).ifPresent(known -> heard(new Event.AboutRoutes(known)));
        }

        private void heard(Event event) {
            if (!events.offer(event)) overrun.set(true);
            ring();
        }

        @Override
        public void overrun() {
            overrun.set(true);
            ring();
        }

        private void ring() {
            if (ringing.compareAndSet(false, true)) listener.rang();
        }

        @Override
        public void failed(SystemCallFailed why) {
            listener.lost(String.valueOf(why.getMessage()));
        }
    }

    private record Line(RequestSocket xfrm, RequestSocket route, EventSockets events, NetlinkKernel kernel) {
        static Line open(KernelSettings.Netlink settings) throws SystemCallFailed {
            // The ears first: what happens between now and the first dump is heard twice rather than never.
            var events = EventSockets.open(settings.eventBuffer());
            try {
                var xfrm = RequestSocket.xfrm(settings.requestTimeLimit());
                try {
                    var route = RequestSocket.route(settings.requestTimeLimit());
                    return new Line(xfrm, route, events, new NetlinkKernel(xfrm, route));
                } catch (SystemCallFailed failed) {
                    xfrm.close();
                    throw failed;
                }
            } catch (SystemCallFailed failed) {
                events.close();
                throw failed;
            }
        }

        void close() {
            events.close();
            xfrm.close();
            route.close();
        }
    }

    /// The one thread that asks, and what only it touches. It closes the sockets itself, when it ends: a descriptor
    /// must not be closed under a system call.
    private final class Asking extends ThreadPoolExecutor {
        private volatile @Nullable Line line;
        private volatile String whyNoLine = "the line to the kernel was closed";
        private volatile Why whyNot = Why.OTHER;

        Asking() {
            super(
                    1,
                    1,
                    0,
                    TimeUnit.SECONDS,
                    new ArrayBlockingQueue<>(QUEUED_REQUESTS),
                    Thread.ofPlatform().name("netlink-requests").daemon().factory());
        }

        /// What a task throws is a bug of ours; nobody must wait for its answer, and nothing goes on as if it had
        /// worked.
        @Override
        protected void afterExecute(Runnable done, @Nullable Throwable thrown) {
            if (thrown == null) return;
            if (done instanceof Task task) task.abandon("a bug in Ikebana: " + thrown);
            failed("asking the kernel", thrown);
        }

        @Override
        protected void terminated() {
            var open = line;
            if (open != null) open.close();
        }
    }
}
