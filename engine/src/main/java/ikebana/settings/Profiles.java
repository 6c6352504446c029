package ikebana.settings;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import ikebana.auth.CertificateAuthentication;
import ikebana.auth.CertificateKey;
import ikebana.auth.ChildRules;
import ikebana.auth.Childless;
import ikebana.auth.Identity;
import ikebana.auth.IdentityPattern;
import ikebana.auth.IkeLifetime;
import ikebana.auth.PreSharedKey;
import ikebana.auth.Profile;
import ikebana.auth.PublicKeyAuthentication;
import ikebana.auth.Uniqueness;
import ikebana.kernel.Flow;
import ikebana.kernel.GreKey;
import ikebana.kernel.Lifetime;
import ikebana.negotiation.EspProposal;
import ikebana.negotiation.IkeProposal;
import ikebana.wire.IpAddress;
import ikebana.wire.Secret;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/// Reads `ikebana.profiles`, and refuses profiles that are in each other's way.
final class Profiles {
    private static final String SELECTOR = "gre";
    private static final int SMALLEST_REPLAY_WINDOW = 32;

    /// `XFRMA_REPLAY_ESN_MAX` of include/net/xfrm.h, in bits.
    private static final int LARGEST_REPLAY_WINDOW = 4096;

    private static final Duration SHORTEST_INACTIVITY = Duration.ofSeconds(10);

    private final Section root;
    private final Map<String, Section> sections = new LinkedHashMap<>();
    private final List<Profile> profiles = new ArrayList<>();
    private final Map<String, List<PreSharedKey>> preSharedKeys = new TreeMap<>();
    private final Map<String, CertificateAuthentication> certificates = new TreeMap<>();
    private final Map<String, PublicKeyAuthentication> publicKeys = new TreeMap<>();
    private final Map<String, Secret> ppks = new TreeMap<>();

    private final CertificateLimits limits;

    Profiles(Section root) {
        this.root = root;
        this.limits = CertificateLimits.from(root.block("certificates"));
        var written = root.block("profiles").operators().root();
        for (var name : new TreeMap<>(written).keySet()) {
            if (written.get(name) instanceof ConfigObject block) read(name, block);
        }
        for (int i = 0; i < profiles.size(); i++) {
            for (int j = 0; j < i; j++) compare(profiles.get(j), profiles.get(i));
        }
    }

    List<Profile> profiles() {
        return profiles;
    }

    Map<String, List<PreSharedKey>> preSharedKeys() {
        return preSharedKeys;
    }

    Map<String, CertificateAuthentication> certificates() {
        return certificates;
    }

    Map<String, PublicKeyAuthentication> publicKeys() {
        return publicKeys;
    }

    Map<String, Secret> ppks() {
        return ppks;
    }

