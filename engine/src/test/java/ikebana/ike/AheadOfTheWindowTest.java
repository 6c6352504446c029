package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.crypto.SeededEntropy;
import ikebana.wire.Bytes;
import ikebana.wire.Delete;
import ikebana.wire.ExchangeType;
import ikebana.wire.Message;
import ikebana.wire.Notify;
import ikebana.wire.NotifyType;
import ikebana.wire.Payload;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The window has room for one request (RFC 7296 2.3): whatever has another ID than the next is dropped,
/// although it is authentic, and neither answered nor remembered.
class AheadOfTheWindowTest {
    private static final List<Payload> GOODBYE = List.of(Delete.ikeSa());

    private final Couple couple = new Couple(new SeededEntropy(1), new SeededEntropy(2));

    @BeforeEach
    void stands() {
        couple.dials();
        couple.happens(couple.b, new Input.Probe());
        couple.carryAll();
        couple.happens(couple.b, new Input.Probe());
        couple.carryAll(); // the next request of B's has the ID 2
        couple.forget();
    }

    private void says(boolean response, int id, List<Payload> payloads) {
        var insider = Insider.of(couple.b.is(), new SeededEntropy(9)).orElseThrow();
        var said = insider.says(
                ExchangeType.Known.INFORMATIONAL,
                response,
                id,
                Message.firstType(payloads),
                Message.encodeChain(payloads),
                id);
        couple.hears(couple.a, new Datagram(couple.b.is().path(), said));
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 4, 1000, Integer.MAX_VALUE, -1})
    void aRequestAheadOfTheWindowChangesNothing(int id) {
        nothingComesOf(false, id);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void anIdThatWasAnsweredIsNotAnsweredAnewIfWhatIsSaidIsAnother(int id) {
        nothingComesOf(false, id);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, -1})
    void anAnswerThatNobodyAwaitsChangesNothing(int id) {
        nothingComesOf(true, id);
    }

    private void nothingComesOf(boolean response, int id) {
        var before = couple.a.is();
        int effects = couple.a.effects.size();
        says(response, id, GOODBYE);
        assertThat(couple.a.is()).isEqualTo(before);
        assertThat(couple.a.effects.subList(effects, couple.a.effects.size()))
                .singleElement()
                .isInstanceOf(Effect.Ignored.class);
        assertThat(couple.said).isEmpty();
    }

    @Test
    void theNextOneIsAnswered() {
        says(false, 2, List.of(new Notify(0, Bytes.EMPTY, NotifyType.COOKIE2.code(), Bytes.EMPTY)));
        assertThat(couple.said).hasSize(1);
        says(false, 3, GOODBYE);
        assertThat(couple.a.said).containsExactly("the peer deleted the IKE SA");
    }
}
