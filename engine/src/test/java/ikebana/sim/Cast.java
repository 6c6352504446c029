package ikebana.sim;

import ikebana.auth.CertificateAuthentication;
import ikebana.auth.ChildRules;
import ikebana.auth.Childless;
import ikebana.auth.IdentityPattern;
import ikebana.auth.IkeLifetime;
import ikebana.auth.Ppk;
import ikebana.auth.PreSharedKey;
import ikebana.auth.Profile;
import ikebana.auth.Uniqueness;
import ikebana.ike.CrashTokens;
import ikebana.kernel.Lifetime;
import ikebana.negotiation.EspProposal;
import ikebana.negotiation.IkeProposal;
import ikebana.wire.Bytes;
import ikebana.wire.IpAddress;
import ikebana.wire.Secret;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;

/// Two to four hosts, and what the seed says of their settings.
final class Cast {
    private static final List<String> IKE = List.of(
            "aes256gcm16-prfsha256-x25519",
            "aes256gcm16-prfsha256-x25519",
            "aes256gcm16-prfsha256-x25519",
            "aes256gcm16-prfsha256-x25519",
            "chacha20poly1305-prfsha384-x25519",
            "aes128-sha256-prfsha256-x25519",
            "aes256-sha512-prfsha512-x25519");

    private static final List<String> ESP = List.of(
            "aes256gcm16",
            "aes256gcm16-x25519",
            "aes256gcm16-esn-noesn",
            "aes128gcm16-esn",
            "chacha20poly1305",
            "aes128-sha256",
            "aes256-sha512-esn");

    /// The same for all worlds: to issue them anew costs more than to use them.
    private static final Map<String, CertificateAuthentication> PAPERS = new ConcurrentHashMap<>();

    private static final Uniqueness[] UNIQUENESS = Uniqueness.values();

    private final Stage stage;
    private final RandomGenerator dice;
    private final boolean quiet;
    private final Weather weather;
    private boolean disturbing;

    /// @param quiet nothing is to end a tunnel or keep it from coming up
    Cast(Stage stage, boolean quiet, Weather weather) {
        this.stage = stage;
        this.dice = stage.dice;
        this.quiet = quiet;
        this.weather = weather;
    }

    /// Something about them may end a tunnel or keep it from coming up.
    boolean isDisturbing() {
        return disturbing;
    }

    void enter() {
        long seed = stage.seed;
        int drawn = dice.nextInt(10) < 6 ? 2 : dice.nextInt(3, 5);
        int count = World.withInsider(seed) ? Math.max(drawn, 3) : drawn;
        var ike = stage.drawn(IKE) + secondKeyExchange(seed);
        var esp = inTwo(seed, stage.drawn(ESP));
        boolean lossy = weather.loss() > 0 || Hardship.of(seed).contains(Hardship.BURSTS);
        // lists are valid for a shorter time than certificates
        boolean withLists = Hardship.of(seed).contains(Hardship.CLOCKS);
        boolean otherGroups = stage.oneIn(40);
        int wrongKey = !quiet && stage.oneIn(12) ? dice.nextInt(count) : -1;
        var lifetime = lifetime(seed);
        var slowestHook = Duration.ofMillis(stage.drawn(List.of(20, 300, 4_000)));
        disturbing |= wrongKey >= 0 || (isLimited(lifetime) && !isRenewed(lifetime));
        // each fragment may be lost as often as the climate says: a dial may outlast the grace of a crossing
        disturbing |= (inFragments(seed) || withSecondKeyExchanges(seed)) && lossy;
        disturbing |= endsWhenIdle(seed);
        for (int index = 0; index < count; index++) {
            var address = new IpAddress(Bytes.of((byte) 192, (byte) 0, (byte) 2, (byte) (index + 1)));
            var proposal = otherGroups && index == 1 ? "aes256gcm16-prfsha256-ecp256-x25519" : ike;
            var papers = withCertificates(seed)
                    ? Optional.of(papers(index, index == wrongKey, withLists))
                    : Optional.<CertificateAuthentication>empty();
            var profile = new Profile(
                    "dmvpn",
                    new Profile.Listed(List.of(address)),
                    withSeveralChildren(seed) ? Host.KEYS : List.of(Host.KEY),
                    7,
                    stage.bug == PlantedBug.NO_TRAP ? Profile.Guard.OFF : stage.drawn(List.of(Profile.Guard.values())),
                    papers.map(with -> with.own().identity()),
                    List.of(IdentityPattern.of("*")),
                    false,
                    List.of(IkeProposal.of(
                            otherGroups && index != 1 ? "aes256gcm16-prfsha256-x25519-ecp256" : proposal)),
                    List.of(EspProposal.of(esp)),
                    differs(seed) && index % 2 == 1 ? slower(lifetime) : lifetime,
                    ikeLifetime(seed),
                    64,
                    papers.map(with -> with.trust().authorities()),
                    drawn(UNIQUENESS, seed),
                    endsWhenIdle(seed) ? Optional.of(Duration.ofSeconds(15)) : Optional.empty(),
                    ppk(seed, index),
                    new ChildRules(withSeveralChildren(seed), childless(seed, index)));
            var key = new PreSharedKey(IdentityPattern.of("*"), Secret.owning(new byte[] {
                (byte) (index == wrongKey ? 1 : 2), 3, 4
            }));
            var hooks = new Hooks(stage.agenda, dice, slowestHook);
            boolean strict = dice.nextBoolean();
            var host = new Host(
                    stage,
                    "abcd".substring(index, index + 1),
                    profile,
                    List.of(key),
                    it -> strict ? new StrictKernel(it, stage.entropy()) : new MemoryKernel(it, stage.entropy()),
                    hooks);
            host.certificates = papers.map(with -> Map.of("dmvpn", with)).orElse(Map.of());
            host.ppks = Map.of("dmvpn", Secret.owning(new byte[] {9, 9, 9}));
            if ((seed + index) % 4 != 3) {
                host.crashTokens = CrashTokens.from(stage.entropy().secret(CrashTokens.SECRET_LENGTH));
            }
            stage.hosts.add(host);
        }
    }