    private void read(String name, ConfigObject block) {
        var defaults = root.block("profile-defaults");
        var section = new Section(
                "ikebana.profiles." + name,
                block.origin(),
                block.withFallback(defaults.operators()).toConfig(),
                defaults.reference(),
                root.folder(),
                root.findings());
        if (!name.matches("[A-Za-z0-9_-]{1,63}")) {
            root.findings()
                    .problem(
                            block.origin(),
                            "a profile's name has letters, digits, - and _, at most 63 of them, not '%s'"
                                    .formatted(name));
            return;
        }
        var local = required(section, "local", "say which addresses of this host are tunnel ends, or any", LOCAL);
        var keys = required(section, "selector", "say which packets need a tunnel, such as \"gre/1234\"", GRE_KEYS);
        int reqid = section.optional("reqid", Profiles::reqid).orElseGet(() -> DefaultReqid.of(name));
        var guard = section.get("guard", Conversion.oneOf(Profile.Guard.class));
        var identity = section.optional("id", TEXT.then(Identity::of));
        var remotes = section.get("remote-id", each(IdentityPattern::of));
        boolean sharedIdentity = section.get("shared-identity", Conversion::flag);
        var ikeProposals = section.get("ike-proposals", each(IkeProposal::of));
        var espProposals = section.get("esp-proposals", each(EspProposal::of));
        var lifetime = lifetime(section.block("lifetime"));
        var ikeLifetime = ikeLifetime(section.block("ike-lifetime"));
        int replayWindow = section.get("replay-window", Profiles::replayWindow);
        var uniqueness = section.get("uniqueness", Conversion.oneOf(Uniqueness.class));
        if (sharedIdentity && uniqueness != Uniqueness.NEVER) {
            section.problem("uniqueness", "must be never: with shared-identity one peer would count for another");
        }
        var inactivity = section.optional("inactivity", Profiles::inactivity);
        boolean perSelector = section.get("child-per-selector", Conversion::flag);
        var childless = section.get("childless", Conversion.oneOf(Childless.class));
        var ppk = PpkSettings.from(section.block("ppk"));
        ppk.ifPresent(it -> ppks.put(name, it.key()));
        var certificate = authentication(name, section);
        if (local.isEmpty() || keys.isEmpty()) return;

        warn(section, local.get(), guard, keys.get());
        if (perSelector) count(section, keys.get().size(), reqid);
        sections.put(name, section);
        profiles.add(new Profile(
                name,
                local.get(),
                keys.get(),
                reqid,
                local.get() instanceof Profile.Any ? Profile.Guard.OFF : guard,
                certificate.map(with -> bound(section, with.own(), identity)).or(() -> identity),
                remotes,
                sharedIdentity,
                ikeProposals,
                espProposals,
                lifetime,
                ikeLifetime,
                replayWindow,
                certificate
                        .map(with -> with.trust().authorities())
                        .or(() -> Optional.ofNullable(publicKeys.get(name)).map(_ -> List.of())),
                uniqueness,
                inactivity,
                ppk.map(PpkSettings::ppk),
                new ChildRules(perSelector, childless)));
    }

    /// Each selector has a child and a reqid.
    private void count(Section section, int selectors, int reqid) {
        int most = root.get("most-children", Conversion::wholeNumber);
        if (selectors > most) {
            section.problem(
                    "selector",
                    "has %d keys, and with child-per-selector most-children allows %d".formatted(selectors, most));
        }
        if (reqid > Integer.MAX_VALUE - selectors) {
            section.problem("reqid", "is too near to 2147483647 for %d selectors".formatted(selectors));
        }
    }

    /// The keys in the one way or the other; a profile has nothing of the other's.
    private Optional<CertificateAuthentication> authentication(String name, Section section) {
        return switch (section.get("auth", Conversion.oneOf(AuthenticationMethod.class))) {
            case PSK -> {
                preSharedKeys.put(name, List.copyOf(new SharedKeys(section).read()));
                yield Optional.empty();
            }
            case CERTIFICATE -> {
                var read = new CertificateFiles(section.block("certificate"), limits).read();
                read.ifPresent(with -> certificates.put(name, with));
                yield read;
            }
            case PUBLIC_KEY -> {
                new PublicKeyFiles(section.block("public-key")).read().ifPresent(with -> publicKeys.put(name, with));
                yield Optional.empty();
            }
        };
    }

    /// Who we say we are has to be in our certificate: peers believe nothing else.
    private static Identity bound(Section section, CertificateKey own, Optional<Identity> wanted) {
        if (wanted.isPresent() && !own.proves(wanted.get())) {
            section.problem("id", "%s is not in our certificate, which is for %s".formatted(wanted.get(), own.names()));
        }
        return wanted.map(own::spelt).orElseGet(own::identity);
    }

    private static void warn(Section section, Profile.LocalAddresses local, Profile.Guard guard, List<GreKey> greKeys) {
        if (local instanceof Profile.Any) {
            section.warning(
                    "local",
                    "any traps GRE that this host merely forwards, too%s"
                            .formatted(
                                    greKeys.isEmpty()
                                            ? ""
                                            : ", and has no guard: GRE without the key leaves in the clear"));
        } else if (guard == Profile.Guard.OFF && !greKeys.isEmpty()) {
            section.warning("guard", "off: GRE without the key leaves in the clear");
        }
    }

