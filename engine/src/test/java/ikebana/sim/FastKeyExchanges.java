package ikebana.sim;

import ikebana.crypto.Entropy;
import ikebana.crypto.KeyExchangeMethod;
import ikebana.crypto.KeyExchanges;
import ikebana.crypto.KeyPair;
import ikebana.wire.Bytes;
import ikebana.wire.Secret;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;

/// Diffie-Hellman modulo 2^61 - 1, which anybody breaks over breakfast, under the names and with the lengths of the
/// real methods. Whatever else a key exchange is to do holds: two ends agree, others do not, each pair makes another
/// secret, and what is no value of the group is refused.
enum FastKeyExchanges implements KeyExchanges {
    ALL;

    private static final long PRIME = (1L << 61) - 1;
    private static final long GENERATOR = 37;
    private static final int SECRET_LENGTH = 32;
    /// Of an ML-KEM ciphertext, by the length of the key that it is for (FIPS 203 8).
    private static final int[][] CIPHERTEXTS = {{800, 768}, {1184, 1088}, {1568, 1568}};

    @Override
    public KeyPair generate(KeyExchangeMethod method, Entropy entropy) {
        return generate(method.publicLength(), entropy);
    }

    private static KeyPair generate(int length, Entropy entropy) {
        var drawn = entropy.bytes(Long.BYTES);
        return new KeyPair(value(power(GENERATOR, exponent(drawn)), length), Secret.owning(drawn));
    }

    @Override
    public Optional<KeyExchangeMethod.Answer> answer(KeyExchangeMethod method, Bytes theirs, Entropy entropy) {
        var pair = generate(answerLength(method), entropy);
        return shared(pair, theirs, method.publicLength())
                .map(secret -> new KeyExchangeMethod.Answer(pair.publicValue(), secret));
    }

    @Override
    public Optional<Secret> agree(KeyExchangeMethod method, KeyPair ours, Bytes answer) {
        return shared(ours, answer, answerLength(method));
    }

    private static int answerLength(KeyExchangeMethod method) {
        if (!method.isEncapsulation()) return method.publicLength();
        return Arrays.stream(CIPHERTEXTS)
                .filter(pair -> pair[0] == method.publicLength())
                .findFirst()
                .orElseThrow()[1];
    }

    private static Optional<Secret> shared(KeyPair ours, Bytes theirs, int length) {
        if (theirs.length() != length) return Optional.empty();
        long point = theirs.asBuffer().getLong(length - Long.BYTES);
        if (point <= 1 || point >= PRIME - 1 || !value(point, length).equals(theirs)) return Optional.empty();
        long product = power(point, exponent(ours.privateValue().expose()));
        return Optional.of(Secret.owning(value(product, SECRET_LENGTH).toArray()));
    }

    /// With leading zeros.
    private static Bytes value(long number, int length) {
        return Bytes.of(
                ByteBuffer.allocate(length).putLong(length - Long.BYTES, number).array());
    }

    private static long exponent(byte[] drawn) {
        return ByteBuffer.wrap(drawn).getLong() >>> 4 | 2;
    }

    private static long power(long base, long exponent) {
        long result = 1;
        long square = base;
        for (long left = exponent; left > 0; left >>>= 1) {
            if ((left & 1) == 1) result = times(result, square);
            square = times(square, square);
        }
        return result;
    }

    /// 2^61 is 1 here: the upper bits of the product count as much as the lower ones.
    private static long times(long one, long other) {
        long high = Math.multiplyHigh(one, other);
        long low = one * other;
        long sum = (low & PRIME) + (high << 3 | low >>> 61);
        return sum >= PRIME ? sum - PRIME : sum;
    }
}
