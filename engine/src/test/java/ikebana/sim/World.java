package ikebana.sim;

import ikebana.auth.Endpoint;
import ikebana.control.Event;
import ikebana.control.Order;
import ikebana.crypto.KeyExchanges;
import ikebana.kernel.Acquire;
import ikebana.settings.Fragmentation;
import ikebana.settings.HalfOpen;
import ikebana.settings.IkeSettings;
import ikebana.settings.Retransmission;
import ikebana.wire.Bytes;
import ikebana.wire.IpAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/// A few hosts with all their machines and kernels, a network between them, virtual time, one seed.
///
/// First comes a storm of what the seed draws; then the network calms down, and packets go between all that
/// had to do with each other, until everything must be well; then all is closed, and nothing may be left
/// over. What must hold all the time is checked as it happens: here, in [Daemon], [Sa], [Hooks], [Judge]
/// and [Rules].
public final class World extends Stage {
    private static final Duration STORM = Duration.ofSeconds(60);
    /// Long enough to find a dead peer, and to dial it anew when it is back.
    private static final Duration CALM = Duration.ofSeconds(150);
    private static final Duration CLOSING = Duration.ofSeconds(200);
    private static final Duration PROBES = Duration.ofSeconds(6);
    /// So often in a row all looks well before a short calm ends.
    private static final int WELL_ENOUGH = 3;

    private static final Duration PATROLS = Duration.ofSeconds(2);
    static final int STEPS_AT_MOST = 60_000;

    private final IkeSettings settings;
    /// Nothing happens that may end a tunnel or keep it from coming up: then none ends, and all come up.
    private final boolean quiet;
    private final Weather weather;
    private final Judge judge = new Judge(this);
    private final Strangers strangers = new Strangers(this);
    private final Set<Pair> wanted = new LinkedHashSet<>();
    private final Duration slowestActor;
    private Optional<Natted> nat = Optional.empty();
    private final Optional<Mischief> mischief;
    private final Set<Hardship> hardships = Hardship.of(seed);
    private final Pauses pauses;
    private final ClockSteps clockSteps;
    private final Faults faults;
    private final Probes probes;
    /// Those between whom a bug of ours has ended an IKE SA.
    private final Set<Pair> failed = new HashSet<>();
    private int troubles;
    /// Something has happened that may end a tunnel or keep it from coming up.
    private boolean disturbed;
    private boolean calm;
    private boolean closing;
    /// Larvals of the last patrol that nobody minded.
    private Set<Acquire> unminded = Set.of();

    World(long seed, PlantedBug bug, boolean kept) {
        this(seed, bug, kept, new Agenda(), new SplittableRandom(seed));
    }

    private World(long seed, PlantedBug bug, boolean kept, Agenda agenda, RandomGenerator dice) {
        this(seed, bug, kept, agenda, dice, dice.nextInt(3) == 0);
    }

    private World(long seed, PlantedBug bug, boolean kept, Agenda agenda, RandomGenerator dice, boolean quiet) {
        this(seed, bug, kept, agenda, dice, quiet, drawn(seed, Weather.drawnFrom(dice, quiet)));
    }

    private World(
            long seed,
            PlantedBug bug,
            boolean kept,
            Agenda agenda,
            RandomGenerator dice,
            boolean quiet,
            Weather weather) {
        this(seed, bug, agenda, dice, quiet, weather, new Journal(kept), new Capture(kept));
    }

