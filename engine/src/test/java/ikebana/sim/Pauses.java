package ikebana.sim;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/// Now and then a process or a machine stands still, and goes on later as if nothing had been.
final class Pauses {
    /// Nobody gives up a peer that is silent for so long: what it was asked is asked again for longer.
    private static final Duration BRIEF = Duration.ofSeconds(4);
    private static final Duration AFTERWARDS = Duration.ofSeconds(5);
    private static final Duration LONG = Duration.ofMinutes(2);

    enum Kind {
        /// The daemon: SIGSTOP, or a collection of garbage. Its sockets fill.
        PROCESS,
        /// A virtual machine, with all that is in it; its clocks are right again at once.
        MACHINE,
        /// Nothing reaches a machine that sleeps, and its steady clock does not count the time.
        ASLEEP
    }

    private final Stage stage;
    private final RandomGenerator dice;
    private final boolean brief;
    private final Consumer<Pair> users;
    private Instant over = Instant.MIN;

    /// @param brief none is so long that somebody may give up
    /// @param users hear of who has to do with whom
    Pauses(Stage stage, RandomGenerator dice, boolean brief, Consumer<Pair> users) {
        this.users = users;
        this.stage = stage;
        this.dice = dice;
        this.brief = brief;
    }

    /// @param within when they begin
    void begin(Duration within) {
        for (int pauses = dice.nextInt(1, 4); pauses > 0; pauses--) {
            stage.agenda.after(Duration.ofMillis(dice.nextLong(within.toMillis())), this::pause);
        }
    }

    /// When the last of those that have begun ends.
    Instant over() {
        return over;
    }

    private void pause() {
        var honest = stage.hosts.stream()
                .filter(host -> stage.mischief().filter(it -> it.host() == host).isEmpty())
                .toList();
        var host = honest.get(dice.nextInt(honest.size()));
        if (host.machine.isStill() || host.process.isStill()) return;
        var kind = Kind.values()[dice.nextInt(Kind.values().length)];
        var length = length();
        stage.note(() -> "%s stands still for %s: %s".formatted(host, length, kind));
        var end = stage.agenda.now().plus(length);
        over = end.isAfter(over) ? end : over;
        switch (kind) {
            case PROCESS -> {
                var paused = host.daemon();
                if (paused.isEmpty()) return;
                stop(host.process);
                traffic(host, length);
                stage.agenda.after(length, () -> {
                    if (host.daemon().equals(paused)) goOn(host, host.process);
                });
            }
            case MACHINE -> {
                stop(host.machine);
                stop(host.process);
                stage.agenda.after(length, () -> goOn(host, host.machine, host.process));
            }
            case ASLEEP -> {
                stop(host.machine);
                stop(host.process);
                host.machine.room(Pulse.Place.SOCKET, 0);
                stage.agenda.after(length, () -> {
                    host.clock.slept(length);
                    goOn(host, host.machine, host.process);
                });
            }
        }
    }

    /// The other programs of a machine do not wait for its daemon.
    private void traffic(Host host, Duration during) {
        for (var other : stage.hosts) {
            if (other == host || dice.nextInt(3) == 0) continue;
            sends(host, other, Duration.ofMillis(dice.nextLong(during.toMillis())));
            sends(host, other, during.plusMillis(dice.nextLong(AFTERWARDS.toMillis())));
        }
    }

    private void sends(Host host, Host other, Duration after) {
        stage.agenda.after(after, () -> {
            users.accept(new Pair(host, other));
            host.inject(other);
        });
    }

    private void stop(Pulse pulse) {
        pulse.standStill();
        pulse.room(Pulse.Place.SOCKET, brief ? Integer.MAX_VALUE : drawn(List.of(2, 10, 1_000)));
        // now and then what the kernel tells of others has filled it
        pulse.room(Pulse.Place.NETLINK, drawn(List.of(0, 0, 3, 1_000)));
    }

    private void goOn(Host host, Pulse... pulses) {
        stage.note(() -> host + " goes on");
        // nothing was promised for that time
        host.cover.excused();
        for (var pulse : pulses) pulse.goOn(dice);
        host.cover.excused();
    }

    /// As many of a tenth of a second as of a minute.
    private Duration length() {
        double longest = (double) (brief ? BRIEF : LONG).toMillis();
        return Duration.ofMillis((long) (100 * Math.pow(longest / 100, dice.nextDouble())));
    }

    private <T> T drawn(List<T> of) {
        return of.get(dice.nextInt(of.size()));
    }
}
