package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.crypto.SeededEntropy;
import ikebana.wire.Bytes;
import ikebana.wire.ExchangeType;
import ikebana.wire.Message;
import ikebana.wire.Nonce;
import ikebana.wire.Notify;
import ikebana.wire.NotifyType;
import ikebana.wire.Payload;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/// A peer asks for two successors of one child, one after the other, and deletes nothing in between: there
/// is one, and the second wish is told TEMPORARY_FAILURE. A daemon has ended by that (strongSwan's issue
/// 2945).
class RenewedTwiceTest {
    private final Couple couple = new Couple(new SeededEntropy(1), new SeededEntropy(2));

    private static List<Payload> anew(List<Payload> payloads) {
        return payloads.stream()
                .map(payload -> payload instanceof Nonce ? new Nonce(Bytes.of(new byte[32])) : payload)
                .toList();
    }

    @Test
    void theSecondWishForOneChildIsToldLater_andNothingIsLeftOver() {
        couple.dials();
        couple.forget();
        couple.renewsChild(couple.a);
        couple.carry(couple.mail.getFirst(), false); // b has answered, and a does not hear it yet
        var answer = couple.mail.removeFirst();
        var wish = couple.said.getFirst();
        var insider = Insider.of(couple.a.is(), new SeededEntropy(9)).orElseThrow();
        var payloads = anew(wish.payloads());
        for (int id = wish.header().messageId().value() + 1; id < 10; id++) {
            var said = insider.says(
                    ExchangeType.Known.CREATE_CHILD_SA,
                    false,
                    id,
                    Message.firstType(payloads),
                    Message.encodeChain(payloads),
                    id);
            couple.hears(couple.b, new Datagram(couple.a.is().path(), said));
            assertThat(couple.said.getLast().payloads()).containsExactly(Notify.of(NotifyType.TEMPORARY_FAILURE));
            assertThat(Couple.established(couple.b).children()).hasSize(2);
        }
        assertThat(answer.makes()).isTrue();
        assertThat(couple.b.said).isEmpty();
        couple.happens(couple.b, new Input.Close("that is all", false));
        couple.mail.clear();
        couple.passes(Duration.ofMinutes(3));
        assertThat(couple.kernel(couple.b)).isEmpty();
    }
}