    /// In some seeds a post-quantum key: all have it and require it, all have it, or all but the first.
    private static Optional<Ppk> ppk(long seed, int index) {
        return seed % 16 == 7 || seed % 16 == 11
                ? Optional.of(new Ppk("hub", seed % 16 == 11))
                : seed % 16 == 14 && index > 0 ? Optional.of(new Ppk("hub", false)) : Optional.empty();
    }

    /// In some seeds a second key exchange, with a post-quantum method or one that costs less.
    private static String secondKeyExchange(long seed) {
        if (seed % 16 == 3 || withSecondKeyExchanges(seed)) return "-ke1_mlkem768";
        return seed % 16 == 11 ? "-ke1_ecp256" : "";
    }

    /// In some more, one of them with an insider, whatever is made is made with two, and is made anew soon.
    static boolean withSecondKeyExchanges(long seed) {
        return seed % 16 == 12 || seed % 32 == 30;
    }

    private static String inTwo(long seed, String esp) {
        if (withSecondKeyExchanges(seed)) return esp.replace("-x25519", "") + "-x25519-ke1_mlkem768";
        return seed % 16 == 11 && esp.endsWith("-x25519") ? esp + "-ke1_ecp256" : esp;
    }

    /// Some seeds; without dice, so that the others stay what they were.
    private static boolean withCertificates(long seed) {
        return seed % 8 == 5 || (seed % 4 == 1 && Hardship.of(seed).contains(Hardship.CLOCKS));
    }

    /// Each has a name of its own here, and one address: nothing comes of it.
    private static Uniqueness drawn(Uniqueness[] of, long seed) {
        return of[(int) (seed % of.length)];
    }

    /// Some others: two GRE keys, each with ESP SAs of its own.
    private static boolean withSeveralChildren(long seed) {
        return seed % 8 == 6 || seed % 16 == 1;
    }

    /// In some seeds IKE SAs begin without a child: all would rather, or only every other host.
    private static Childless childless(long seed, int index) {
        if (seed % 16 == 10 || seed % 16 == 6) return Childless.PREFER;
        return seed % 16 == 2 ? List.of(Childless.PREFER, Childless.ALLOW).get(index % 2) : Childless.NEVER;
    }

    /// Some others: their tunnels do not stand for nothing.
    private boolean endsWhenIdle(long seed) {
        return !quiet && seed % 8 == 3;
    }

    /// Every other of those with certificates: their IKE_AUTH goes in fragments.
    static boolean inFragments(long seed) {
        return seed % 16 == 5;
    }