    private static <T> Optional<T> required(Section section, String key, String otherwise, Conversion<T> conversion) {
        var value = section.operators().root().get(key);
        if (value == null || value.unwrapped() == null) section.problem(key, otherwise);
        return section.optional(key, conversion);
    }

    private static final Conversion<String> TEXT = Conversion::text;

    private static final Conversion<Profile.LocalAddresses> LOCAL = value -> {
        var texts = Conversion.texts(value);
        if (texts.equals(List.of("any"))) return new Profile.Any();
        return new Profile.Listed(
                distinct(texts.stream().map(Profiles::ownAddress).toList()));
    };

    private static final Conversion<List<GreKey>> GRE_KEYS = value -> {
        var texts = Conversion.texts(value);
        if (texts.equals(List.of(SELECTOR))) return List.of();
        return distinct(texts.stream().map(Profiles::greKey).toList());
    };

    private static <T> Conversion<List<T>> each(Function<String, T> element) {
        return value -> distinct(Conversion.texts(value).stream().map(element).toList());
    }

    private static <T> List<T> distinct(List<T> values) {
        var seen = new HashSet<T>();
        for (var value : values) {
            if (!seen.add(value)) throw new IllegalArgumentException("%s is there twice".formatted(value));
        }
        return values;
    }

    private static IpAddress ownAddress(String text) {
        var address = address(text);
        if (address.isUnspecified() || address.toInetAddress().isMulticastAddress()) {
            throw new IllegalArgumentException("%s is no address of a host".formatted(text));
        }
        if (address.needsScope()) {
            throw new IllegalArgumentException(
                    "%s is another address on each link, and no end of a tunnel".formatted(text));
        }
        return address;
    }

    /// Stricter than the JDK, which takes `192.0.2` for 192.0.0.2.
    private static IpAddress address(String text) {
        try {
            var address = IpAddress.of(text);
            boolean plain = address.isV4() ? address.toString().equals(text) : !text.contains("%");
            if (plain) return address;
        } catch (IllegalArgumentException _) {
            // falls through to the one sentence below
        }
        throw new IllegalArgumentException("'%s' is no IP address".formatted(text));
    }

    private static GreKey greKey(String text) {
        if (text.equals(SELECTOR)) {
            throw new IllegalArgumentException("gre is GRE with any key, so it stands alone");
        }
        if (!text.startsWith(SELECTOR + "/")) {
            throw new IllegalArgumentException(
                    "'%s' is no selector: write gre/1234, gre/0.0.4.210, or gre for any key".formatted(text));
        }
        return GreKey.of(text.substring(SELECTOR.length() + 1));
    }

    private static int reqid(ConfigValue value) {
        int reqid = Conversion.wholeNumber(value);
        if (reqid < 1) throw new IllegalArgumentException("must be from 1 to 2147483647");
        return reqid;
    }

    private static int replayWindow(ConfigValue value) {
        int packets = Conversion.wholeNumber(value);
        if (packets < SMALLEST_REPLAY_WINDOW || packets > LARGEST_REPLAY_WINDOW) {
            throw new IllegalArgumentException(
                    "must be from %d to %d".formatted(SMALLEST_REPLAY_WINDOW, LARGEST_REPLAY_WINDOW));
        }
        return packets;
    }

    private static Duration inactivity(ConfigValue value) {
        var idle = Conversion.duration(value);
        if (idle.compareTo(SHORTEST_INACTIVITY) < 0) {
            throw new IllegalArgumentException(
                    "must be %d s or more: a tunnel costs its peers more than to stand for that long"
                            .formatted(SHORTEST_INACTIVITY.toSeconds()));
        }
        return idle;
    }

