package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.Examples;
import ikebana.auth.Profile;
import ikebana.crypto.SeededEntropy;
import ikebana.wire.Bytes;
import ikebana.wire.ExchangeType;
import ikebana.wire.IpAddress;
import ikebana.wire.KeyExchange;
import ikebana.wire.Message;
import ikebana.wire.Nonce;
import ikebana.wire.Notify;
import ikebana.wire.NotifyType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// No private value serves twice, nor a nonce (RFC 7296 1.3, 2.10, 2.12): a key that is found is good for
/// one exchange.
class FreshKeysTest {
    private final List<Bytes> publicValues = new ArrayList<>();
    private final List<Bytes> nonces = new ArrayList<>();

    private static Profile profile(IpAddress own, String ike) {
        return Examples.withEsp(Examples.profile(own, ike), "aes256gcm16-x25519-ecp256");
    }

    private static Couple couple(String ofA, String ofB) {
        return new Couple(
                profile(Couple.HERE, ofA), profile(Couple.THERE, ofB), new SeededEntropy(1), new SeededEntropy(2));
    }

    private void collects(Couple couple) {
        for (var letter : couple.said) {
            Message.all(letter.payloads(), KeyExchange.class)
                    .map(KeyExchange::data)
                    .forEach(publicValues::add);
            Message.all(letter.payloads(), Nonce.class).map(Nonce::data).forEach(nonces::add);
        }
        couple.forget();
    }

    private void areAllDifferent(int exchanges) {
        assertThat(publicValues).hasSize(2 * exchanges);
        assertThat(new HashSet<>(publicValues)).hasSameSizeAs(publicValues);
        assertThat(nonces).hasSize(2 * exchanges);
        assertThat(new HashSet<>(nonces)).hasSameSizeAs(nonces);
    }

    @Test
    void eachDialAndEachRenewalHasKeysOfItsOwn() {
        var couple = couple(Examples.IKE, Examples.IKE);
        for (int dial = 0; dial < 2; dial++) {
            couple.a.state = Optional.empty();
            couple.b.state = Optional.empty();
            couple.dials();
            collects(couple);
        }
        for (var end : List.of(couple.a, couple.b, couple.a)) {
            couple.renewsChild(end);
            couple.passes(Duration.ofSeconds(10));
            couple.renewsIkeSa(end);
            couple.passes(Duration.ofSeconds(10));
            collects(couple);
        }
        areAllDifferent(2 + 6);
    }

    @Test
    void whoeverIsToldToTakeAnotherGroupMakesAnotherValue() {
        var couple = couple("aes256gcm16-prfsha256-x25519-ecp256", "aes256gcm16-prfsha256-ecp256");
        couple.dials();
        assertThat(couple.said.stream()
                        .flatMap(letter -> Message.all(letter.payloads(), KeyExchange.class))
                        .map(KeyExchange::group))
                .containsExactly(31, 19, 19);
        couple.forget();
    }

    @Test
    void theSameGroupDemandedAgainGetsAnotherValueToo() {
        var couple = couple(Examples.IKE, Examples.IKE);
        couple.dials();
        collects(couple);
        int[] demands = {0};
        couple.detour = letter -> letter.makes() && demands[0]++ < 2
                ? List.of(Notify.of(NotifyType.INVALID_KE_PAYLOAD, Bytes.of((byte) 0, (byte) 31)))
                : letter.payloads();
        couple.renewsIkeSa(couple.a);
        couple.carryAll();
        var asked = couple.said.stream()
                .filter(letter -> letter.is(true, false, ExchangeType.Known.CREATE_CHILD_SA))
                .flatMap(letter -> Message.all(letter.payloads(), KeyExchange.class))
                .map(KeyExchange::data)
                .toList();
        assertThat(asked).hasSizeGreaterThan(1).doesNotHaveDuplicates().doesNotContainAnyElementsOf(publicValues);
    }
}
