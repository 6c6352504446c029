package ikebana.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.wire.Bytes;
import ikebana.wire.Secret;
import ikebana.wire.Spi;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SealingTest {
    private static final Bytes HEADER = Bytes.ofHex("000102030405060708");

    private final Entropy entropy = new SeededEntropy(2);

    static Stream<EspSuite> suites() {
        return Stream.of(Encryption.values())
                .flatMap(encryption -> encryption.isAead()
                        ? Stream.of(Optional.<Integrity>empty()).map(none -> new EspSuite(encryption, none, false))
                        : Stream.of(Integrity.values())
                                .map(integrity -> new EspSuite(encryption, Optional.of(integrity), false)))
                .flatMap(suite -> Stream.of(suite, new EspSuite(suite.encryption(), suite.integrity(), true)));
    }

    private SkProtection protection(EspSuite suite) {
        return new SkProtection(
                suite.encryption(),
                suite.integrity(),
                entropy.secret(suite.encryption().keyLength()),
                suite.integrity().map(i -> entropy.secret(i.keyLength())).orElse(Secret.EMPTY));
    }

    @ParameterizedTest
    @MethodSource("suites")
    void whatIsSealedOpensAndHasTheAnnouncedLength(EspSuite suite) {
        var protection = protection(suite);
        for (int length : List.of(0, 1, 15, 16, 17, 255)) {
            var plain = entropy.publicBytes(length);
            var sealed = protection.seal(HEADER, protection.nextIv(length, entropy), plain);
            assertThat(sealed.length()).isEqualTo(protection.sealedLength(length));
            assertThat(protection.open(HEADER, sealed)).contains(plain);
        }
    }

    @ParameterizedTest
    @MethodSource("suites")
    void noFlippedBitAndNoTruncationOpens(EspSuite suite) {
        var protection = protection(suite);
        var sealed = protection.seal(HEADER, protection.nextIv(1, entropy), Bytes.ofHex("2900000801020304"));
        for (int bit = 0; bit < sealed.length() * 8; bit++) {
            var forged = sealed.toArray();
            forged[bit / 8] ^= (byte) (1 << bit % 8);
            assertThat(protection.open(HEADER, Bytes.of(forged)))
                    .as("bit %d", bit)
                    .isEmpty();
        }
        for (int length = 0; length < sealed.length(); length++) {
            assertThat(protection.open(HEADER, sealed.slice(0, length))).isEmpty();
        }
        assertThat(protection.open(Bytes.ofHex("00"), sealed)).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("suites")
    void espPacketsOpenWithTheirOwnSequenceNumberOnly(EspSuite suite) {
        var keys = protection(suite);
        var cipher = new EspCipher(suite, keys.encryptionKey(), keys.integrityKey());
        long sequence = suite.extendedSequenceNumbers() ? 0x1_0000_0007L : 7;
        var packet = cipher.seal(new Spi(0x1234), sequence, 47, Bytes.ofHex("cafe"), entropy);
        assertThat(cipher.open(sequence, packet)).contains(new EspCipher.Opened(47, Bytes.ofHex("cafe")));
        if (suite.extendedSequenceNumbers()) assertThat(cipher.open(7, packet)).isEmpty();
    }
}