    private World(
            long seed,
            PlantedBug bug,
            Agenda agenda,
            RandomGenerator dice,
            boolean quiet,
            Weather weather,
            Journal journal,
            Capture capture) {
        super(seed, agenda, dice, bug, journal, new Network(agenda, dice, weather, capture), Scribe.NOBODY, capture);
        this.quiet = quiet;
        this.weather = weather;
        this.slowestActor = Duration.ofNanos(dice.nextLong(1, 5_000_000));
        this.settings = new IkeSettings(
                new Retransmission(Duration.ofMillis(500), 1.8, Duration.ofSeconds(5), 10, 0.1),
                new HalfOpen(drawn(List.of(100, 100, 2, 0)), 200, Duration.ofSeconds(30), Duration.ofSeconds(60)),
                new Fragmentation(Cast.inFragments(seed) ? 400 : 1280, 64, 64 * 1024),
                Duration.ofSeconds(20),
                Duration.ofSeconds(20),
                Duration.ofSeconds(10),
                Duration.ofSeconds(5),
                Duration.ofSeconds(60),
                Duration.ofSeconds(1),
                Duration.ofSeconds(30),
                bug == PlantedBug.MEMBER_WITHOUT_LIMITS ? 10_000 : MOST_CHILDREN);
        troubles = !quiet && oneIn(5) ? dice.nextInt(1, 4) : 0;
        var cast = new Cast(this, quiet, weather);
        cast.enter();
        disturbed |= troubles > 0 || cast.isDisturbing();
        nat();
        pauses = new Pauses(this, Hardship.PAUSES.dice(seed), quiet, this::want);
        clockSteps = new ClockSteps(this, Hardship.CLOCKS.dice(seed), quiet, this::want);
        faults = new Faults(this, Hardship.FAULTS.dice(seed), this::want);
        probes = new Probes(
                this,
                new SplittableRandom(~seed),
                wanted,
                pair -> hasFailed(pair.one().to(pair.other())));
        // where it is quiet, they are brief and small
        disturbed |= !quiet && (hardships.contains(Hardship.PAUSES) || hardships.contains(Hardship.CLOCKS));
        mischief = withInsider(seed) ? Optional.of(new Mischief(this, hosts.getLast())) : Optional.empty();
    }

    /// In some seeds one of them has gone bad.
    static boolean withInsider(long seed) {
        return seed % 8 == 6;
    }

    @Override
    Optional<Mischief> mischief() {
        return mischief;
    }

    /// In some others everything takes equally long, and half of those lose nothing.
    private static Weather drawn(long seed, Weather weather) {
        return seed % 8 == 2
                ? weather.steady()
                : seed % 16 == 4 ? weather.steady().lossless() : weather;
    }

    /// One host may be behind a NAT. One that keeps its ports is not to be noticed; behind another the host is reached
    /// only while it has a tunnel.
    private void nat() {
        if (!oneIn(3)) return;
        var host = drawn(hosts);
        boolean forwards = oneIn(3);
        if (quiet && !forwards) return;
        disturbed |= !forwards;
        var box = new NatBox(agenda, host.address, outside(), forwards, Duration.ofSeconds(30));
        note(() -> "%s is behind a NAT%s".formatted(host, forwards ? " that keeps its ports" : ""));
        network.nat(box);
        host.outer = box.outside();
        nat = Optional.of(new Natted(host, box));
    }

    private record Natted(Host host, NatBox box) {}

    private IpAddress outside() {
        return new IpAddress(Bytes.of((byte) 198, (byte) 51, (byte) 100, (byte) dice.nextInt(1, 255)));
    }

    /// It forgets, or has another address.
    private void natChanges() {
        if (nat.isEmpty() || quiet) return;
        var host = nat.get().host();
        disturbed = true;
        if (!oneIn(4)) {
            note(() -> "the NAT of %s forgets".formatted(host));
            nat.get().box().forget();
            return;
        }
        nat.get().box().movesTo(outside());
        host.outer = nat.get().box().outside();
        note(() -> "the NAT of %s is %s now".formatted(host, host.outer));
    }

    // ---- what hosts and daemons need

    @Override
    IkeSettings settings() {
        return settings;
    }

    @Override
    Duration slowestActor() {
        return slowestActor;
    }

    @Override
    KernelLink link(Host host) {
        return new KernelLink(host.process, dice, host.kernel, List.of(host.address), troubles, bug);
    }

    /// The real ones cost as much as all the rest: one seed in sixteen has them, with all else that a seed may have.
    @Override
    KeyExchanges keyExchanges() {
        return withRealKeyExchanges(seed) ? KeyExchanges.REAL : FastKeyExchanges.ALL;
    }

