package ikebana.wire;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.Vectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CapturesTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "aes256-sha256-modp2048.pcap",
                "aes256gcm16-sha256-x25519.pcap",
                "frag-3-gcm.pcap",
                "rekey-child.pcap",
                "bsd/ikev2four.pcap",
                "bsd/zeek-ikev2.pcap"
            })
    void everyMessageOfIkev2DecodesAndEncodesToTheSameBytes(String file) {
        int messages = 0;
        for (var datagram : Vectors.pcap("ikev2-captures/" + file)) {
            if (Header.peek(datagram.bytes()).orElseThrow().majorVersion() != 2) continue;
            switch (Message.decode(datagram.bytes())) {
                case Message.Decoded.Whole(var message) ->
                    assertThat(message.encode()).as(message.toString()).isEqualTo(datagram.bytes());
                case Message.Decoded.Broken(var header, var why) ->
                    assertThat(why).as(String.valueOf(header)).isEmpty();
            }
            messages++;
        }
        assertThat(messages).isGreaterThan(1);
    }

    /// Its sender sets the critical bit on payloads that everybody knows, which must be ignored (RFC 7296 3.2).
    @Test
    void aCriticalBitOnAKnownPayloadIsIgnoredAndNotSentBack() {
        for (var datagram : Vectors.pcap("ikev2-captures/bsd/ikev2pI2.pcap")) {
            var first = (Message.Decoded.Whole) Message.decode(datagram.bytes());
            var again = first.message().encode();
            assertThat(again).isNotEqualTo(datagram.bytes());
            assertThat(again.length()).isEqualTo(datagram.bytes().length());
            assertThat(((Message.Decoded.Whole) Message.decode(again)).message().payloads())
                    .isEqualTo(first.message().payloads());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bsd/isakmp4500.pcap", "bsd/ISAKMP_sa_setup.pcap"})
    void ikev1IsRefusedByItsVersion(String file) {
        var ofVersion1 = Vectors.pcap("ikev2-captures/" + file).stream()
                .map(Vectors.Datagram::bytes)
                .filter(bytes -> Header.peek(bytes)
                        .filter(header -> header.majorVersion() == 1)
                        .isPresent())
                .toList();
        assertThat(ofVersion1)
                .isNotEmpty()
                .allSatisfy(bytes -> assertThat(Message.decode(bytes))
                        .isInstanceOfSatisfying(
                                Message.Decoded.Broken.class,
                                broken -> assertThat(broken.why()).isEqualTo("major version 1, not 2")));
    }

    /// Somebody made it for tcpdump: an identity of nine bytes, and behind it what no payload claims.
    @Test
    void whatIsBehindTheLastPayloadBreaksTheMessage() {
        var datagrams = Vectors.pcap("ikev2-captures/bsd/ikev2-id-normal.pcap");
        assertThat(datagrams).singleElement().satisfies(datagram -> {
            var header = Header.peek(datagram.bytes()).orElseThrow();
            assertThat(header.exchange()).isEqualTo(ExchangeType.Known.IKE_AUTH);
            assertThat(header.length()).isEqualTo(datagram.bytes().length());
            assertThat(Message.decode(datagram.bytes()))
                    .isInstanceOfSatisfying(
                            Message.Decoded.Broken.class,
                            broken -> assertThat(broken.why()).isEqualTo("payloads: 39 trailing bytes"));
        });
    }
}
