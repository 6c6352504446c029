package ikebana.crypto;

import ikebana.wire.Bytes;
import ikebana.wire.Secret;
import java.util.Optional;

/// Who computes key exchanges for the machines. The product has [#REAL] and no other; a simulation of a million worlds
/// brings something cheap that nobody should trust, for most of them.
public interface KeyExchanges {
    /// Each method as its RFC has it.
    KeyExchanges REAL = new KeyExchanges() {
        @Override
        public KeyPair generate(KeyExchangeMethod method, Entropy entropy) {
            return method.generate(entropy);
        }

        @Override
        public Optional<KeyExchangeMethod.Answer> answer(KeyExchangeMethod method, Bytes theirs, Entropy entropy) {
            return method.answer(theirs, entropy);
        }

        @Override
        public Optional<Secret> agree(KeyExchangeMethod method, KeyPair ours, Bytes answer) {
            return method.agree(ours, answer);
        }
    };

    /// As [KeyExchangeMethod#generate].
    KeyPair generate(KeyExchangeMethod method, Entropy entropy);

    /// As [KeyExchangeMethod#answer].
    Optional<KeyExchangeMethod.Answer> answer(KeyExchangeMethod method, Bytes theirs, Entropy entropy);

    /// As [KeyExchangeMethod#agree].
    Optional<Secret> agree(KeyExchangeMethod method, KeyPair ours, Bytes answer);
}