    /// Not where an answer may be lost for longer than whoever gave it waits before it goes on.
    @Override
    boolean isCovered() {
        // nor where both ends make the first child at once, and one of them is without its answer for a while
        boolean childless = hosts.getFirst().profile.children().mayBeChildless();
        boolean lossy = weather.loss() > 0 || hardships.contains(Hardship.BURSTS);
        if (hardships.contains(Hardship.PAUSES) && !quiet) return false;
        // a request in two fragments, and its answer: each may be lost as often as the climate says
        if (lossy && Cast.withSecondKeyExchanges(seed)) return false;
        return !lossy || (weather.climate() != Weather.Climate.WILD && !childless);
    }

    static boolean withRealKeyExchanges(long seed) {
        return seed / 16 % 16 == 0;
    }

    Weather.Climate climate() {
        return weather.climate();
    }

    @Override
    void failed(Host host, IpAddress peer) {
        hosts.stream().filter(it -> it.outer.equals(peer)).forEach(other -> {
            failed.add(new Pair(host, other));
            failed.add(new Pair(other, host));
        });
    }

    private boolean hasFailed(Endpoint endpoint) {
        return failed.stream().anyMatch(pair -> pair.one().to(pair.other()).equals(endpoint));
    }

    /// Where nothing stands in the way, nothing fails, and what is up stays up.
    @Override
    void announced(Event event) {
        if (isDoubtful(event.endpoint()) || hasFailed(event.endpoint())) return;
        if (disturbed || closing || weather.climate() != Weather.Climate.MERCIFUL) return;
        switch (event) {
            case Event.Up _ -> {}
            case Event.Gone gone -> throw new AssertionError("gone, and nobody knows why: " + gone.why());
            case Event.Failed failed -> throw new AssertionError("failed for no reason: " + failed.why());
            case Event.SiblingBehindNat sibling -> throw new AssertionError("a sibling: " + sibling);
        }
    }

    // ---- the story

    /// The whole of it; the same seed tells the same one.
    String run() {
        try {
            journal.note(agenda.now(), "-", () -> "%s, %d hosts, %s".formatted(weather, hosts.size(), settings));
            hosts.forEach(Host::boot);
            hosts.forEach(Host::start);
            patrol();
            hardships.forEach(this::befall);
            if (isProbed()) probes.begin(STORM);
            storm();
            calm();
            judge();
            close();
            return journal.toString();
        } catch (AssertionError | RuntimeException failure) {
            journal.note(agenda.now(), "-", () -> "FAILED: " + failure);
            throw failure;
        }
    }

    String story() {
        return journal.toString();
    }

    /// Some of what would befall it does not.
    World without(Hardship spared) {
        hardships.remove(spared);
        return this;
    }

    /// Where nothing may be lost but what the network takes.
    private boolean isProbed() {
        return quiet && !hardships.contains(Hardship.PAUSES) && !hardships.contains(Hardship.DAMAGE);
    }

    private void befall(Hardship hardship) {
        switch (hardship) {
            case BURSTS -> {
                var gusts =
                        new Gusts(agenda, hardship.dice(seed), quiet ? Duration.ofSeconds(4) : Duration.ofSeconds(15));
                note(() -> "loss in bursts: " + gusts);
                network.suffers(gusts);
            }
            case DAMAGE -> network.suffers(new Damage(hardship.dice(seed), bug == PlantedBug.DAMAGE_UNSEEN));
            case PAUSES -> pauses.begin(STORM);
            case CLOCKS -> clockSteps.begin(STORM);
            case FAULTS -> faults.begin(STORM);
        }
    }

    private void storm() {
        int happenings = dice.nextInt(1, 9);
        agenda.after(Duration.ofMillis(dice.nextInt(1_000)), dice.nextBoolean() ? this::packet : this::crossing);
        for (int i = 0; i < happenings; i++) {
            agenda.after(Duration.ofMillis(dice.nextLong(STORM.toMillis())), this::happening);
        }
        mischief.ifPresent(it -> agenda.after(Duration.ofMillis(300), () -> misuse(it)));
        agenda.runUntil(agenda.now().plus(STORM), STEPS_AT_MOST);
        if (pauses.over().isAfter(agenda.now())) agenda.runUntil(pauses.over(), STEPS_AT_MOST);
    }