    private static CertificateAuthentication papers(int index, boolean wrong, boolean strict) {
        return PAPERS.computeIfAbsent("abcd".substring(index, index + 1) + wrong + strict, _ -> {
            var papers = Papers.of("abcd".substring(index, index + 1));
            if (wrong) return papers.amongStrangers().authentication();
            return strict ? papers.strictAuthentication() : papers.authentication();
        });
    }

    /// In some seeds every other host renews its children later, so that one end of a tunnel always does it; without
    /// dice.
    private static boolean differs(long seed) {
        return seed % 5 == 0 || Hardship.of(seed).contains(Hardship.CLOCKS);
    }

    private static Lifetime slower(Lifetime than) {
        return new Lifetime(
                than.softTime().map(time -> time.multipliedBy(3)),
                than.hardTime(),
                than.softBytes(),
                than.hardBytes(),
                than.softPackets().map(packets -> packets * 3),
                than.hardPackets());
    }

    private Lifetime lifetime(long seed) {
        var drawn = lifetime();
        return withSecondKeyExchanges(seed) && !isLimited(drawn) ? renewedByTime(4 + seed / 16 % 8) : drawn;
    }

    private Lifetime lifetime() {
        if (stage.oneIn(4)) return renewed();
        if (quiet) return Lifetime.UNLIMITED;
        if (stage.oneIn(10)) return hard(Optional.of(Duration.ofSeconds(dice.nextInt(20, 50))), Optional.empty());
        if (stage.oneIn(10)) return hard(Optional.empty(), Optional.of(dice.nextLong(8, 25)));
        return Lifetime.UNLIMITED;
    }

    /// In some worlds IKE SAs get successors, too; the shorter it takes, the more often at both ends at once.
    private IkeLifetime ikeLifetime(long seed) {
        var rekeyAfter = stage.oneIn(3)
                ? Optional.of(Duration.ofMillis(stage.drawn(List.of(700, 5_000, 20_000, 40_000))))
                : Optional.<Duration>empty();
        if (rekeyAfter.isEmpty() && withSecondKeyExchanges(seed)) {
            return new IkeLifetime(Optional.of(Duration.ofMillis(1_500 + seed / 16 % 8 * 1_000)));
        }
        return isProvenAnew(seed)
                ? new IkeLifetime(rekeyAfter, reauthenticateAfter(), authenticationLimit())
                : new IkeLifetime(rekeyAfter);
    }

    /// In some seeds both ends of a tunnel prove themselves anew, now and then both at once; without dice for the
    /// others.
    private static boolean isProvenAnew(long seed) {
        return seed % 16 == 9;
    }

    /// Where it is told to the initiator; a minute is enough for either end to try more than once.
    private Optional<Duration> authenticationLimit() {
        return stage.oneIn(4) ? Optional.of(Duration.ofMinutes(1)) : Optional.empty();
    }

    private Optional<Duration> reauthenticateAfter() {
        var after = stage.drawn(List.of(1_500, 7_000, 25_000, 0));
        return after == 0 ? Optional.empty() : Optional.of(Duration.ofMillis(after));
    }

    /// Children that get successors in time.
    private Lifetime renewed() {
        long seconds = dice.nextInt(5, 40);
        boolean byPackets = stage.oneIn(4);
        return new Lifetime(
                byPackets ? Optional.empty() : Optional.of(Duration.ofSeconds(seconds)),
                byPackets ? Optional.empty() : Optional.of(Duration.ofSeconds(seconds + 150)),
                Optional.empty(),
                Optional.empty(),
                byPackets ? Optional.of(seconds) : Optional.empty(),
                byPackets ? Optional.of(seconds + 1_000) : Optional.empty());
    }

    private static Lifetime renewedByTime(long seconds) {
        return new Lifetime(
                Optional.of(Duration.ofSeconds(seconds)),
                Optional.of(Duration.ofSeconds(seconds + 150)),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    static boolean isRenewed(Lifetime lifetime) {
        return lifetime.softTime().isPresent() || lifetime.softPackets().isPresent();
    }

    private static boolean isLimited(Lifetime lifetime) {
        return !lifetime.equals(Lifetime.UNLIMITED);
    }

    private static Lifetime hard(Optional<Duration> time, Optional<Long> packets) {
        return new Lifetime(Optional.empty(), time, Optional.empty(), Optional.empty(), Optional.empty(), packets);
    }
}
