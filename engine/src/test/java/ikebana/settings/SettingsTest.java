package ikebana.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ikebana.auth.Identity;
import ikebana.auth.Ppk;
import ikebana.auth.PreSharedKey;
import ikebana.auth.Profile;
import ikebana.auth.Trust;
import ikebana.crypto.Signatures;
import ikebana.kernel.GreKey;
import ikebana.wire.IpAddress;
import ikebana.wire.Secret;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsTest {
    private static final Surroundings ROOT = new Surroundings(0, Optional.empty());

    @TempDir
    private Path folder;

    private Path file;

    @BeforeEach
    void place() {
        file = folder.resolve("ikebana.conf");
    }

    @Test
    void anEmptyFileIsReferenceConf() throws Exception {
        var settings = load("");

        assertThat(settings.ike().retransmission())
                .isEqualTo(new Retransmission(Duration.ofMillis(500), 1.8, Duration.ofSeconds(20), 8, 0.2));
        assertThat(settings.ports()).isEqualTo(new Ports(500, 4500));
        assertThat(settings.network()).isEqualTo(new NetworkSettings(4 << 20, 4 << 20));
        assertThat(settings.kernel().kind()).isEqualTo(KernelSettings.Kind.NETLINK);
        assertThat(settings.kernel().netlink().eventBuffer()).isEqualTo(8 << 20);
        assertThat(settings.kernel().removePoliciesOnStop()).isFalse();
        assertThat(settings.hooks().timeLimit()).isEqualTo(Duration.ofSeconds(5));
        assertThat(settings.control().socket()).isEqualTo(Path.of("/run/ikebana/control.sock"));
        assertThat(settings.logLevel()).isEqualTo(LogLevel.INFO);
        assertThat(settings.warnings())
                .containsExactly(file + ": 1: there is no profile in ikebana.profiles, so there is nothing to do");
    }

    @Test
    void theSmallestProfileHasTheDefaults() throws Exception {
        writeKey("dmvpn.psk", "sesame\n");

        var settings = load("""
                ikebana.profiles.dmvpn {
                  local = 192.0.2.1
                  selector = "gre/1234"
                  psk-file = dmvpn.psk
                }
                """);

        var profile = settings.profiles().getFirst();
        assertThat(profile.name()).isEqualTo("dmvpn");
        assertThat(profile.local()).isEqualTo(new Profile.Listed(List.of(IpAddress.of("192.0.2.1"))));
        assertThat(profile.greKeys()).containsExactly(new GreKey(1234));
        assertThat(profile.reqid()).isEqualTo(DefaultReqid.of("dmvpn")).isBetween(0x10000000, 0x3fffffff);
        assertThat(profile.guard()).isEqualTo(Profile.Guard.BLOCK);
        assertThat(profile.localIdentity()).isEmpty();
        assertThat(profile.accepts(Identity.of("anybody.example"))).isTrue();
        assertThat(profile.ikeProposals().getFirst().toString()).startsWith("aes256gcm16-");
        assertThat(profile.espProposals().getFirst().extendedSequenceNumbers()).containsExactly(true, false);
        assertThat(profile.lifetime().softTime()).contains(Duration.ofHours(1));
        assertThat(profile.lifetime().hardBytes()).isEmpty();
        assertThat(profile.replayWindow()).isEqualTo(1024);
        assertThat(settings.preSharedKeys().get("dmvpn"))
                .extracting(PreSharedKey::value)
                .containsExactly(secret("sesame"));
        assertThat(settings.warnings()).isEmpty();
    }

    @Test
    void aProfileSaysWhatItWants_andElseProfileDefaultsDo() throws Exception {
        var settings = load("""
                ikebana {
                  profile-defaults {
                    local = [192.0.2.1, "2001:db8::1"]
                    remote-id = "*.example"
                    lifetime.soft-time = 10 m
                    psk = "0x00ff"
                  }
                  profiles {
                    one {
                      selector = ["gre/1", "gre/0.0.0.2"]
                      reqid = 7
                      id = spoke.example
                      lifetime { hard-time = 11 m, soft-packets = null }
                      guard = off
                      ike-proposals = aes256-sha256-modp2048
                    }
                  }
                }
                """);

        var profile = settings.profiles().getFirst();
        assertThat(profile.local())
                .isEqualTo(new Profile.Listed(List.of(IpAddress.of("192.0.2.1"), IpAddress.of("2001:db8::1"))));
        assertThat(profile.greKeys()).containsExactly(new GreKey(1), new GreKey(2));
        assertThat(profile.reqid()).isEqualTo(7);
        assertThat(profile.localIdentity()).contains(Identity.of("spoke.example"));
        assertThat(profile.accepts(Identity.of("hub.example"))).isTrue();
        assertThat(profile.accepts(Identity.of("hub.other"))).isFalse();
        assertThat(profile.lifetime().softTime()).contains(Duration.ofMinutes(10));
        assertThat(profile.lifetime().hardTime()).contains(Duration.ofMinutes(11));
        assertThat(profile.lifetime().softPackets()).isEmpty();
        assertThat(profile.ikeProposals()).hasSize(1);
    }

    @Test
    void aMisspeltSettingIsNamedWithItsLineAndTheNearestRightOne() {
        assertThat(problems("""
                ikebana {
                  retransmission {
                    tires = 3
                  }
                }
                """))
                .containsExactly(file + ": 3: unknown setting ikebana.retransmission.tires; did you mean tries?");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ikebna.kernel = netlink                   | unknown setting ikebna; did you mean ikebana?
            ikebana.half-opne.limit = 3               | unknown setting ikebana.half-opne; did you mean half-open?
            ikebana.ports.xyzzy = 3                   | unknown setting ikebana.ports.xyzzy; known here: ike, nat
            ikebana.retransmission = 3                | ikebana.retransmission: must be a block: ikebana.retransmission { ... }
            ikebana.retransmission.tries = many       | ikebana.retransmission.tries: must be a whole number, not 'many'
            ikebana.retransmission.tries = 1.8        | ikebana.retransmission.tries: must be a whole number, not '1.8'
            ikebana.retransmission.tries { x = 1 }    | ikebana.retransmission.tries: must be a whole number, not a block
            ikebana.retransmission.tries = 0          | ikebana.retransmission: tries must be 1 or more
            ikebana.retransmission.growth = 0.5       | ikebana.retransmission: growth must be 1 or more: waits do not shrink
            ikebana.retransmission.growth = fast      | ikebana.retransmission.growth: must be a number, not 'fast'
            ikebana.retransmission.jitter = 2         | ikebana.retransmission: jitter must be between 0 and 1
            ikebana.retransmission.first-wait = 0 s   | ikebana.retransmission: first-wait must be longer than zero
            ikebana.retransmission.first-wait = 1 m   | ikebana.retransmission: longest-wait must not be shorter than first-wait
            ikebana.retransmission.first-wait = 5     | ikebana.retransmission.first-wait: must be a duration with its unit, such as 500 ms or 2 s, not '5'
            ikebana.retransmission.first-wait = [1 s] | ikebana.retransmission.first-wait: must be a duration with its unit, such as 500 ms or 2 s, not a list
            ikebana.half-open.cookie-threshold = -1   | ikebana.half-open: cookie-threshold must not be negative
            ikebana.half-open.limit = 0               | ikebana.half-open: limit must be 1 or more
            ikebana.half-open.lifetime = 0 s          | ikebana.half-open: lifetime must be longer than zero
            ikebana.half-open.cookie-lifetime = 0 s   | ikebana.half-open: cookie-lifetime must be longer than zero
            ikebana.liveness-after = 0 s              | ikebana: liveness-after must be longer than zero
            ikebana.crossing-grace = -1 s             | ikebana: crossing-grace must not be negative
            ikebana.keep-inbound = -1 s               | ikebana: keep-inbound must not be negative
            ikebana.orphan-lifetime = 0 s             | ikebana: orphan-lifetime must be longer than zero
            ikebana.redial-pause = 0 s                | ikebana: redial-pause must be longer than zero: a peer that refuses is not hammered
            ikebana.ports.ike = 0                     | ikebana.ports: ike must be a port from 1 to 65535
            ikebana.ports.nat = 65536                 | ikebana.ports: nat must be a port from 1 to 65535
            ikebana.ports.nat = 500                   | ikebana.ports: nat must be another port than ike
            ikebana.hooks.up = notify                 | ikebana.hooks.up: must begin with an absolute path, not 'notify'
            ikebana.hooks.gone = /no/such/program     | ikebana.hooks.gone: there is no program /no/such/program
            ikebana.hooks.gone = /etc/passwd          | ikebana.hooks.gone: we may not execute /etc/passwd
            ikebana.hooks.time-limit = 0 s            | ikebana.hooks: time-limit must be longer than zero
            ikebana.hooks.concurrency = 0             | ikebana.hooks: concurrency must be 1 or more
            ikebana.hooks.patience = 0 s              | ikebana.hooks: patience must be longer than zero
            ikebana.control.group = no-such-group     | ikebana.control.group: there is no group 'no-such-group'
            ikebana.control.queued-orders = 0         | ikebana.control: queued-orders must be 1 or more
            ikebana.control.up-patience = 0 s         | ikebana.control: up-patience must be longer than zero
            ikebana.control.longest-patience = 1 s    | ikebana.control: longest-patience must not be shorter than up-patience
            ikebana.control.largest-request = 10      | ikebana.control: largest-request must be 1 KiB or more
            ikebana.control.largest-request = lots    | ikebana.control.largest-request: must be a size such as 16 KiB, not 'lots'
            ikebana.control.largest-request = 9 GiB   | ikebana.control.largest-request: must be a size from 0 to 2 GiB, not '9 GiB'
            ikebana.control.request-time-limit = 0 s  | ikebana.control: request-time-limit must be longer than zero
            ikebana.certificates.inquiries.time-limit = 30 s | ikebana.certificates.inquiries: time-limit must be more than nothing and 20 s at most
            ikebana.certificates.inquiries.redirects = -1    | ikebana.certificates.inquiries: redirects must not be negative
            ikebana.certificates.inquiries.concurrency = 0   | ikebana.certificates.inquiries: concurrency must be 1 or more
            ikebana.certificates.inquiries.memory = 1 KiB    | ikebana.certificates.inquiries: memory must be largest-list or more
            ikebana.kernel = windows                  | ikebana.kernel: must be netlink or embedded, not 'windows'
            ikebana.netlink.request-time-limit = 0 s  | ikebana.netlink: request-time-limit must be longer than zero
            ikebana.netlink.event-buffer = 1 KiB      | ikebana.netlink: event-buffer must be 64 KiB or more
            ikebana.netlink.sysctl = maybe            | ikebana.netlink.sysctl: must be leave or manage, not 'maybe'
            ikebana.embedded.esp-port = 0             | ikebana.embedded: esp-port must be a port from 1 to 65535
            ikebana { kernel = embedded, embedded.esp-port = 4500 } | ikebana.embedded.esp-port: must be another port than those of ikebana.ports
            ikebana.policies.remove-on-stop = perhaps | ikebana.policies.remove-on-stop: must be true or false, not 'perhaps'
            ikebana.logging.level = loud              | ikebana.logging.level: must be error or warn or info or debug or trace, not 'loud'
            """)
    void nonsenseIsRefusedWithASentence(String text, String sentence) {
        assertThat(problems(text)).containsExactly(file + ": 1: " + sentence);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            local = 192.0.2                     | local: '192.0.2' is no IP address
            local = hub.example                 | local: 'hub.example' is no IP address
            local = "fe80::1%1"                 | local: 'fe80::1%1' is no IP address
            local = 0.0.0.0                     | local: 0.0.0.0 is no address of a host
            local = 224.0.0.1                   | local: 224.0.0.1 is no address of a host
            local = "fe80::1"                   | local: fe80::1 is another address on each link, and no end of a tunnel
            local = []                          | local: must not be an empty list
            local = [192.0.2.1, any]            | local: 'any' is no IP address
            local = [192.0.2.1, 192.0.2.1]      | local: 192.0.2.1 is there twice
            local = null                        | local: say which addresses of this host are tunnel ends, or any
            selector = null                     | selector: say which packets need a tunnel, such as "gre/1234"
            selector = tcp                      | selector: 'tcp' is no selector: write gre/1234, gre/0.0.4.210, or gre for any key
            selector = gre/4294967296           | selector: '4294967296' is no GRE key: write a number up to 4294967295, or four numbers like 0.0.4.210
            selector = [gre, gre/1]             | selector: gre is GRE with any key, so it stands alone
            selector = [gre/1, gre/0.0.0.1]     | selector: 1 is there twice
            reqid = 0                           | reqid: must be from 1 to 2147483647
            reqid = 0x10                        | reqid: must be a whole number, not '0x10'
            guard = blok                        | guard: must be block or off, not 'blok'
            remote-id = "hub*"                  | remote-id: 'hub*' is no identity pattern: write *, *.example, *@example, 192.0.2.0/24 or O=Example, CN=*
            ike-proposals = aes256gcm16         | ike-proposals: proposal 'aes256gcm16': name a PRF, such as prfsha256
            esp-proposals = rot13               | esp-proposals: proposal 'rot13': 'rot13' is none of aes128, aes128gcm16, aes256, aes256gcm16, chacha20poly1305, ecp256, ecp384, ecp521, esn, ke1_ecp256, ke1_ecp384, ke1_ecp521, ke1_mlkem1024, ke1_mlkem512, ke1_mlkem768, ke1_modp2048, ke1_modp3072, ke1_modp4096, ke1_x25519, modp2048, modp3072, modp4096, noesn, sha256, sha384, sha512, x25519
            lifetime.soft-time = 1 h 30 m       | lifetime.soft-time: must be a duration with its unit, such as 500 ms or 2 s, not '1 h 30 m'
            lifetime.soft-time = 1500 ms        | lifetime.soft-time: must be whole seconds, one or more
            lifetime.soft-bytes = 0             | lifetime.soft-bytes: must be more than nothing
            lifetime.soft-packets = -1          | lifetime.soft-packets: must be 1 or more
            replay-window = 0                   | replay-window: must be from 32 to 4096
            uniqueness = no                     | uniqueness: must be replace or keep or never, not 'no'
            inactivity = 9 s                    | inactivity: must be 10 s or more: a tunnel costs its peers more than to stand for that long
            """)
    void aProfileIsRefusedWithASentence(String setting, String sentence) {
        assertThat(problems("""
                ikebana.profiles.p {
                  local = 192.0.2.1, selector = gre, psk = x
                  %s
                }
                """.formatted(setting))).containsExactly(file + ": 3: ikebana.profiles.p." + sentence);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            soft-time = 2 h                             | soft-time must be less than hard-time
            { soft-bytes = 1 GiB, hard-bytes = 1 MiB }  | soft-bytes must be less than hard-bytes
            hard-packets = 10                           | soft-packets must be less than hard-packets
            """)
    void softLimitsComeBeforeHardOnes(String lifetime, String sentence) {
        var text = lifetime.startsWith("{") ? "lifetime " + lifetime : "lifetime." + lifetime;
        assertThat(problems(profile("p", "selector = gre\n" + text)))
                .containsExactly(file + ": 4: ikebana.profiles.p.lifetime: " + sentence);
    }

    @Test
    void allProblemsAreReportedTogetherInTheOrderOfTheirLines() {
        assertThat(problems("""
                ikebana.retransmission { tries = 0, growth = fast }
                ikebana.profiles.p {
                  local = here
                  psk = x
                }
                ikebana.kernal = netlink
                """))
                .containsExactly(
                        file + ": 1: ikebana.retransmission.growth: must be a number, not 'fast'",
                        file + ": 1: ikebana.retransmission: tries must be 1 or more",
                        file
                                + ": 2: ikebana.profiles.p.selector: say which packets need a tunnel, such as \"gre/1234\"",
                        file + ": 3: ikebana.profiles.p.local: 'here' is no IP address",
                        file + ": 6: unknown setting ikebana.kernal; did you mean kernel?");
    }

    @Test
    void aProfilesNameFitsIntoOrdersFilesAndTables() {
        assertThat(problems("ikebana.profiles.\"a b\" { local = any, selector = gre, psk = x }"))
                .containsExactly(
                        file + ": 1: a profile's name has letters, digits, - and _, at most 63 of them, not 'a b'");
    }

    @Test
    void aMisspeltSettingOfAProfileIsNamed() {
        assertThat(problems("ikebana.profiles.p { local = any, selector = gre, psk = x, gaurd = off }"))
                .containsExactly(file + ": 1: unknown setting ikebana.profiles.p.gaurd; did you mean guard?");
    }

    @Test
    void anyLocalAddressIsWarnedOfAndHasNoGuard() throws Exception {
        var settings = load("ikebana.profiles.p { local = any, selector = gre/1, psk-file = k }", "k");

        assertThat(settings.profiles().getFirst().guard()).isEqualTo(Profile.Guard.OFF);
        assertThat(settings.warnings())
                .containsExactly(
                        file + ": 1: ikebana.profiles.p.local: any traps GRE that this host merely forwards, too,"
                                + " and has no guard: GRE without the key leaves in the clear");
    }

    @Test
    void aGuardThatIsOffIsWarnedOf() throws Exception {
        var settings =
                load("ikebana.profiles.p { local = 192.0.2.1, selector = gre/1, guard = off, psk-file = k }", "k");

        assertThat(settings.warnings())
                .containsExactly(file + ": 1: ikebana.profiles.p.guard: off: GRE without the key leaves in the clear");
    }

    @Test
    void childrenOfTheirOwnNeedReqidsOfTheirOwn() {
        assertThat(problems(
                        profile("a", "selector = [gre/1, gre/2], reqid = 5, child-per-selector = true, remote-id = a")
                                + profile("b", "selector = gre/3, reqid = 6, remote-id = b")))
                .singleElement()
                .asString()
                .endsWith("b.reqid: has the reqid of profile a, 6: give one of them another");
        assertThat(problems(profile("a", "selector = [gre/1, gre/2], reqid = 2147483646, child-per-selector = true")))
                .singleElement()
                .asString()
                .endsWith("a.reqid: is too near to 2147483647 for 2 selectors");
        assertThat(
                        problems(
                                profile(
                                        "a",
                                        "child-per-selector = true, selector = [gre/1, gre/2, gre/3, gre/4, gre/5, gre/6, gre/7, gre/8, gre/9]")))
                .singleElement()
                .asString()
                .endsWith("a.selector: has 9 keys, and with child-per-selector most-children allows 8");
    }

    @Test
    void twoProfilesWithOneReqidAreRefused() {
        assertThat(problems(profile("a", "selector = gre/1, reqid = 5, remote-id = a.example")
                        + profile("b", "selector = gre/2, reqid = 5, remote-id = b.example")))
                .containsExactly(file
                        + ": 7: ikebana.profiles.b.reqid: has the reqid of profile a, 5: give one of them another");
    }

    @Test
    void twoProfilesThatAResponderCannotTellApartAreRefused() {
        assertThat(problems(profile("a", "selector = gre/1, remote-id = [a.other, \"*.example\"]")
                        + profile("b", "selector = gre/2, remote-id = hub.example")))
                .containsExactly(file + ": 7: ikebana.profiles.b.remote-id: a peer that dials us fits profile a too:"
                        + " give them other remote-ids, or other local addresses");
    }

    @Test
    void twoProfilesForTheSamePacketsAreRefused() {
        assertThat(problems(profile("a", "selector = gre/1, remote-id = a.example")
                        + profile("b", "selector = [gre/2, gre/1], remote-id = b.example")))
                .containsExactly(file + ": 7: ikebana.profiles.b.selector: profile a wants the same packets");
    }

    @Test
    void aGuardAndAProfileForAllGreHaveOneSelector_soOneOfThemIsRefused() {
        assertThat(problems(profile("a", "selector = gre, remote-id = a.example")
                        + profile("b", "selector = gre/1, remote-id = b.example")))
                .containsExactly(file + ": 5: ikebana.profiles.b.guard: must be off, because profile a wants all other"
                        + " GRE of these addresses");
    }

    @Test
    void twoProfilesOnOtherAddressesDoNotMeet() throws Exception {
        var settings = load("""
                ikebana.profile-defaults { selector = gre/1, psk-file = k }
                ikebana.profiles { a.local = 192.0.2.1, b.local = 192.0.2.2 }
                """, "k");

        assertThat(settings.profiles()).extracting(Profile::name).containsExactly("a", "b");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ikebana {                              | a brace is not closed
            ikebana.profiles.p.psk = "swordfish    | a quote is not closed
            ikebana.profiles.p.psk = sword{fish    | a brace is not closed
            ikebana.profiles.p.psk = sword$fish    | cannot be understood; text with one of $ " { } [ ] : = , + # ` ^ ? ! @ * & \\ in it needs quotes
            ikebana.profiles.p.psk = "swordfish" {}| two values stand side by side that do not go together
            ikebana.profiles.p.psk = "sword\\qfish"| \\ stands for itself only as \\\\
            ikebana.profiles.p.psk = ${swordfish}  | a ${...} stands for something that is not there; write ${?...} if it may be missing
            """)
    void whatIsNotHoconIsRefusedWithoutShowingWhatItIs(String text, String sentence) {
        assertThat(problems(text)).singleElement().asString().endsWith(sentence);
        assertThat(problems(text).toString()).startsWith("[" + file + ": ").doesNotContain("fish");
    }

    @Test
    void aMissingFileIsSaid() {
        var error =
                catchThrowableOfType(InvalidSettings.class, () -> Settings.load(folder.resolve("nowhere.conf"), ROOT));
        assertThat(error.problems()).containsExactly(folder.resolve("nowhere.conf") + ": there is no such file");
    }

    @Test
    void aPostQuantumKeyHasANameAndAFile_andIsNotAmongWhatIsShown() throws Exception {
        writeKey("k", "swordfish, and again swordfish: thirty-two");
        var settings = load(profile("p", "selector = gre, ppk { id = hub, file = k, required = true }"));
        assertThat(settings.profiles().getFirst().ppk()).contains(new Ppk("hub", true));
        assertThat(settings.ppks()).containsEntry("p", secret("swordfish, and again swordfish: thirty-two"));
        assertThat(settings.toString()).doesNotContain("swordfish");
        assertThat(settings.warnings()).isEmpty();
        assertThat(load(profile("p", "selector = gre")).ppks()).isEmpty();

        writeKey("k", "swordfish");
        assertThat(load(profile("p", "selector = gre, ppk { id = hub, file = k }"))
                        .warnings())
                .singleElement()
                .asString()
                .contains("ppk.file: the key has less than 32 bytes");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            id = hub                           | ppk.id: a key has both an id and a file
            file = k                           | ppk.file: a key has both an id and a file
            required = true                    | ppk.required: there is no key to require: set id and file
            id = "", file = k                  | ppk.id: an id has 1 to 64 bytes, not 0
            id = hub, file = missing           | ppk.file: there is no file FOLDER/missing
            id = hub, file = empty             | ppk.file: the key is empty
            id = hub, file = k, psk = x        | unknown setting ikebana.profiles.p.ppk.psk; known here: file, id, required
            """)
    void aPostQuantumKeyIsRefusedWithASentence(String written, String sentence) throws Exception {
        writeKey("k", "swordfish");
        writeKey("empty", "\n");
        assertThat(problems(profile("p", "selector = gre, ppk { %s }".formatted(written))))
                .singleElement()
                .asString()
                .contains(sentence.replace("FOLDER", folder.toString()))
                .doesNotContain("swordfish");
    }

    @ParameterizedTest
    @CsvSource({"sesame,736573616d65", "0x00fF,00ff", "0sAP8=,00ff", "0,30", "0y,3079"})
    void keysAreTextHexadecimalOrBase64(String written, String hex) throws Exception {
        writeKey("k", written);

        var inline = load(profile("p", "selector = gre").replace("psk = x", "psk = \"" + written + "\""));
        var fromFile = load(profile("p", "selector = gre").replace("psk = x", "psk-file = k"));

        var expected = Secret.owning(HexFormat.of().parseHex(hex));
        assertThat(keysOfP(inline).getFirst().value()).isEqualTo(expected);
        assertThat(keysOfP(fromFile).getFirst().value()).isEqualTo(expected);
    }

    @Test
    void oneLineEndBehindAKeyDoesNotCount() throws Exception {
        writeKey("k", "sesame\r\n");
        var settings = load(profile("p", "selector = gre").replace("psk = x", "psk-file = k"));
        assertThat(keysOfP(settings).getFirst().value()).isEqualTo(secret("sesame"));
    }

    @Test
    void differentPeersHaveDifferentKeys() throws Exception {
        writeKey("k", "sesame");
        var settings = load(profile("p", "selector = gre")
                .replace(
                        "psk = x",
                        "psk = [{ remote = \"*.example\", psk-file = k }, { remote = 192.0.2.0/24, psk = y }]"));

        var keys = keysOfP(settings);
        assertThat(keys).extracting(key -> key.remote().toString()).containsExactly("*.example", "192.0.2.0/24");
        assertThat(keys).extracting(PreSharedKey::value).containsExactly(secret("sesame"), secret("y"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            psk = null                                  |  needs a key: psk-file = FILE, or psk = "..." (or auth = certificate)
            psk = ""                                    | .psk: the key is empty
            psk = []                                    | .psk: must not be an empty list
            psk = { value = swordfish }                 | .psk: must be a text in quotes, or a list
            psk = [swordfish]                           | .psk: a list has blocks: { remote = ..., psk-file = ... }
            psk = [{ psk = swordfish }]                 | .psk: each has a remote, and either psk or psk-file
            psk = [{ remote = "x*", psk = swordfish }]  | .psk: remote: 'x*' is no identity pattern: write *, *.example, *@example, 192.0.2.0/24 or O=Example, CN=*
            psk = [{ remote = x, pks = swordfish }]     |  unknown setting ikebana.profiles.p.psk.pks; did you mean psk?
            psk = 0xswordfish                           | .psk: a key that begins with 0x must be pairs of hexadecimal digits
            psk = 0x123                                 | .psk: a key that begins with 0x must be pairs of hexadecimal digits
            psk = "0s-swordfish"                        | .psk: a key that begins with 0s must be Base64
            psk = swordfish, psk-file = k               | .psk-file: there is psk already: one of them
            psk = null, psk-file = large                | .psk-file: FOLDER/large has more than 4096 bytes
            psk = null, psk-file = empty                | .psk-file: the key is empty
            psk = null, psk-file = missing              | .psk-file: there is no file FOLDER/missing
            """)
    void aKeyIsRefusedWithoutShowingIt(String key, String sentence) throws Exception {
        writeKey("k", "swordfish");
        writeKey("large", "swordfish".repeat(1000));
        writeKey("empty", "\n");

        var problems = problems(profile("p", "selector = gre").replace("psk = x", key));

        assertThat(problems).singleElement().asString().endsWith(sentence.replace("FOLDER", folder.toString()));
        assertThat(problems.toString()).doesNotContain("swordfish");
    }

    @Test
    void aKeyThatOthersMayReadIsWarnedOf() throws Exception {
        Files.writeString(folder.resolve("k"), "sesame");
        Files.setPosixFilePermissions(folder.resolve("k"), PosixFilePermissions.fromString("rw-r-----"));
        var settings = load(profile("p", "selector = gre").replace("psk = x", "psk-file = k"));
        assertThat(settings.warnings())
                .containsExactly(file + ": 2: ikebana.profiles.p.psk-file: others than its owner may read "
                        + folder.resolve("k") + ": chmod 0600");

        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        Files.writeString(file, profile("p", "selector = gre"));
        assertThat(Settings.load(file, ROOT).warnings())
                .containsExactly(file + ": 2: ikebana.profiles.p.psk: others than its owner may read " + file
                        + ", which holds a key: chmod 0600, or use psk-file");
    }

    @Test
    void nothingThatPrintsSettingsPrintsAKey() throws Exception {
        assertThat(load(profile("p", "selector = gre").replace("psk = x", "psk = swordfish"))
                        .toString())
                .doesNotContain("swordfish");
    }

    @Test
    void filesGoWhereTheUserHasRoom() throws Exception {
        Files.writeString(file, "");

        var session = Settings.load(file, new Surroundings(1000, Optional.of(Path.of("/run/user/1000"))));
        assertThat(session.runDirectory()).isEqualTo(Path.of("/run/user/1000/ikebana"));
        assertThat(session.stateDirectory()).isEqualTo(Path.of("/run/user/1000/ikebana/state"));

        var bare = Settings.load(file, new Surroundings(1000, Optional.empty()));
        assertThat(bare.runDirectory()).isEqualTo(Path.of("/tmp/ikebana-1000"));

        var root = Settings.load(file, ROOT);
        assertThat(root.stateDirectory()).isEqualTo(Path.of("/var/lib/ikebana"));
    }

    @Test
    void relativePathsStartWhereTheFileIs() throws Exception {
        var settings = load("ikebana { run-dir = run, state-dir = /var/tmp/x }");
        assertThat(settings.runDirectory()).isEqualTo(folder.resolve("run"));
        assertThat(settings.control().socket()).isEqualTo(folder.resolve("run/control.sock"));
        assertThat(settings.stateDirectory()).isEqualTo(Path.of("/var/tmp/x"));
    }

    @Test
    void aSocketPathThatTheKernelHasNoRoomForIsRefused() {
        var path = "/" + "x".repeat(103);
        assertThat(problems("ikebana.control.socket = " + path))
                .containsExactly(
                        file + ": 1: ikebana.control: socket must have at most 103 bytes, and " + path + " has 104");
    }

    @Test
    void aHookIsAProgramAndItsArguments() throws Exception {
        var settings = load("ikebana.hooks { up = [/bin/sh, -c, true], gone = /bin/sh }");
        assertThat(settings.hooks().up()).containsExactly("/bin/sh", "-c", "true");
        assertThat(settings.hooks().gone()).containsExactly("/bin/sh");
    }

    // ---- certificates, whose files src/test/resources/keys has

    @Test
    void aCertificateNeedsItsKeyAndAuthorities_andSaysWhoWeAre() throws Exception {
        copyKeys("ec-certificate.pem", "ec.pem");
        var settings = load(certified("""
                certificate { file = ec-certificate.pem, private-key = ec.pem, trust-anchors = [ec-certificate.pem] }
                """));

        var profile = settings.profiles().getFirst();
        assertThat(profile.localIdentity().orElseThrow()).hasToString("C=CH, O=Example, CN=ec");
        assertThat(profile.usesCertificates()).isTrue();
        assertThat(profile.authorities().orElseThrow())
                .singleElement()
                .satisfies(authority -> assertThat(authority.length()).isEqualTo(20));
        var with = Objects.requireNonNull(settings.certificates().get("p"));
        assertThat(with.trust().revocation()).isEqualTo(Trust.Revocation.SOFT);
        assertThat(with.trust().longestChain()).isEqualTo(6);
        assertThat(with.choice()).isEqualTo(Signatures.Choice.DEFAULT);
        assertThat(settings.preSharedKeys()).doesNotContainKey("p");
        assertThat(settings.warnings()).isEmpty();
    }

    @Test
    void anIdentityIsSpeltAsTheCertificateSpellsIt() throws Exception {
        copyKeys("ec-certificate.pem", "ec.pem");
        var settings = load(certified("""
                certificate { file = ec-certificate.pem, private-key = ec.pem, trust-anchors = ec-certificate.pem }
                id = "c=ch, o=EXAMPLE, cn=ec"
                """));
        assertThat(settings.profiles().getFirst().localIdentity().orElseThrow()).hasToString("C=CH, O=Example, CN=ec");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            file = ec-certificate.pem, private-key = ec.pem  | trust-anchors: say which authorities the peers' certificates come from
            private-key = ec.pem, trust-anchors = ec-certificate.pem | file: say where our certificate is
            file = nowhere, trust-anchors = ec-certificate.pem | file: there is no file FOLDER/nowhere
            file = ec-certificate.pem, trust-anchors = ec-certificate.pem | file: has no private key
            file = ec-certificate.pem, private-key = rsa.pem, trust-anchors = ec-certificate.pem | private-key: has no certificate that belongs to the private key
            file = ec-certificate.pem, private-key = ec-encrypted.pem, trust-anchors = ec-certificate.pem | private-key: is encrypted: passphrase-file has to say with what
            file = ec-certificate.pem, private-key = ec.pem, trust-anchors = ec.pem | trust-anchors: FOLDER/ec.pem has no certificate
            file = ec-certificate.pem, private-key = ec.pem, trust-anchors = ec-certificate.pem, crl = ec.pem | crl: FOLDER/ec.pem has no certificate revocation list
            file = ec-certificate.pem, private-key = ec.pem, trust-anchors = ec-certificate.pem, revocation = often | revocation: must be soft or hard, not 'often'
            file = ec-certificate.pem, private-key = ec.pem, trust-anchors = ec-certificate.pem, ocsp = yes | ocsp: must be off or soft or hard, not 'yes'
            file = ec-certificate.pem, private-key = ec.pem, trust-anchors = ec-certificate.pem, ocsp-url = ca.example | ocsp-url: 'ca.example' is no address of HTTP, such as http://ca.example/list.crl (not https: the answer is signed)
            file = ec-certificate.pem, private-key = ec.pem, trust-anchors = ec-certificate.pem, crl-urls = ["https://ca.example/"] | crl-urls: 'https://ca.example/' is no address of HTTP, such as http://ca.example/list.crl (not https: the answer is signed)
            """)
    void certificatesAreRefusedWithASentence(String block, String sentence) throws Exception {
        copyKeys("ec-certificate.pem", "ec.pem", "rsa.pem", "ec-encrypted.pem");
        assertThat(problems(certified("certificate { " + block + " }")))
                .singleElement()
                .asString()
                .endsWith(": ikebana.profiles.p.certificate." + sentence.replace("FOLDER", folder.toString()));
    }

    @Test
    void othersAreAskedAboutCertificatesOnlyOnDemand() throws Exception {
        copyKeys("ec-certificate.pem", "ec.pem");
        var files = "file = ec-certificate.pem, private-key = ec.pem, trust-anchors = ec-certificate.pem";
        assertThat(inquiries("certificate { %s }".formatted(files))).isEqualTo(Trust.Inquiries.NONE);
        assertThat(inquiries("""
                        certificate {
                          %s
                          crl-http = soft, crl-urls = "http://ca.example/list.crl"
                          ocsp = hard, ocsp-url = "http://ca.example:8080"
                        }
                        """.formatted(files)))
                .isEqualTo(new Trust.Inquiries(
                        Trust.Demand.SOFT,
                        List.of(URI.create("http://ca.example/list.crl")),
                        Trust.Demand.HARD,
                        Optional.of(URI.create("http://ca.example:8080"))));
    }

    private Trust.Inquiries inquiries(String block) throws Exception {
        return Objects.requireNonNull(load(certified(block)).certificates().get("p"))
                .trust()
                .inquiries();
    }

    @Test
    void anIdentityThatIsNotInOurCertificateIsRefused() throws Exception {
        copyKeys("ec-certificate.pem", "ec.pem");
        assertThat(problems(certified("""
                        certificate { file = ec-certificate.pem, private-key = ec.pem, trust-anchors = ec-certificate.pem }
                        id = hub.example
                        """)))
                .singleElement()
                .asString()
                .endsWith("ikebana.profiles.p.id: hub.example is not in our certificate, which is for C=CH, O=Example,"
                        + " CN=ec");
    }

    @Test
    void aPrivateKeyThatOthersMayReadIsAWarning() throws Exception {
        copyKeys("ec-certificate.pem", "ec.pem");
        Files.setPosixFilePermissions(folder.resolve("ec.pem"), PosixFilePermissions.fromString("rw-r-----"));
        assertThat(load(certified("""
                        certificate { file = ec-certificate.pem, private-key = ec.pem, trust-anchors = ec-certificate.pem }
                        """)).warnings())
                .singleElement()
                .asString()
                .endsWith("private-key: others than its owner may read %s/ec.pem: chmod 0600".formatted(folder));
    }

    // ---- raw public keys

    @Test
    void aRawKeyNeedsNoCertificate() throws Exception {
        copyKeys("ec.pem", "ec-public.pem", "ed25519-public.pem");
        var settings = load(rawKeys("""
                private-key = ec.pem
                peers = [{ id = spoke.example, file = ec-public.pem }, { id = 192.0.2.9, file = ed25519-public.pem }]
                """));
        var profile = settings.profiles().getFirst();
        assertThat(profile.signs()).isTrue();
        assertThat(profile.usesRawKeys()).isTrue();
        assertThat(profile.usesCertificates()).isFalse();
        var with = Objects.requireNonNull(settings.publicKeys().get("p"));
        assertThat(with.peers())
                .extracting(peer -> peer.identity().toString())
                .containsExactly("spoke.example", "192.0.2.9");
        assertThat(settings.keyFiles()).hasSize(3);
        assertThat(settings.warnings()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            peers = [{ id = a, file = ec-public.pem }]       | private-key: say where our private key is
            private-key = ec.pem                             | peers: say whose keys are which: [{ id = spoke7.example, file = spoke7.pub }]
            private-key = ec.pem, peers = ec-public.pem      | peers: must be a list of blocks: [{ id = spoke7.example, file = spoke7.pub }]
            private-key = ec.pem, peers = []                 | peers: must be a list of blocks: [{ id = spoke7.example, file = spoke7.pub }]
            private-key = ec.pem, peers = [ec-public.pem]    | peers: a list has blocks: { id = ..., file = ... }
            private-key = ec.pem, peers = [{ id = a }]       | peers: each has an id and a file
            private-key = ec.pem, peers = [{ id = a, file = nowhere }] | peers: there is no file FOLDER/nowhere
            private-key = ec.pem, peers = [{ id = a, file = ec.pem }]  | peers: FOLDER/ec.pem has no public key
            private-key = ec-public.pem, peers = [{ id = a, file = ec-public.pem }] | private-key: FOLDER/ec-public.pem has no private key
            """)
    void rawKeysAreRefusedWithASentence(String block, String sentence) throws Exception {
        copyKeys("ec.pem", "ec-public.pem");
        assertThat(problems(rawKeys(block)))
                .singleElement()
                .asString()
                .endsWith(": ikebana.profiles.p.public-key." + sentence.replace("FOLDER", folder.toString()));
    }

    private static String rawKeys(String block) {
        return """
                ikebana.profiles.p {
                  local = 192.0.2.1, selector = gre, auth = public-key
                  public-key {
                    %s
                  }
                }
                """.formatted(block);
    }

    private static String certified(String more) {
        return """
                ikebana.profiles.p {
                  local = 192.0.2.1, selector = gre, auth = certificate
                  %s
                }
                """.formatted(more);
    }

    private void copyKeys(String... names) throws IOException {
        for (var name : names) {
            writeKey(name, Files.readString(Path.of("src/test/resources/keys", name)));
        }
    }

    /// The text of a profile of five lines; the settings of `more` begin on the third.
    private static String profile(String name, String more) {
        return """
                ikebana.profiles.%s {
                  local = 192.0.2.1, psk = x
                  %s
                }
                """.formatted(name, more);
    }

    private Settings load(String text) throws IOException, InvalidSettings {
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        return Settings.load(file, ROOT);
    }

    private Settings load(String text, String keyFile) throws IOException, InvalidSettings {
        writeKey(keyFile, "sesame");
        return load(text);
    }

    private List<String> problems(String text) {
        return catchThrowableOfType(InvalidSettings.class, () -> load(text)).problems();
    }

    private void writeKey(String name, String content) throws IOException {
        Files.writeString(folder.resolve(name), content);
        Files.setPosixFilePermissions(folder.resolve(name), PosixFilePermissions.fromString("rw-------"));
    }

    private static List<PreSharedKey> keysOfP(Settings settings) {
        return Objects.requireNonNull(settings.preSharedKeys().get("p"));
    }

    private static Secret secret(String text) {
        return Secret.owning(text.getBytes(StandardCharsets.UTF_8));
    }
}