    private void misuse(Mischief by) {
        if (calm) return;
        by.happens();
        agenda.after(by.pause(), () -> misuse(by));
    }

    /// Whoever has gone bad forgets all, and is honest again.
    private void repent(Mischief by) {
        by.ends();
        if (by.host().daemon().isEmpty()) return;
        by.host().crash();
        by.host().start();
    }

    /// A packet that waits for its tunnel does not wait for nothing: somebody dials, or it may acquire anew.
    private void patrol() {
        var found = new HashSet<Acquire>();
        for (var host : hosts) {
            if (host.daemon().filter(daemon -> !daemon.link.isTroubled()).isEmpty()) continue;
            if (host.process.stoodStillAfter(host.process.now().minus(PATROLS))) continue;
            for (var larval : host.kernel.larvals()) {
                var endpoint = new Endpoint(host.profile.name(), larval.source(), larval.destination());
                if (!host.daemon().get().minds(endpoint)) found.add(larval);
            }
        }
        Rules.check(unminded.stream().noneMatch(found::contains), "a packet acquires, and nobody dials");
        unminded = found;
        if (!closing) agenda.after(PATROLS, this::patrol);
    }

    private void happening() {
        // the first ones disturb nobody
        switch (dice.nextInt(quiet ? 11 : 19)) {
            case 0, 1, 2 -> packet();
            case 3, 4 -> crossing();
            case 5 -> strangers.noise();
            case 6 -> strangers.knock();
            case 7 -> strangers.forgery();
            case 8 -> replay();
            case 9 -> strangers.spoof(pair());
            case 10 -> overrun();
            case 11 -> cutOff();
            case 12, 13 -> crash();
            case 14, 15 -> order();
            case 16, 17 -> natChanges();
            default -> moveAway();
        }
    }

    private Pair pair() {
        int one = dice.nextInt(hosts.size());
        int other = (one + 1 + dice.nextInt(hosts.size() - 1)) % hosts.size();
        var pair = new Pair(hosts.get(one), hosts.get(other));
        want(pair);
        return pair;
    }

    /// They have to do with each other from now on.
    private void want(Pair pair) {
        wanted.add(hosts.indexOf(pair.one()) < hosts.indexOf(pair.other()) ? pair : pair.turned());
    }

    private void replay() {
        boolean elsewhere = strangers.replay();
        // it may be the first that arrives of it: then whoever is behind a NAT seems to have moved
        disturbed |= nat.isPresent() && elsewhere;
    }

    private void packet() {
        var pair = pair();
        note(() -> "a packet from %s to %s".formatted(pair.one(), pair.other()));
        pair.one().inject(pair.other());
    }

    /// Both ends dial at once, or nearly.
    private void crossing() {
        var pair = pair();
        note(() -> "packets from %s to %s and back".formatted(pair.one(), pair.other()));
        pair.one().inject(pair.other());
        agenda.after(
                Duration.ofMillis(dice.nextInt(drawn(List.of(1, 50, 3_000)))),
                () -> pair.other().inject(pair.one()));
    }

    private void crash() {
        var host = drawn(hosts);
        disturbed = true;
        if (host.machine.isStill()) return;
        var away = Duration.ofMillis(dice.nextLong(drawn(List.of(500L, 40_000L))));
        if (oneIn(3)) {
            host.stop(() -> agenda.after(away, host::start));
            return;
        }
        host.crash();
        if (oneIn(4)) host.reboot();
        agenda.after(away, host::start);
    }

