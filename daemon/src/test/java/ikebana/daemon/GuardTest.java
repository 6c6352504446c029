package ikebana.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.auth.TrapPolicies;
import ikebana.kernel.Direction;
import ikebana.kernel.GreKey;
import ikebana.kernel.Policy;
import ikebana.kernel.Prefix;
import ikebana.settings.InvalidSettings;
import ikebana.settings.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// `ikebanactl guard` installs what the daemon installs. The kernel here is a script in place of iproute2; that the
/// daemon takes over what the real one installs is the lab's to show.
class GuardTest {
    private static final String BEFORE = """
            ikebana {
              # a comment
              run-dir = /somewhere   // and another
              profile-defaults { guard = block }
            }
            ikebana.profiles {
            """;

    @TempDir
    private Path folder;

    @BeforeEach
    void kernel() throws IOException {
        var kernel = folder.resolve("ip");
        // $1 to $3 are: xfrm policy get|add; what is in the file `there` is what it has
        Files.writeString(kernel, """
                #!/bin/sh
                verb=$3
                shift 3
                case $verb in
                    add) echo "$*" >> "${0%/*}/added" ;;
                    get) grep -F -- "$*" "${0%/*}/there" || { echo "RTNETLINK answers: No such file or directory" >&2; exit 2; } ;;
                esac
                """);
        Files.setPosixFilePermissions(kernel, PosixFilePermissions.fromString("rwx------"));
        Files.createFile(folder.resolve("there"));
        Files.createFile(folder.resolve("added"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "local = 192.0.2.1, selector = \"gre/1234\"",
                "local = [192.0.2.1, \"192.0.2.9\"], selector = [gre/1, gre/4294967295]",
                "local : [ \"2001:db8::1\"\n 192.0.2.1 ], \"selector\" : gre/0.0.4.210 # here too",
                "local = any, selector = gre/1",
                "local = [192.0.2.1, 192.0.2.9], selector = [gre/1, gre/7, gre/3], child-per-selector = true",
                "local = any, selector = [gre/1, gre/7], child-per-selector = true, reqid = 5",
                "local = 192.0.2.1, selector = [gre/1, gre/7], child-per-selector = false",
                "local = any, selector = gre",
                "local = 192.0.2.1, selector = gre, guard = off",
                "local = 192.0.2.1, selector = gre/010, guard = off, reqid = 77",
                "local = 192.0.2.1, selector = gre/5, reqid = null, psk = null",
                "local = 192.0.2.1, selector = gre/5, id = ${?NO_SUCH}\"x}y\", remote-id = \"\"\"*\"\"\"",
                "local = 192.0.2.1, selector = gre/5, lifetime { soft-time = 1 h, hard-time = 66 m }",
                "local = 192.0.2.1, local = 192.0.2.2, selector = gre/5",
            })
    void thePoliciesAreThoseOfTheDaemon(String profile) throws Exception {
        var file = written(profile);
        assertThat(guard("dmvpn", "--config", file.toString()).err()).isEmpty();
        assertThat(added()).containsExactlyElementsOf(daemons(file));
    }

    @Test
    void theCommandLineSaysAllWhereThereIsNoFile() throws Exception {
        var file = written("local = 192.0.2.1, selector = [gre/1, gre/2], reqid = 9, guard = off");
        var ended =
                guard("dmvpn", "--local", "192.0.2.1", "--selector", "gre/1,gre/2", "--reqid", "9", "--guard", "off");
        assertThat(ended).isEqualTo(new Program.Ended(0, "dmvpn is guarded: 4 policies, reqid 9\n", ""));
        assertThat(added()).containsExactlyElementsOf(daemons(file));
    }

    @ParameterizedTest
    @ValueSource(strings = {"dmvpn", "a", "hub-2_x", "ABCDEFGHIJKLMNOPQRSTUVWXYZ-abcdefghijklmnopqrstuvwxyz_012345678"})
    void theNumberThatFollowsFromTheNameIsTheDaemonsToo(String name) throws Exception {
        var file = folder.resolve("ikebana.conf");
        Files.writeString(file, "ikebana.profiles.%s { local = 192.0.2.1, selector = gre/1, psk = x }".formatted(name));
        assertThat(guard(name, "--config", file.toString()).status()).isZero();
        assertThat(added()).containsExactlyElementsOf(daemons(file));
    }

    @Test
    void whatIsThereAlreadyIsLeft() throws Exception {
        var file = written("local = 192.0.2.1, selector = gre/1234");
        Files.writeString(folder.resolve("there"), String.join("\n", daemons(file)) + "\n");
        assertThat(guard("dmvpn", "--config", file.toString()).status()).isZero();
        assertThat(added()).isEmpty();
    }

    @Test
    void whatIsSomebodyElsesIsLeftAndSaid() throws Exception {
        var file = written("local = 192.0.2.1, selector = gre/1234, reqid = 7");
        var theirs = daemons(file).get(1).replace("reqid 7 ", "reqid 8 ");
        Files.writeString(folder.resolve("there"), theirs + "\n");
        var ended = guard("dmvpn", "--config", file.toString());
        assertThat(ended.status()).isEqualTo(1);
        assertThat(ended.err())
                .startsWith("ikebanactl: the kernel has another policy for these packets: ")
                .contains("reqid 8", "reqid 7");
        assertThat(added()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            selector = gre/1                                        | profile dmvpn has no local
            local = 192.0.2.1                                       | profile dmvpn has no selector
            local = null, selector = gre/1                          | profile dmvpn has no local
            local = ${X}, selector = gre/1                          | line 7: the value of local is beyond a shell script: give --local
            local = [], selector = gre/1                            | line 7: the value of local is beyond a shell script
            local = [192.0.2.1] ${X}, selector = gre/1              | line 7: this is beyond a shell script
            local = "192.0.2.1" "x", selector = gre/1               | line 7: the value of local is beyond a shell script
            include "other.conf"                                    | line 7: this is beyond a shell script
            local += 192.0.2.1                                      | line 7: this is beyond a shell script
            local = 192.0.2, selector = gre/1                       | '192.0.2' is no IP address of a host
            local = 192.0.2.01, selector = gre/1                    | '192.0.2.01' is no IP address of a host
            local = 192.0.2.256, selector = gre/1                   | '192.0.2.256' is no IP address of a host
            local = [any, 192.0.2.1], selector = gre/1              | 'any' is no IP address of a host
            local = 0.0.0.0, selector = gre/1                       | '0.0.0.0' is no IP address of a host
            local = 192.0.2.1, selector = gre/4294967296            | 'gre/4294967296' is no selector
            local = 192.0.2.1, selector = gre/0.0.256.1             | 'gre/0.0.256.1' is no selector
            local = 192.0.2.1, selector = [gre, gre/1]              | 'gre' is no selector
            local = 192.0.2.1, selector = esp                       | 'esp' is no selector
            local = 192.0.2.1, selector = gre/1, guard = maybe      | guard is block or off, not 'maybe'
            local = 192.0.2.1, selector = gre/1, reqid = 0          | reqid is a number from 1 to 2147483647
            local = 192.0.2.1, selector = gre/1, reqid = 2147483648 | reqid is a number from 1 to 2147483647
            """)
    void whatItDoesNotUnderstandItRefusesToGuess(String profile, String sentence) throws Exception {
        var ended = guard("dmvpn", "--config", written(profile).toString());
        assertThat(ended.status()).isEqualTo(1);
        assertThat(ended.err()).startsWith("ikebanactl: ").contains(sentence).hasLineCount(1);
        assertThat(added()).isEmpty();
    }

    @Test
    void aProfileThatIsNotThereHasAStatusOfItsOwn() throws Exception {
        var ended = guard(
                "other", "--config", written("local = any, selector = gre").toString());
        assertThat(ended.status()).isEqualTo(4);
        assertThat(ended.err()).contains("there is no profile other");
    }

    private Path written(String profile) throws IOException {
        var file = folder.resolve("ikebana.conf");
        Files.writeString(file, BEFORE + "  dmvpn { " + profile + "\n    psk-file = \"key\" }\n}\n");
        Files.writeString(folder.resolve("key"), "a key");
        return file;
    }

    private static List<String> daemons(Path file) throws InvalidSettings {
        return Settings.load(file).profiles().stream()
                .flatMap(profile -> TrapPolicies.of(profile).stream())
                .map(GuardTest::asIproute2)
                .toList();
    }

    private static String asIproute2(Policy policy) {
        var zero = policy.selector().source().base().isV4() ? "0.0.0.0" : "::";
        return "src %s dst %s proto gre%s dir %s %s"
                .formatted(
                        prefix(policy.selector().source()),
                        prefix(policy.selector().destination()),
                        policy.selector()
                                .greKey()
                                .map(GreKey::toString)
                                .map(key -> " key " + key)
                                .orElse(""),
                        policy.direction() == Direction.OUT ? "out" : "in",
                        switch (policy.verdict()) {
                            case Policy.Block() -> "action block priority " + policy.priority();
                            case Policy.RequireEsp(int reqid) ->
                                "priority %d tmpl src %s dst %s proto esp reqid %d mode transport"
                                        .formatted(policy.priority(), zero, zero, reqid);
                        });
    }

    private static String prefix(Prefix prefix) {
        return prefix.base() + "/" + prefix.length();
    }

    private Program.Ended guard(String... arguments) throws IOException, InterruptedException {
        var words = new java.util.ArrayList<>(List.of("guard"));
        words.addAll(List.of(arguments));
        return Program.ikebanactl(Map.of("PATH", folder + ":" + System.getenv("PATH")), words.toArray(String[]::new));
    }

    private List<String> added() throws IOException {
        return Files.readAllLines(folder.resolve("added"));
    }
}
