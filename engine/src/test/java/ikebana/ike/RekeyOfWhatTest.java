package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.crypto.SeededEntropy;
import ikebana.wire.Bytes;
import ikebana.wire.ExchangeType;
import ikebana.wire.Notify;
import ikebana.wire.NotifyType;
import ikebana.wire.Payload;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// REKEY_SA names a protocol and an SPI (RFC 7296 3.10), and a peer may name any number and any length.
/// Daemons have ended by putting what they were told into their own answer (CVE-2023-38710).
class RekeyOfWhatTest {
    private final Couple couple = new Couple(new SeededEntropy(1), new SeededEntropy(2));

    @BeforeEach
    void stands() {
        couple.dials();
        couple.happens(couple.a, new Input.Probe()); // B knows that A stands
        couple.carryAll();
        couple.forget();
    }

    private List<Payload> answerTo(int protocol, Bytes spi) {
        couple.detour = letter -> letter.is(true, false, ExchangeType.Known.CREATE_CHILD_SA)
                ? letter.payloads().stream()
                        .map(payload -> payload instanceof Notify notify && notify.is(NotifyType.REKEY_SA)
                                ? new Notify(protocol, spi, NotifyType.REKEY_SA.code(), Bytes.EMPTY)
                                : payload)
                        .toList()
                : letter.payloads();
        couple.renewsChild(couple.a);
        couple.carry(couple.mail.getFirst(), false);
        return couple.said.getLast().payloads();
    }

    private void isAnsweredWith(Notify notify, int protocol, Bytes spi) {
        var children = Couple.established(couple.b).children();
        int asked = couple.b.asked.size();
        assertThat(answerTo(protocol, spi)).containsExactly(notify);
        assertThat(Couple.established(couple.b).children()).isEqualTo(children);
        assertThat(couple.b.asked).hasSize(asked);
        assertThat(couple.b.said).isEmpty();
    }

    /// 1 is an IKE SA, 3 ESP, and the SPI is that of the child there is, shortened or with zeros behind it.
    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "0, 3",
        "0, 4",
        "0, 8",
        "1, 0",
        "1, 3",
        "1, 4",
        "1, 8",
        "2, 0",
        "2, 8",
        "3, 0",
        "3, 3",
        "3, 8",
        "4, 0",
        "4, 4",
        "4, 8",
        "255, 0",
        "255, 3",
        "255, 4",
        "255, 8",
        "255, 255"
    })
    void whatNamesNothingThatCouldBeThereIsNotRepeated_andIsTheEnd(int protocol, int length) {
        var spi = Couple.wanted(couple.a, Couple.FLOW).getFirst().inbound().toBytes();
        var named = Bytes.concat(spi, Bytes.of(new byte[255])).slice(0, length);
        assertThat(answerTo(protocol, named)).containsExactly(Notify.of(NotifyType.INVALID_SYNTAX));
        assertThat(couple.b.said).containsExactly("the peer's request for a child is for what cannot name one");
    }

    /// 2 is AH, which we do not have: what it is called says nothing.
    @ParameterizedTest
    @CsvSource({"2, true", "2, false", "3, false"})
    void whatCouldBeThereAndIsNotIsNamedInTheAnswer(int protocol, boolean known) {
        var spi = Couple.wanted(couple.a, Couple.FLOW).getFirst().inbound().toBytes();
        var named = known ? spi : Bytes.ofHex("01020304");
        isAnsweredWith(new Notify(protocol, named, NotifyType.CHILD_SA_NOT_FOUND.code(), Bytes.EMPTY), protocol, named);
    }
}