    private void order() {
        var pair = pair();
        var endpoint = pair.one().to(pair.other());
        var order = switch (dice.nextInt(6)) {
            case 0 -> new Order.ListTunnels();
            case 1 -> new Order.DescribeTunnel(endpoint);
            case 2 -> new Order.Down(endpoint);
            default -> new Order.Up(endpoint, Duration.ofMillis(dice.nextLong(40_000)));
        };
        disturbed |= order instanceof Order.Down;
        note(() -> "%s is told: %s".formatted(pair.one(), order));
        pair.one().daemon().ifPresent(daemon -> daemon.ordered(order));
    }

    /// An address is lost, and comes back.
    private void moveAway() {
        var host = drawn(hosts);
        disturbed = true;
        if (host.machine.isStill()) return;
        host.loseAddress();
        agenda.after(Duration.ofMillis(dice.nextLong(30_000)), host::boot);
    }

    private void cutOff() {
        var pair = pair();
        disturbed = true;
        note(() -> "nothing passes between %s and %s".formatted(pair.one(), pair.other()));
        network.cut(pair.one().outer, pair.other().outer);
        agenda.after(Duration.ofMillis(dice.nextLong(60_000)), network::mend);
    }

    private void overrun() {
        var host = drawn(hosts);
        note(() -> host + " loses notices");
        host.daemon().ifPresent(daemon -> daemon.link.overrun(Duration.ofMillis(dice.nextInt(3_000))));
    }

    private void calm() {
        note(() -> "the storm is over");
        calm = true;
        mischief.ifPresent(this::repent);
        if (weather.climate() != Weather.Climate.DEAD) network.becomes(Weather.CALM);
        network.mend();
        network.recovers();
        clockSteps.end();
        faults.end();
        troubles = 0;
        hosts.forEach(Host::boot);
        hosts.forEach(Host::start);
        hosts.forEach(host -> host.daemon().ifPresent(daemon -> daemon.link.becomesCalm()));
        // a tunnel that stands at both ends is never bare, whatever crosses or replaces what
        boolean changes = Cast.isRenewed(hosts.getFirst().profile.lifetime())
                || hosts.stream().anyMatch(Host::isToProveAnew);
        int probes = !quiet ? 0 : changes ? 300 : 15;
        for (int i = 0; i < probes; i++) agenda.after(Duration.ofMillis(i * 150L), this.probes::all);
        var enough = agenda.now().plus(Duration.ofMillis(probes * 150L + 1_000));
        var end = agenda.now().plus(CALM);
        int well = 0;
        while (agenda.now().isBefore(end)
                && (well < WELL_ENOUGH || agenda.now().isBefore(enough) || withLongCalm(seed))) {
            probe();
            agenda.runUntil(agenda.now().plus(PROBES), STEPS_AT_MOST);
            well = wanted.stream().allMatch(pair -> isPossible(pair) && Judge.isWell(pair)) ? well + 1 : 0;
        }
    }

    /// That all stays well where nothing happens any more is seen by these; the others go on as soon as it is well.
    private static boolean withLongCalm(long seed) {
        return seed / 8 % 4 == 0;
    }

    private void probe() {
        wanted.forEach(pair -> {
            pair.one().injectEach(pair.other());
            pair.other().injectEach(pair.one());
        });
    }

    // ---- the judge

    private void judge() {
        for (var pair : wanted) {
            if (isPossible(pair)) {
                judge.mustBecomeWell(pair);
            } else {
                judge.nothingMayStand(pair.one(), pair.other());
                judge.nothingMayStand(pair.other(), pair.one());
            }
        }
    }

    private boolean isPossible(Pair pair) {
        return weather.climate() != Weather.Climate.DEAD && pair.one().keys.equals(pair.other().keys);
    }

    private void close() {
        note(() -> "all is closed");
        closing = true;
        hosts.forEach(host -> host.daemon().orElseThrow().closeAll());
        agenda.runUntil(agenda.now().plus(CLOSING), STEPS_AT_MOST);
        for (var host : hosts) {
            Rules.check(host.kernel.states().isEmpty(), "states are left over at " + host);
            Rules.check(host.kernel.larvals().isEmpty(), "larvals are left over at " + host);
            host.daemon().orElseThrow().mustBeEmpty();
        }
    }
}
