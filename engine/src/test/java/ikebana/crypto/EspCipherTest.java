package ikebana.crypto;

import static ikebana.crypto.SkProtectionTest.flipped;
import static org.assertj.core.api.Assertions.assertThat;

import ikebana.wire.Bytes;
import ikebana.wire.Secret;
import ikebana.wire.Spi;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class EspCipherTest {
    private static final Spi SPI = new Spi(0x01020304);
    private static final int GRE = 47;

    static Stream<EspCipher> everySuite() {
        return Stream.of(false, true)
                .flatMap(extended -> Stream.of(Encryption.values())
                        .flatMap(encryption -> encryption.isAead()
                                ? Stream.of(new EspSuite(encryption, Optional.empty(), extended))
                                : Stream.of(Integrity.values())
                                        .map(integrity -> new EspSuite(encryption, Optional.of(integrity), extended)))
                        .map(EspCipherTest::cipher));
    }

    private static EspCipher cipher(EspSuite suite) {
        var dice = new SeededEntropy(suite.encryption().keyLength());
        return new EspCipher(
                suite,
                dice.secret(suite.encryption().keyLength()),
                dice.secret(suite.integrity().map(Integrity::keyLength).orElse(0)));
    }

    @ParameterizedTest
    @MethodSource("everySuite")
    void whatIsSealedOpens(EspCipher cipher) {
        var dice = new SeededEntropy(1);
        for (int length = 0; length < 70; length++) {
            var payload = dice.publicBytes(length);
            long sequence = 0x1_0000_0000L + length;
            var packet = cipher.seal(SPI, sequence, GRE, payload, dice);
            assertThat(EspCipher.front(packet)).contains(new EspCipher.Front(SPI, length));
            assertThat(packet.length() % 4).isZero();
            assertThat(cipher.open(sequence, packet)).contains(new EspCipher.Opened(GRE, payload));
        }
    }

    @ParameterizedTest
    @MethodSource("everySuite")
    void aFlippedBitAnywhereIsRefused(EspCipher cipher) {
        var packet = cipher.seal(SPI, 7, GRE, new SeededEntropy(2).publicBytes(45), new SeededEntropy(3));
        for (int bit = 0; bit < 8 * packet.length(); bit++) {
            assertThat(cipher.open(7, flipped(packet, bit))).as("bit %d", bit).isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("everySuite")
    void aTruncatedPacketIsRefused(EspCipher cipher) {
        var packet = cipher.seal(SPI, 7, GRE, new SeededEntropy(2).publicBytes(45), new SeededEntropy(3));
        for (int length = 0; length < packet.length(); length++) {
            assertThat(cipher.open(7, packet.slice(0, length)))
                    .as("%d bytes", length)
                    .isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("everySuite")
    void theHighHalfOfTheSequenceNumberCountsOnlyWhenItIsExtended(EspCipher cipher) {
        var packet = cipher.seal(SPI, 0x1_0000_0007L, GRE, Bytes.ofHex("aabb"), new SeededEntropy(3));
        boolean extended = cipher.suite().extendedSequenceNumbers();
        assertThat(cipher.open(0x1_0000_0007L, packet)).isPresent();
        assertThat(cipher.open(0x2_0000_0007L, packet).isPresent()).isNotEqualTo(extended);
    }

    /// RFC 7634 appendix A: an ICMP packet in a tunnel.
    @Test
    void chaCha20Poly1305OpensThePacketOfRfc7634() {
        var cipher = new EspCipher(
                new EspSuite(Encryption.CHACHA20_POLY1305, Optional.empty(), false),
                Published.secret("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3"),
                Secret.EMPTY);
        var packet = Bytes.ofHex("0102030400000005" + "1011121314151617"
                + "24039428b97f417e3c13753a4f05087b67c352e6a7fab1b982d466ef407ae5c6"
                + "14ee8099d52844eb61aa95dfab4c02f72aa71e7c4c4f64c9befe2facc638e8f3"
                + "cbec163fac469b502773f6fb94e664da9165b82829f641e076aaa8266b7fb0f7"
                + "b11b369907e1ad43");
        assertThat(cipher.open(5, packet))
                .contains(new EspCipher.Opened(
                        4,
                        Bytes.ofHex("45000054a6f200004001e778c6336405c000020508005b7a3a080000553bec10"
                                + "0007362708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20212223"
                                + "2425262728292a2b2c2d2e2f3031323334353637")));
    }

    /// RFC 4106 5: SPI, then all 64 bits of the sequence number.
    @Test
    void aeadAuthenticatesTheWholeExtendedSequenceNumberInFront() {
        var suite = new EspSuite(Encryption.AES_GCM_16_256, Optional.empty(), true);
        var key = new SeededEntropy(1).bytes(36);
        var packet = new EspCipher(suite, Secret.copyOf(key), Secret.EMPTY)
                .seal(SPI, 0x0a_0000_0007L, GRE, Bytes.ofHex("aabb"), new SeededEntropy(2));
        var whole = Bytes.of(key);
        var opened = Providers.openAead(
                Encryption.AES_GCM_16_256,
                Secret.owning(whole.slice(0, 32).toArray()),
                Bytes.concat(whole.slice(32, 36), packet.slice(8, 16)).toArray(),
                Bytes.ofHex("01020304" + "0000000a" + "00000007"),
                packet.slice(16, packet.length()).toArray());
        assertThat(opened.map(Bytes::of)).contains(Bytes.ofHex("aabb" + "002f"));
    }

    /// RFC 4303 3.3.2.1: the high half goes behind the ciphertext, into the MAC alone.
    @Test
    void aSeparateMacTakesTheHighHalfOfTheSequenceNumberInAtTheEnd() {
        var integrity = Integrity.HMAC_SHA2_256_128;
        var cipher = cipher(new EspSuite(Encryption.AES_CBC_128, Optional.of(integrity), true));
        var packet = cipher.seal(SPI, 0x0a_0000_0007L, GRE, Bytes.ofHex("aabb"), new SeededEntropy(2));
        int front = packet.length() - integrity.icvLength();
        var icv = integrity.icv(
                cipher.integrityKey(),
                packet.slice(0, front).toArray(),
                Bytes.ofHex("0000000a").toArray());
        assertThat(packet.slice(front, packet.length())).isEqualTo(Bytes.of(icv));
    }

    /// RFC 4303 2.4: 1, 2, 3, and so on; what else stands there was not made by an honest sender.
    @Test
    void paddingOfAnotherContentIsRefused() {
        var suite = new EspSuite(Encryption.AES_GCM_16_128, Optional.empty(), false);
        var cipher = cipher(suite);
        var header = Bytes.ofHex("0102030400000007");
        assertThat(cipher.open(7, sealedAsItIs(cipher, header, "aabb" + "0102" + "022f")))
                .isPresent();
        assertThat(cipher.open(7, sealedAsItIs(cipher, header, "aabb" + "0101" + "022f")))
                .isEmpty();
        assertThat(cipher.open(7, sealedAsItIs(cipher, header, "aabb" + "0102" + "ff2f")))
                .isEmpty();
        assertThat(cipher.open(7, sealedAsItIs(cipher, header, "2f"))).isEmpty();
    }

    private static Bytes sealedAsItIs(EspCipher cipher, Bytes header, String plaintext) {
        var envelope = new Envelope(
                cipher.suite().encryption(), Optional.empty(), cipher.encryptionKey(), cipher.integrityKey());
        return Bytes.concat(
                header,
                envelope.seal(
                        header,
                        Bytes.ofHex("0000000000000007"),
                        Bytes.ofHex(plaintext).toArray(),
                        Bytes.EMPTY));
    }
}
