package ikebana.sim;

import ikebana.auth.Endpoint;
import ikebana.control.Event;
import ikebana.crypto.Entropy;
import ikebana.crypto.KeyExchanges;
import ikebana.crypto.SeededEntropy;
import ikebana.settings.HalfOpen;
import ikebana.settings.IkeSettings;
import ikebana.wire.Bytes;
import ikebana.wire.IkeSpi;
import ikebana.wire.IpAddress;
import ikebana.wire.Secret;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/// What hosts stand on: time, a network, dice, and who is who.
abstract class Stage {
    /// @param since when the last IKE SA with it came up
    record Partner(Daemon daemon, Instant since) {}

    /// Pairs of ESP SAs that one IKE SA may have.
    static final int MOST_CHILDREN = 4;

    final Agenda agenda;
    final RandomGenerator dice;
    final PlantedBug bug;
    final Journal journal;
    final Network network;
    final Scribe scribe;
    final Capture capture;
    final Rules rules = new Rules();
    final List<Host> hosts = new ArrayList<>();
    /// Whose an SPI of an IKE SA is.
    final Map<IkeSpi, Daemon> makers = new HashMap<>();
    /// Whose an SPI is that an IKE SA has got by rekeying: the one that it began with.
    final Map<IkeSpi, IkeSpi> names = new HashMap<>();
    /// Which life of the peer a tunnel last came up with.
    final Map<Endpoint, Partner> upWith = new HashMap<>();
    /// The keys of all ESP states that were installed.
    final List<Secret> keys = new ArrayList<>();
    /// Packets that came through.
    final Set<Bytes> arrivedPackets = new HashSet<>();

    final long seed;
    private int packets;
    private int entropies;

    Stage(
            long seed,
            Agenda agenda,
            RandomGenerator dice,
            PlantedBug bug,
            Journal journal,
            Network network,
            Scribe scribe,
            Capture capture) {
        this.seed = seed;
        this.agenda = agenda;
        this.dice = dice;
        this.bug = bug;
        this.journal = journal;
        this.network = network;
        this.scribe = scribe;
        this.capture = capture;
    }

    /// Whoever has gone bad, if anybody has.
    Optional<Mischief> mischief() {
        return Optional.empty();
    }

    /// Whether one of its ends has gone bad: then nothing is promised to the other one but that it survives.
    final boolean isDoubtful(Endpoint endpoint) {
        return mischief()
                .filter(it -> endpoint.remote().equals(it.host().outer)
                        || endpoint.local().equals(it.host().address))
                .isPresent();
    }

    abstract IkeSettings settings();

    abstract KernelLink link(Host host);

    abstract Duration slowestActor();

    abstract void announced(Event event);

    /// A bug of ours has ended an IKE SA with somebody at this address.
    void failed(Host host, IpAddress peer) {}

    /// Whether a tunnel that can send is to be able to until it is gone.
    boolean isCovered() {
        return false;
    }

    KeyExchanges keyExchanges() {
        return KeyExchanges.REAL;
    }

    Line line(Host host) {
        return new Line(host.process, dice, slowestActor());
    }

    Entropy entropy() {
        return new SeededEntropy(seed * 1_000 + ++entropies);
    }

    /// A doorman's settings that never ask for a cookie.
    HalfOpen carelessDoor() {
        return new HalfOpen(1_000, 2_000, settings().halfOpen().lifetime(), Duration.ofDays(1));
    }

    int nextPacket() {
        return ++packets;
    }

    final void note(Supplier<String> what) {
        journal.note(agenda.now(), "-", what);
    }

    // ---- dice

    final boolean oneIn(int count) {
        return dice.nextInt(count) == 0;
    }

    final <T> T drawn(List<T> of) {
        return drawnFrom(dice, of);
    }

    /// With dice of one's own.
    static <T> T drawnFrom(RandomGenerator dice, List<T> of) {
        return of.get(dice.nextInt(of.size()));
    }
}
