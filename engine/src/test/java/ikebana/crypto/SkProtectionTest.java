package ikebana.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ikebana.wire.Bytes;
import ikebana.wire.Secret;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SkProtectionTest {
    private static final Bytes ASSOCIATED = Bytes.of(new SeededEntropy(1).bytes(32));

    static Stream<SkProtection> everySuite() {
        return Stream.of(Encryption.values())
                .flatMap(encryption -> encryption.isAead()
                        ? Stream.of(protection(encryption, Optional.empty()))
                        : Stream.of(Integrity.values())
                                .map(integrity -> protection(encryption, Optional.of(integrity))));
    }

    private static SkProtection protection(Encryption encryption, Optional<Integrity> integrity) {
        var dice = new SeededEntropy(encryption.keyLength());
        return new SkProtection(
                encryption,
                integrity,
                dice.secret(encryption.keyLength()),
                dice.secret(integrity.map(Integrity::keyLength).orElse(0)));
    }

    @ParameterizedTest
    @MethodSource("everySuite")
    void whatIsSealedOpensAndHasTheLengthThatWasTold(SkProtection protection) {
        var dice = new SeededEntropy(3);
        for (int length = 0; length < 70; length++) {
            var chain = dice.publicBytes(length);
            var body = protection.seal(ASSOCIATED, protection.nextIv(length, dice), chain);
            assertThat(body.length()).isEqualTo(protection.sealedLength(length));
            assertThat(protection.open(ASSOCIATED, body)).contains(chain);
        }
    }

    @ParameterizedTest
    @MethodSource("everySuite")
    void aFlippedBitAnywhereIsRefused(SkProtection protection) {
        var dice = new SeededEntropy(4);
        var body = protection.seal(ASSOCIATED, protection.nextIv(1, dice), dice.publicBytes(45));
        for (int bit = 0; bit < 8 * body.length(); bit++) {
            assertThat(protection.open(ASSOCIATED, flipped(body, bit)))
                    .as("bit %d of the body", bit)
                    .isEmpty();
        }
        for (int bit = 0; bit < 8 * ASSOCIATED.length(); bit++) {
            assertThat(protection.open(flipped(ASSOCIATED, bit), body))
                    .as("bit %d in front of it", bit)
                    .isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("everySuite")
    void aBodyThatIsTooShortOrTooLongIsRefused(SkProtection protection) {
        var dice = new SeededEntropy(5);
        var body = protection.seal(ASSOCIATED, protection.nextIv(1, dice), dice.publicBytes(45));
        for (int length = 0; length < body.length(); length++) {
            assertThat(protection.open(ASSOCIATED, body.slice(0, length)))
                    .as("%d bytes", length)
                    .isEmpty();
            assertThat(protection.open(ASSOCIATED, body.slice(body.length() - length, body.length())))
                    .as("the last %d bytes", length)
                    .isEmpty();
        }
        assertThat(protection.open(ASSOCIATED, Bytes.concat(body, Bytes.of((byte) 0))))
                .isEmpty();
        assertThat(protection.open(ASSOCIATED, Bytes.concat(body, Bytes.of(new byte[16]))))
                .isEmpty();
    }

    @ParameterizedTest
    @MethodSource("everySuite")
    void otherKeysDoNotOpenIt(SkProtection protection) {
        var other = new SkProtection(
                protection.encryption(),
                protection.integrity(),
                new SeededEntropy(99).secret(protection.encryptionKey().length()),
                new SeededEntropy(98).secret(protection.integrityKey().length()));
        var body = protection.seal(ASSOCIATED, protection.nextIv(1, new SeededEntropy(6)), Bytes.ofHex("aabb"));
        assertThat(other.open(ASSOCIATED, body)).isEmpty();
    }

    /// RFC 7296 3.14: the recipient must accept any length of padding that leaves proper blocks, and any content.
    @ParameterizedTest
    @MethodSource("everySuite")
    void moreAndOtherPaddingThanOursIsAccepted(SkProtection protection) {
        var padded = new SeededEntropy(7).bytes(256);
        padded[255] = (byte) 252;
        var expected = Bytes.of(padded).slice(0, 3);
        assertThat(protection.open(ASSOCIATED, sealedAsItIs(protection, padded)))
                .contains(expected);
    }

    @ParameterizedTest
    @MethodSource("everySuite")
    void paddingLongerThanThePlaintextIsRefused(SkProtection protection) {
        for (int told : new int[] {32, 33, 128, 255}) {
            var padded = new byte[32];
            padded[31] = (byte) told;
            assertThat(protection.open(ASSOCIATED, sealedAsItIs(protection, padded)))
                    .as("a pad length of %d in 32 bytes", told)
                    .isEmpty();
        }
        var nothingButPadding = new byte[32];
        nothingButPadding[31] = 31;
        assertThat(protection.open(ASSOCIATED, sealedAsItIs(protection, nothingButPadding)))
                .contains(Bytes.EMPTY);
    }

    private static Bytes sealedAsItIs(SkProtection protection, byte[] padded) {
        return new Envelope(
                        protection.encryption(),
                        protection.integrity(),
                        protection.encryptionKey(),
                        protection.integrityKey())
                .seal(ASSOCIATED, protection.nextIv(1, new SeededEntropy(8)), padded, Bytes.EMPTY);
    }

    /// Whoever holds the key can send nonsense; it must not throw.
    @Test
    void anAuthenticBodyThatIsNoWholeNumberOfBlocksIsRefused() {
        var integrity = Integrity.HMAC_SHA2_256_128;
        var protection = protection(Encryption.AES_CBC_256, Optional.of(integrity));
        for (int length = 1; length < 16; length++) {
            var front = new byte[16 + length];
            var icv = integrity.icv(protection.integrityKey(), ASSOCIATED.toArray(), front);
            assertThat(protection.open(ASSOCIATED, Bytes.concat(Bytes.of(front), Bytes.of(icv))))
                    .isEmpty();
        }
    }

    /// RFC 7634 appendix B.
    @Test
    void chaCha20Poly1305SealsTheMessageOfRfc7634() {
        var key = "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3";
        var protection =
                new SkProtection(Encryption.CHACHA20_POLY1305, Optional.empty(), Published.secret(key), Secret.EMPTY);
        var associated = Bytes.ofHex("c0c1c2c3c4c5c6c7d0d1d2d3d4d5d6d72e202500000000090000004529000029");
        var iv = Bytes.ofHex("1011121314151617");
        var chain = Bytes.ofHex("0000000c000040010000000a");
        var body = protection.seal(associated, iv, chain);
        assertThat(body)
                .isEqualTo(Bytes.concat(iv, Bytes.ofHex("610394701f8d017f7c129248896b71bfe25236efd7cdc67066906315b2")));
        assertThat(protection.open(associated, body)).contains(chain);
    }

    @Test
    void theIvOfAnAeadSuiteIsTheCounterAndThatOfCbcIsRandom() {
        var aead = protection(Encryption.AES_GCM_16_256, Optional.empty());
        assertThat(aead.nextIv(258, new SeededEntropy(1))).isEqualTo(Bytes.ofHex("0000000000000102"));
        var cbc = protection(Encryption.AES_CBC_256, Optional.of(Integrity.HMAC_SHA2_256_128));
        var dice = new SeededEntropy(1);
        assertThat(cbc.nextIv(1, dice))
                .isEqualTo(new SeededEntropy(1).publicBytes(16))
                .isNotEqualTo(cbc.nextIv(1, dice));
    }

    @Test
    void keysAndIvsOfTheWrongLengthAreABugOfOurs() {
        assertThatThrownBy(() -> new SkProtection(
                        Encryption.AES_GCM_16_256,
                        Optional.empty(),
                        Secret.owning(new byte[32]), // the salt is missing
                        Secret.EMPTY))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new SkProtection(
                        Encryption.AES_CBC_256,
                        Optional.of(Integrity.HMAC_SHA2_512_256),
                        Secret.owning(new byte[32]),
                        Secret.owning(new byte[32])))
                .isInstanceOf(IllegalArgumentException.class);
        var gcm = protection(Encryption.AES_GCM_16_256, Optional.empty());
        assertThatThrownBy(() -> gcm.seal(ASSOCIATED, Bytes.of(new byte[12]), Bytes.EMPTY))
                .isInstanceOf(IllegalArgumentException.class);
    }

    static Bytes flipped(Bytes bytes, int bit) {
        var copy = Arrays.copyOf(bytes.toArray(), bytes.length());
        copy[bit / 8] ^= (byte) (1 << (bit % 8));
        return Bytes.of(copy);
    }
}
