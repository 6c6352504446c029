package ikebana.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Traffic selectors that do not add up: a wrong count, a wrong length, another family, and more of them
/// than anybody needs. Daemons have freed them twice (CVE-2023-23009) and read past their end (Openswan's
/// issue 487).
class OddSelectorsTest {
    private static final int TYPE = PayloadType.Known.TRAFFIC_SELECTORS_INITIATOR.code();
    private static final String ONE = "072f00100000ffffc0000201c0000201";

    private static Message.Chain decoded(String body) {
        var bytes = Bytes.ofHex(body);
        var chain =
                new Writer().u8(0).u8(0).u16(4 + bytes.length()).bytes(bytes).toBytes();
        return Message.decodeChain(TYPE, chain);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", // nothing at all
                "010000", // no room for the reserved bytes
                "01000000", // one, and there is none
                "02000000" + ONE, // two, and there is one
                "00000000" + ONE, // none, and there is one
                "01000000" + "072f00000000ffffc0000201c0000201", // a length that stands still
                "01000000" + "072f00030000ffffc0000201c0000201", // less than its own header
                "01000000" + "072f00070000ffffc0000201c0000201",
                "01000000" + "072f00090000ffffc0000201c0000201",
                "01000000" + "072fffff0000ffffc0000201c0000201",
                "01000000" + "082f00100000ffffc0000201c0000201", // IPv6 with eight bytes
                "01000000" + ONE + "00", // something behind it
            })
    void whatDoesNotAddUpIsBroken(String body) {
        assertThat(decoded(body)).isInstanceOf(Message.Chain.Broken.class);
    }

    @Test
    void asManyAsTheCountCanSayAreRead_andNotOneMore() {
        for (int count : List.of(17, 255)) {
            var body = "%02x000000".formatted(count) + String.join("", Collections.nCopies(count, ONE));
            assertThat(decoded(body))
                    .isInstanceOfSatisfying(
                            Message.Chain.Whole.class,
                            whole -> assertThat(
                                            ((TrafficSelectors) whole.payloads().getFirst()).selectors())
                                    .hasSize(count));
            assertThat(decoded(body + ONE)).isInstanceOf(Message.Chain.Broken.class);
        }
    }

    /// Such a range holds nobody, and is for nobody.
    @Test
    void aRangeWhoseEndIsBeforeItsStartIsNoMistakeOfTheReaders() {
        assertThat(decoded("01000000072f0010ffff0000c0000202c0000201")).isInstanceOf(Message.Chain.Whole.class);
    }
}
