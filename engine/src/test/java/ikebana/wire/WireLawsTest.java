package ikebana.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// What holds for every payload and message, over drawn values; a failure names its seed.
class WireLawsTest {
    private static final int SEEDS = 300;

    @Test
    void whatIsEncodedDecodesToItself() {
        for (int seed = 0; seed < SEEDS; seed++) {
            for (var payload : new Drawn(new SplittableRandom(seed)).oneOfEach()) {
                var chain = Message.encodeChain(List.of(payload));
                assertThat(Message.decodeChain(payload.type().code(), chain))
                        .as("seed %d: %s", seed, payload)
                        .isEqualTo(new Message.Chain.Whole(List.of(payload)));
            }
        }
    }

    @Test
    void messagesKeepTheirHeaderAndTheOrderOfTheirPayloads() {
        for (int seed = 0; seed < SEEDS; seed++) {
            var message = new Drawn(new SplittableRandom(seed)).message();
            var bytes = message.encode();
            assertThat(Message.decode(bytes))
                    .as("seed %d", seed)
                    .isInstanceOfSatisfying(Message.Decoded.Whole.class, whole -> {
                        assertThat(whole.message().payloads()).isEqualTo(message.payloads());
                        assertThat(whole.message().header().messageId())
                                .isEqualTo(message.header().messageId());
                        assertThat(whole.message().header().length()).isEqualTo(bytes.length());
                    });
        }
    }

    @Test
    void aTruncatedMessageIsBroken() {
        for (int seed = 0; seed < 40; seed++) {
            var bytes = new Drawn(new SplittableRandom(seed)).message().encode();
            for (int length = 0; length < bytes.length(); length++) {
                assertThat(Message.decode(bytes.slice(0, length)))
                        .as("seed %d, %d bytes", seed, length)
                        .isInstanceOf(Message.Decoded.Broken.class);
            }
        }
    }

    @Test
    void aTruncatedChainNeverThrows() {
        for (int seed = 0; seed < 40; seed++) {
            var payloads = new Drawn(new SplittableRandom(seed)).message().payloads();
            var chain = Message.encodeChain(payloads);
            for (int length = 0; length < chain.length(); length++) {
                assertThat(Message.decodeChain(Message.firstType(payloads), chain.slice(0, length)))
                        .isInstanceOf(Message.Chain.Broken.class);
            }
        }
    }

    @Test
    void aFlippedBitYieldsAMessageOrASentence() {
        for (int seed = 0; seed < 60; seed++) {
            var bytes = new Drawn(new SplittableRandom(seed)).message().encode().toArray();
            for (int bit = 0; bit < bytes.length * 8; bit++) {
                bytes[bit / 8] ^= (byte) (1 << bit % 8);
                switch (Message.decode(Bytes.of(bytes))) {
                    case Message.Decoded.Whole(var message) ->
                        assertThat(message.payloads()).isNotNull();
                    case Message.Decoded.Broken(var _, var why) ->
                        assertThat(why).isNotEmpty();
                }
                bytes[bit / 8] ^= (byte) (1 << bit % 8);
            }
        }
    }

    @Test
    void aPayloadThatClaimsNoLengthDoesNotHoldUpTheReader() {
        var chain = Bytes.ofHex("28000000"); // next: nonce, length 0
        assertThat(Message.decodeChain(PayloadType.Known.VENDOR_ID.code(), chain))
                .isEqualTo(new Message.Chain.Broken("payload: need -4 bytes, have 0"));
    }

    @Test
    void morePayloadsThanAnyPeerSendsAreRefused() {
        var many = java.util.Collections.nCopies(Message.MOST_PAYLOADS + 1, (Payload) new VendorId(Bytes.EMPTY));
        assertThat(Message.decodeChain(PayloadType.Known.VENDOR_ID.code(), Message.encodeChain(many)))
                .isEqualTo(new Message.Chain.Broken("more than 128 payloads"));
    }

    @Test
    void anUnknownCriticalPayloadIsFoundByItsCode() {
        assertThat(Message.unsupportedCritical(
                        List.of(new Unknown(199, false, Bytes.EMPTY), new Unknown(200, true, Bytes.EMPTY))))
                .contains(200);
    }
}