    private static Lifetime lifetime(Section section) {
        return section.make(it -> {
            var softTime = it.optional("soft-time", Profiles::wholeSeconds);
            var hardTime = it.optional("hard-time", Profiles::wholeSeconds);
            var softBytes = it.optional("soft-bytes", Profiles::positiveSize);
            var hardBytes = it.optional("hard-bytes", Profiles::positiveSize);
            var softPackets = it.optional("soft-packets", Profiles::positive);
            var hardPackets = it.optional("hard-packets", Profiles::positive);
            requireOrder("time", softTime, hardTime);
            requireOrder("bytes", softBytes, hardBytes);
            requireOrder("packets", softPackets, hardPackets);
            return new Lifetime(softTime, hardTime, softBytes, hardBytes, softPackets, hardPackets);
        });
    }

    private static IkeLifetime ikeLifetime(Section section) {
        return section.make(it -> new IkeLifetime(
                it.optional("rekey-after", Conversion::duration),
                it.optional("reauthenticate-after", Conversion::duration),
                it.optional("authentication-limit", Conversion::duration)));
    }

    private static <T extends Comparable<T>> void requireOrder(String what, Optional<T> soft, Optional<T> hard) {
        if (soft.isPresent() && hard.isPresent() && soft.get().compareTo(hard.get()) >= 0) {
            throw new IllegalArgumentException("soft-%s must be less than hard-%s".formatted(what, what));
        }
    }

    /// The kernel counts an SA's age in seconds.
    private static Duration wholeSeconds(ConfigValue value) {
        var duration = Conversion.duration(value);
        if (!duration.isPositive() || !duration.equals(Duration.ofSeconds(duration.toSeconds()))) {
            throw new IllegalArgumentException("must be whole seconds, one or more");
        }
        return duration;
    }

    private static long positiveSize(ConfigValue value) {
        long size = Conversion.size(value);
        if (size < 1) throw new IllegalArgumentException("must be more than nothing");
        return size;
    }

    private static long positive(ConfigValue value) {
        long number = Conversion.largeNumber(value);
        if (number < 1) throw new IllegalArgumentException("must be 1 or more");
        return number;
    }

    private void compare(Profile one, Profile other) {
        other.flows().stream()
                .map(Flow::reqid)
                .filter(reqid -> one.flow(reqid).isPresent())
                .findFirst()
                .ifPresent(reqid -> problem(
                        other,
                        "reqid",
                        "has the reqid of profile %s, %d: give one of them another".formatted(one.name(), reqid)));
        if (!overlap(one.local(), other.local())) return;
        if (one.remoteIdentities().stream()
                .anyMatch(pattern -> other.remoteIdentities().stream().anyMatch(pattern::overlaps))) {
            problem(
                    other,
                    "remote-id",
                    "a peer that dials us fits profile %s too: give them other remote-ids, or other local addresses"
                            .formatted(one.name()));
        }
        compareTraps(one, other);
    }

    /// The kernel has one policy for one selector (EEXIST), so two profiles cannot share it.
    private void compareTraps(Profile one, Profile other) {
        boolean sameKey =
                one.greKeys().equals(other.greKeys()) || one.greKeys().stream().anyMatch(other.greKeys()::contains);
        if (sameKey) {
            problem(other, "selector", "profile %s wants the same packets".formatted(one.name()));
            return;
        }
        guardAgainstAll(one, other);
        guardAgainstAll(other, one);
    }

    private void guardAgainstAll(Profile guarding, Profile wanting) {
        if (guarding.guard() != Profile.Guard.BLOCK || !wanting.greKeys().isEmpty()) return;
        if (wanting.local() instanceof Profile.Any) return;
        problem(
                guarding,
                "guard",
                "must be off, because profile %s wants all other GRE of these addresses".formatted(wanting.name()));
    }

    private void problem(Profile profile, String key, String sentence) {
        var section = sections.get(profile.name());
        if (section != null) section.problem(key, sentence);
    }

    private static boolean overlap(Profile.LocalAddresses one, Profile.LocalAddresses other) {
        return switch (one) {
            case Profile.Any _ -> true;
            case Profile.Listed(var addresses) ->
                other instanceof Profile.Any || addresses.stream().anyMatch(other::contains);
        };
    }
}
