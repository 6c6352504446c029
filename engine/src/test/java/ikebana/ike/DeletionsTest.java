package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.crypto.SeededEntropy;
import ikebana.kernel.Direction;
import ikebana.kernel.State;
import ikebana.wire.Bytes;
import ikebana.wire.Delete;
import ikebana.wire.ExchangeType;
import ikebana.wire.Message;
import ikebana.wire.Payload;
import ikebana.wire.Spi;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A peer may name several SPIs, in several payloads, more than once and again later (RFC 7296 1.4.1): each
/// child is deleted once, and the answer names the other half of each, once.
class DeletionsTest {
    private static final int AH = 2;
    private static final Spi NOBODYS = new Spi(0x01020304);

    private final Couple couple = new Couple(new SeededEntropy(1), new SeededEntropy(2));
    private ChildSa one;
    private ChildSa other;

    @BeforeEach
    void twoStand() {
        couple.dials();
        couple.wantsAnother(couple.a);
        couple.carryAll();
        couple.forget();
        one = Couple.wanted(couple.a, Couple.FLOW).getFirst();
        other = Couple.wanted(couple.a, Couple.OTHER_FLOW).getFirst();
    }

    /// What A answers when B has said so.
    private List<Payload> answerTo(Payload... payloads) {
        var insider = Insider.of(couple.b.is(), new SeededEntropy(9)).orElseThrow();
        var all = List.of(payloads);
        int id = couple.a.is().window().expected().value();
        var said = insider.says(
                ExchangeType.Known.INFORMATIONAL, false, id, Message.firstType(all), Message.encodeChain(all), id);
        couple.hears(couple.a, new Datagram(couple.b.is().path(), said));
        couple.mail.clear(); // B has not said that
        return couple.said.stream()
                .filter(letter -> letter.is(true, true, ExchangeType.Known.INFORMATIONAL))
                .filter(letter -> letter.header().messageId().value() == id)
                .findFirst()
                .orElseThrow()
                .payloads();
    }

    private List<Bytes> sendsInto() {
        return couple.kernel(couple.a).values().stream()
                .filter(state -> state.direction() == Direction.OUT)
                .map(State::id)
                .map(id -> id.spi().toBytes())
                .toList();
    }

    @Test
    void severalPayloadsAndRepetitionsAreOneDeletion() {
        assertThat(answerTo(
                        Delete.esp(one.theirs(), NOBODYS, one.theirs()), Delete.esp(one.theirs()), Delete.esp(NOBODYS)))
                .containsExactly(Delete.esp(one.inbound()));
        assertThat(sendsInto()).containsExactly(other.theirs().toBytes());
        // once more, and A has said it already
        assertThat(answerTo(Delete.esp(one.theirs()))).isEmpty();
        assertThat(Couple.wanted(couple.a, Couple.OTHER_FLOW)).hasSize(1);
        assertThat(couple.a.said).isEmpty();
    }

    @Test
    void twoChildrenInOnePayloadOrInTwoAreAnsweredWithTwoSpis() {
        var answer = answerTo(Delete.esp(other.theirs()), Delete.esp(one.theirs(), other.theirs()));
        assertThat(answer)
                .singleElement()
                .isInstanceOfSatisfying(
                        Delete.class,
                        delete -> assertThat(delete.spis())
                                .containsExactlyInAnyOrder(
                                        one.inbound().toBytes(), other.inbound().toBytes()));
        assertThat(sendsInto()).isEmpty();
        // an IKE SA that has lost its last child is of no use
        assertThat(couple.a.said).containsExactly("its child was deleted, and there is no other");
    }

    @Test
    void ourOwnNameForAChildAndAnotherProtocolDeleteNothing() {
        var before = couple.kernel(couple.a).keySet().stream().toList();
        assertThat(answerTo(
                        Delete.esp(one.inbound(), other.inbound()),
                        new Delete(AH, 4, List.of(one.theirs().toBytes())),
                        new Delete(0, 4, List.of(one.theirs().toBytes())),
                        new Delete(255, 4, List.of(one.theirs().toBytes()))))
                .isEmpty();
        assertThat(couple.kernel(couple.a).keySet()).containsExactlyElementsOf(before);
        assertThat(couple.a.said).isEmpty();
    }
}
