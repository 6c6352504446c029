package ikebana.crypto;

import ikebana.wire.Bytes;
import ikebana.wire.Secret;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.Optional;

/// How one family of [KeyExchangeMethod]s computes.
sealed interface Group {

    KeyPair generate(Entropy entropy);

    /// Empty when `theirs` is not a value that an honest peer sends (RFC 6989 2).
    Optional<Secret> agree(Secret ours, Bytes theirs);

    /// What Diffie-Hellman's both ends do is the same.
    default Optional<KeyExchangeMethod.Answer> answer(Bytes theirs, Entropy entropy) {
        var pair = generate(entropy);
        try (var ours = pair.privateValue()) {
            return agree(ours, theirs).map(shared -> new KeyExchangeMethod.Answer(pair.publicValue(), shared));
        }
    }

    /// RFC 8031: X25519 as RFC 7748 has it.
    record Curve25519() implements Group {
        private static final int LENGTH = 32;

        @Override
        public KeyPair generate(Entropy entropy) {
            var scalar = entropy.bytes(LENGTH);
            return new KeyPair(Bytes.of(Providers.x25519Public(scalar)), Secret.owning(scalar));
        }

        @Override
        public Optional<Secret> agree(Secret ours, Bytes theirs) {
            if (theirs.length() != LENGTH) return Optional.empty();
            var point = theirs.toArray();
            point[LENGTH - 1] &= 0x7f; // RFC 7748 5: must be masked, and not every provider does it
            var scalar = ours.expose();
            var shared = Providers.x25519(scalar, point);
            Arrays.fill(scalar, (byte) 0);
            // RFC 7748 6.1: a point of small order makes a secret that everybody knows
            return isAllZero(shared) ? Optional.empty() : Optional.of(Secret.owning(shared));
        }

        private static boolean isAllZero(byte[] value) {
            int seen = 0;
            for (byte b : value) seen |= b;
            return seen == 0;
        }
    }

    /// RFC 5903: the NIST curves over prime fields.
    final class Ecp implements Group {
        private final Providers.PrimeCurve curve;

        Ecp(String name) {
            curve = Providers.primeCurve(name);
        }

        @Override
        public KeyPair generate(Entropy entropy) {
            int bits = curve.order().bitLength();
            int length = (bits + 7) / 8;
            while (true) {
                // drawn anew until it is in range: reducing a number that is too large would prefer small ones
                var drawn = entropy.bytes(length);
                drawn[0] &= (byte) (0xff >>> (8 * length - bits));
                var scalar = new BigInteger(1, drawn);
                if (scalar.signum() > 0 && scalar.compareTo(curve.order()) < 0) {
                    return new KeyPair(Bytes.of(curve.publicValue(drawn)), Secret.owning(drawn));
                }
            }
        }

        @Override
        public Optional<Secret> agree(Secret ours, Bytes theirs) {
            var scalar = ours.expose();
            var shared = curve.sharedX(scalar, theirs);
            Arrays.fill(scalar, (byte) 0);
            return shared.map(Secret::owning);
        }
    }

    /// RFC 3526: exponentiation modulo a safe prime, with the generator 2.
    ///
    /// The JDK's own DH key agreement is a `BigInteger.modPow` behind four objects, and has no way to make a public
    /// value from a private one that it is given; so this calls `modPow`.
    final class Modp implements Group {
        private final BigInteger prime;
        private final int length;
        private final int exponentLength;

        /// @param exponentBits a short exponent is as strong as the group when it has twice the group's strength, and
        /// four to ten times faster than one of the group's size (RFC 3526 8, RFC 7919 5.2)
        Modp(int bits, int exponentBits) {
            prime = Providers.modpPrime(bits);
            length = bits / 8;
            exponentLength = exponentBits / 8;
        }

        @Override
        public KeyPair generate(Entropy entropy) {
            var exponent = entropy.bytes(exponentLength);
            exponent[0] |= (byte) 0x80; // never short, so never guessable
            var value = BigInteger.TWO.modPow(new BigInteger(1, exponent), prime);
            return new KeyPair(Bytes.of(padded(value)), Secret.owning(exponent));
        }

        @Override
        public Optional<Secret> agree(Secret ours, Bytes theirs) {
            if (theirs.length() != length) return Optional.empty();
            var value = new BigInteger(1, theirs.toArray());
            // RFC 6989 2.1: 0, 1 and p-1 are the small subgroups of a safe prime
            if (value.compareTo(BigInteger.ONE) <= 0 || value.compareTo(prime.subtract(BigInteger.ONE)) >= 0) {
                return Optional.empty();
            }
            var exponent = ours.expose();
            var shared = padded(value.modPow(new BigInteger(1, exponent), prime));
            Arrays.fill(exponent, (byte) 0);
            return Optional.of(Secret.owning(shared));
        }

        /// RFC 7296 2.14: with leading zeros, as long as the prime.
        private byte[] padded(BigInteger value) {
            var signed = value.toByteArray();
            int from = signed.length > length ? 1 : 0; // the sign
            var unsigned = new byte[length];
            System.arraycopy(signed, from, unsigned, length - (signed.length - from), signed.length - from);
            Arrays.fill(signed, (byte) 0);
            return unsigned;
        }
    }

    /// FIPS 203: the answer is the ciphertext of a secret that the one who answers has chosen. The private value is the
    /// seed that the key pair grows from, which is a fortieth of the decapsulation key's size.
    record Encapsulation(Providers.MlKem by) implements Group {
        /// `d` and `z` of FIPS 203 7.1.
        private static final int SEED_LENGTH = 64;

        private static final int MESSAGE_LENGTH = 32;

        @Override
        public KeyPair generate(Entropy entropy) {
            var seed = entropy.bytes(SEED_LENGTH);
            return new KeyPair(by.encapsulationKey(seed), Secret.owning(seed));
        }

        @Override
        public Optional<KeyExchangeMethod.Answer> answer(Bytes theirs, Entropy entropy) {
            return by.encapsulate(theirs, entropy.bytes(MESSAGE_LENGTH));
        }

        @Override
        public Optional<Secret> agree(Secret ours, Bytes theirs) {
            var seed = ours.expose();
            var shared = by.decapsulate(seed, theirs);
            Arrays.fill(seed, (byte) 0);
            return shared.map(Secret::owning);
        }
    }
}
