package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.auth.Verdict;
import ikebana.crypto.SeededEntropy;
import ikebana.wire.Authentication;
import ikebana.wire.Bytes;
import ikebana.wire.ExchangeType;
import ikebana.wire.Notify;
import ikebana.wire.NotifyType;
import ikebana.wire.Payload;
import ikebana.wire.Unknown;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Whoever has not proven itself is nobody: a message of IKE_AUTH without AUTH, or with the success of
/// another method in its place, establishes nothing at either end (CVE-2021-45079), and neither does a
/// keeper of the keys who has none any more (CVE-2024-2357).
class NoProofTest {
    /// EAP (RFC 7296 3.16), code 3: success.
    private static final Unknown EAP_SUCCESS = new Unknown(48, false, Bytes.ofHex("03010004"));

    private final Couple couple = new Couple(new SeededEntropy(1), new SeededEntropy(2));

    private static List<Payload> without(List<Payload> payloads, Payload... instead) {
        return Stream.concat(payloads.stream().filter(it -> !(it instanceof Authentication)), Stream.of(instead))
                .toList();
    }

    private void changes(boolean response, Payload... instead) {
        couple.detour = letter -> letter.is(!response, response, ExchangeType.Known.IKE_AUTH)
                ? without(letter.payloads(), instead)
                : letter.payloads();
    }

    private void nothingStands() {
        assertThat(couple.kernel(couple.a)).isEmpty();
        couple.passes(Duration.ofMinutes(3));
        for (var end : List.of(couple.a, couple.b)) {
            assertThat(couple.kernel(end)).isEmpty();
            assertThat(end.said).isNotEmpty();
            assertThat(end.is().phase()).isInstanceOf(Phase.Closed.class);
            assertThat(end.effects).anyMatch(Effect.Retired.class::isInstance);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aResponderThatDoesNotProveItselfIsLeft(boolean eap) {
        changes(true, eap ? new Payload[] {EAP_SUCCESS} : new Payload[0]);
        couple.dials();
        assertThat(couple.a.effects).noneMatch(Effect.Established.class::isInstance);
        nothingStands();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anInitiatorThatDoesNotProveItselfIsRefused(boolean eap) {
        changes(false, eap ? new Payload[] {EAP_SUCCESS} : new Payload[0]);
        couple.dials();
        var answer = couple.said.stream()
                .filter(letter -> letter.is(false, true, ExchangeType.Known.IKE_AUTH))
                .findFirst()
                .orElseThrow();
        assertThat(answer.payloads()).containsExactly(Notify.of(NotifyType.AUTHENTICATION_FAILED));
        assertThat(couple.b.effects).noneMatch(Effect.Established.class::isInstance);
        nothingStands();
    }

    /// Each question that the keeper is asked, as if its file had gone a moment before.
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void aSecretThatIsTakenAwayMidwayLeavesNothingBehind(int question) {
        var asked = new int[] {0};
        for (var end : List.of(couple.a, couple.b)) {
            end.verdicts = verdict ->
                    asked[0]++ == question ? new Verdict.Refused("there is no pre-shared key for it") : verdict;
        }
        couple.dials();
        assertThat(asked[0]).isGreaterThan(question);
        nothingStands();
    }

    @Test
    void whoeverProvesItselfStands() {
        couple.dials();
        assertThat(couple.kernel(couple.a)).hasSize(2);
        assertThat(couple.kernel(couple.b)).hasSize(2);
    }
}
