package ikebana.sim;

import ikebana.kernel.Notice;
import ikebana.kernel.Reply;
import ikebana.kernel.Request;
import ikebana.wire.IpAddress;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/// What stands between a daemon and its kernel, and does what netlink does: it answers late, refuses now and then, says
/// nothing although it has obeyed, and loses notices, after which it tells all there is.
final class KernelLink {
    private final Pulse process;
    private final RandomGenerator dice;
    private final SimKernel kernel;
    private final List<IpAddress> addresses;
    private final boolean unreliable;
    private final PlantedBug bug;
    private int troubles;
    private boolean deaf;
    /// It is deaf because the seed says so.
    private boolean overrun;
    private boolean missed;
    private Consumer<Notice> listener = notice -> {};

    /// @param troubles so many requests for a state go wrong
    KernelLink(
            Pulse process,
            RandomGenerator dice,
            SimKernel kernel,
            List<IpAddress> addresses,
            int troubles,
            PlantedBug bug) {
        this.process = process;
        this.dice = dice;
        this.kernel = kernel;
        this.addresses = addresses;
        this.troubles = troubles;
        this.bug = bug;
        this.unreliable = troubles > 0;
    }

    void becomesCalm() {
        troubles = 0;
    }

    /// Whether it has refused something, or may.
    boolean isUnreliable() {
        return unreliable;
    }

    boolean isTroubled() {
        return troubles > 0 || overrun;
    }

    Reply obey(Request request) {
        if (request instanceof Request.InstallState && troubles > 0 && dice.nextInt(4) == 0) {
            troubles--;
            return switch (dice.nextInt(3)) {
                case 0 -> new Reply.Refused(Reply.Why.EXISTS, "planned: it is there already");
                case 1 -> new Reply.Refused(Reply.Why.OTHER, "planned: no buffer space available");
                default -> {
                    var _ = kernel.ask(request);
                    yield new Reply.Refused(Reply.Why.SILENT, "planned: the kernel did not answer");
                }
            };
        }
        return kernel.ask(request);
    }

    void listen(Consumer<Notice> to) {
        listener = to;
        kernel.listen(this::noticed);
    }

    private void noticed(Notice notice) {
        if (deaf) {
            missed = true;
        } else if (!process.pass(Pulse.Place.NETLINK, () -> listener.accept(notice))) {
            overflow(notice);
        }
    }

    /// No room is left while the process stands still. A packet whose acquire nobody can hear leaves no larval state
    /// (NETLINK_BROADCAST_ERROR).
    private void overflow(Notice notice) {
        deaf = true;
        missed = true;
        if (notice instanceof Notice.Acquired(var acquire)) {
            var _ = kernel.ask(new Request.DropLarval(acquire));
        }
        if (bug != PlantedBug.NOTHING_TOLD_AFTER_AN_OVERFLOW) process.pass(Pulse.Place.TIMERS, this::hearAgain);
    }

    /// The socket's buffer overflows for a while: ENOBUFS.
    void overrun(Duration during) {
        deaf = true;
        overrun = true;
        process.after(during, this::hearAgain);
    }

    private void hearAgain() {
        deaf = false;
        overrun = false;
        if (missed && kernel.ask(new Request.DumpStates()) instanceof Reply.States(var seen)) {
            missed = false;
            listener.accept(new Notice.Resynchronised(seen, addresses));
        }
    }
}
