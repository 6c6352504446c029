package ikebana.bench;

import ikebana.crypto.KeyExchangeMethod;
import java.util.List;

/// What is compared: one key exchange each, with the same cipher.
record Suite(KeyExchangeMethod method) {
    static final List<Suite> ALL = List.of(
            new Suite(KeyExchangeMethod.CURVE25519),
            new Suite(KeyExchangeMethod.ECP_256),
            new Suite(KeyExchangeMethod.MODP_2048));

    String proposal() {
        return "aes256gcm16-prfsha256-" + method.keyword();
    }
}
