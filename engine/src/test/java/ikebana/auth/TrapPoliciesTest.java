package ikebana.auth;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.Examples;
import ikebana.kernel.GreKey;
import ikebana.kernel.Lifetime;
import ikebana.kernel.Policy;
import ikebana.wire.IpAddress;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class TrapPoliciesTest {

    @Test
    void aKeyHasOneTrapForEachDirectionPinnedToOurSide_andAGuardBehindIt() {
        assertThat(shown(local("192.0.2.1"), Profile.Guard.BLOCK, 1234))
                .containsExactly(
                        "OUT 192.0.2.1/32 -> 0.0.0.0/0 proto 47 key 1234 priority 1000 RequireEsp[reqid=7]",
                        "IN 0.0.0.0/0 -> 192.0.2.1/32 proto 47 key 1234 priority 1000 RequireEsp[reqid=7]",
                        "OUT 192.0.2.1/32 -> 0.0.0.0/0 proto 47 priority 2000 Block[]",
                        "IN 0.0.0.0/0 -> 192.0.2.1/32 proto 47 priority 2000 Block[]");
    }

    @Test
    void withTheGuardOffThereIsJustTheTrap() {
        assertThat(shown(local("2001:db8::1"), Profile.Guard.OFF, 1))
                .containsExactly(
                        "OUT 2001:db8::1/128 -> ::/0 proto 47 key 1 priority 1000 RequireEsp[reqid=7]",
                        "IN ::/0 -> 2001:db8::1/128 proto 47 key 1 priority 1000 RequireEsp[reqid=7]");
    }

    @Test
    void aProfileWithoutAKeyTrapsAllThatAGuardWouldBlock() {
        assertThat(shown(local("192.0.2.1"), Profile.Guard.BLOCK))
                .containsExactly(
                        "OUT 192.0.2.1/32 -> 0.0.0.0/0 proto 47 priority 1200 RequireEsp[reqid=7]",
                        "IN 0.0.0.0/0 -> 192.0.2.1/32 proto 47 priority 1200 RequireEsp[reqid=7]");
    }

    @Test
    void anyAddressIsEveryAddressOfBothFamilies_withoutAGuard() {
        assertThat(shown(new Profile.Any(), Profile.Guard.BLOCK, 5))
                .containsExactly(
                        "OUT 0.0.0.0/0 -> 0.0.0.0/0 proto 47 key 5 priority 1100 RequireEsp[reqid=7]",
                        "IN 0.0.0.0/0 -> 0.0.0.0/0 proto 47 key 5 priority 1100 RequireEsp[reqid=7]",
                        "OUT ::/0 -> ::/0 proto 47 key 5 priority 1100 RequireEsp[reqid=7]",
                        "IN ::/0 -> ::/0 proto 47 key 5 priority 1100 RequireEsp[reqid=7]");
        assertThat(shown(new Profile.Any(), Profile.Guard.OFF)).hasSize(4).allMatch(line -> line.contains(" 1300 "));
    }

    @Test
    void thereAreAsManyAsAddressesAndKeys() {
        assertThat(shown(local("192.0.2.1", "192.0.2.2"), Profile.Guard.BLOCK, 1, 2, 3))
                .hasSize(2 * (2 * 3 + 2))
                .doesNotHaveDuplicates();
    }

    @Test
    void keysThatHaveChildrenOfTheirOwnHaveReqidsOfTheirOwn() {
        var profile =
                Examples.withChildrenFor(Examples.profile(IpAddress.of("192.0.2.1")), new GreKey(5), new GreKey(6));
        assertThat(TrapPolicies.of(profile).stream().map(TrapPoliciesTest::shown))
                .containsExactly(
                        "OUT 192.0.2.1/32 -> 0.0.0.0/0 proto 47 key 5 priority 1000 RequireEsp[reqid=7]",
                        "IN 0.0.0.0/0 -> 192.0.2.1/32 proto 47 key 5 priority 1000 RequireEsp[reqid=7]",
                        "OUT 192.0.2.1/32 -> 0.0.0.0/0 proto 47 key 6 priority 1000 RequireEsp[reqid=8]",
                        "IN 0.0.0.0/0 -> 192.0.2.1/32 proto 47 key 6 priority 1000 RequireEsp[reqid=8]");
    }

    private static Profile.LocalAddresses local(String... addresses) {
        return new Profile.Listed(Stream.of(addresses).map(IpAddress::of).toList());
    }

    private static List<String> shown(Profile.LocalAddresses local, Profile.Guard guard, int... keys) {
        var greKeys = java.util.Arrays.stream(keys).mapToObj(GreKey::new).toList();
        var profile = new Profile(
                "p",
                local,
                greKeys,
                7,
                guard,
                Optional.empty(),
                List.of(),
                false,
                List.of(),
                List.of(),
                Lifetime.UNLIMITED,
                32);
        return TrapPolicies.of(profile).stream().map(TrapPoliciesTest::shown).toList();
    }

    private static String shown(Policy policy) {
        return "%s %s priority %d %s"
                .formatted(policy.direction(), policy.selector(), policy.priority(), policy.verdict());
    }
}
