package ikebana.negotiation;

import ikebana.crypto.Encryption;
import ikebana.crypto.Integrity;
import ikebana.crypto.KeyExchangeMethod;
import ikebana.crypto.Prf;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// strongSwan's way to write proposals, because operators know it: keywords joined by `-`.
final class ProposalNotation {
    private static final Map<String, Encryption> ENCRYPTIONS = named(Encryption.values(), Encryption::keyword);
    private static final Map<String, Integrity> INTEGRITIES = named(Integrity.values(), Integrity::keyword);
    private static final Map<String, Prf> PRFS = named(Prf.values(), Prf::keyword);
    private static final Map<String, KeyExchangeMethod> KEY_EXCHANGES =
            named(KeyExchangeMethod.values(), KeyExchangeMethod::keyword);
    /// Those that need no other beside them.
    private static final Map<String, KeyExchangeMethod> ALONE = named(
            Stream.of(KeyExchangeMethod.values())
                    .filter(method -> !method.isEncapsulation())
                    .toArray(KeyExchangeMethod[]::new),
            KeyExchangeMethod::keyword);

    private static final Map<String, KeyExchangeMethod> ADDITIONAL =
            named(KeyExchangeMethod.values(), ProposalNotation::additional);
    private static final Map<String, Boolean> SEQUENCE_NUMBERS = Map.of("esn", true, "noesn", false);

    private ProposalNotation() {}

    static IkeProposal ike(String notation) {
        var words = new Words(notation);
        var encryptions = words.take(ENCRYPTIONS);
        var integrities = words.take(INTEGRITIES);
        var prfs = words.take(PRFS);
        var keyExchanges = words.take(KEY_EXCHANGES);
        var additional = words.take(ADDITIONAL);
        words.expectNone(known(ENCRYPTIONS, INTEGRITIES, PRFS, ALONE, ADDITIONAL));
        if (prfs.isEmpty())
            prfs = integrities.stream().map(ProposalNotation::sameHash).toList();
        try {
            return new IkeProposal(encryptions, integrities, prfs, keyExchanges, additional);
        } catch (IllegalArgumentException nonsense) {
            throw words.because(nonsense);
        }
    }

    static EspProposal esp(String notation) {
        var words = new Words(notation);
        var encryptions = words.take(ENCRYPTIONS);
        var integrities = words.take(INTEGRITIES);
        var keyExchanges = words.take(KEY_EXCHANGES);
        var additional = words.take(ADDITIONAL);
        var sequenceNumbers = words.take(SEQUENCE_NUMBERS);
        words.expectNone(known(ENCRYPTIONS, INTEGRITIES, ALONE, ADDITIONAL, SEQUENCE_NUMBERS));
        try {
            return new EspProposal(
                    encryptions,
                    integrities,
                    keyExchanges,
                    additional,
                    sequenceNumbers.isEmpty() ? List.of(false) : sequenceNumbers);
        } catch (IllegalArgumentException nonsense) {
            throw words.because(nonsense);
        }
    }

    static void checkEncryption(List<Encryption> encryptions, List<Integrity> integrities) {
        if (encryptions.isEmpty()) {
            throw new IllegalArgumentException("name an encryption algorithm, such as aes256gcm16");
        }
        boolean aead = encryptions.getFirst().isAead();
        if (encryptions.stream().anyMatch(encryption -> encryption.isAead() != aead)) {
            throw new IllegalArgumentException("write AEAD algorithms (%s) and others (%s) as two proposals"
                    .formatted(keywords(encryptions, true), keywords(encryptions, false)));
        }
        if (aead && !integrities.isEmpty()) {
            throw new IllegalArgumentException("%s takes no integrity algorithm (%s)"
                    .formatted(
                            encryptions.getFirst().keyword(),
                            integrities.getFirst().keyword()));
        }
        if (!aead && integrities.isEmpty()) {
            throw new IllegalArgumentException("%s needs an integrity algorithm, such as sha256"
                    .formatted(encryptions.getFirst().keyword()));
        }
    }

    /// strongSwan 6's word for a method of the first additional key exchange.
    static String additional(KeyExchangeMethod method) {
        return "ke1_" + method.keyword();
    }

    /// What is needed twice is needed of two kinds.
    static void checkAdditional(List<KeyExchangeMethod> keyExchanges, List<KeyExchangeMethod> additional) {
        for (var method : additional) {
            if (keyExchanges.contains(method)) {
                throw new IllegalArgumentException(
                        "%s twice is no stronger than once: ke1_ takes another method".formatted(method.keyword()));
            }
        }
    }

    /// IKE_SA_INIT goes in one datagram, and nobody trusts an encapsulation alone yet.
    static void checkSizes(List<KeyExchangeMethod> keyExchanges) {
        for (var method : keyExchanges) {
            if (method.isEncapsulation()) {
                throw new IllegalArgumentException(
                        "%s takes part in the keys beside another method, in an exchange of its own: x25519-%s"
                                .formatted(method.keyword(), additional(method)));
            }
        }
    }

    private static String keywords(List<Encryption> encryptions, boolean aead) {
        return encryptions.stream()
                .filter(encryption -> encryption.isAead() == aead)
                .map(Encryption::keyword)
                .collect(Collectors.joining(", "));
    }

    private static Prf sameHash(Integrity integrity) {
        return switch (integrity) {
            case HMAC_SHA2_256_128 -> Prf.HMAC_SHA2_256;
            case HMAC_SHA2_384_192 -> Prf.HMAC_SHA2_384;
            case HMAC_SHA2_512_256 -> Prf.HMAC_SHA2_512;
        };
    }

    private static <T> Map<String, T> named(T[] values, Function<T, String> keyword) {
        return Stream.of(values).collect(Collectors.toUnmodifiableMap(keyword, value -> value));
    }

    @SafeVarargs
    private static List<String> known(Map<String, ?>... vocabularies) {
        var all = new TreeMap<String, Object>();
        for (var vocabulary : vocabularies) all.putAll(vocabulary);
        return List.copyOf(all.keySet());
    }

    /// The words of one proposal that nobody has understood yet.
    private static final class Words {
        private final String notation;
        private final List<String> left;

        Words(String notation) {
            this.notation = notation;
            this.left = new ArrayList<>(List.of(notation.split("-", -1)));
        }

        <T> List<T> take(Map<String, T> vocabulary) {
            var taken = new ArrayList<T>();
            left.removeIf(word -> {
                var value = vocabulary.get(word);
                if (value != null) taken.add(value);
                return value != null;
            });
            return taken;
        }

        void expectNone(List<String> known) {
            if (left.isEmpty()) return;
            throw new IllegalArgumentException(
                    "proposal '%s': '%s' is none of %s".formatted(notation, left.getFirst(), String.join(", ", known)));
        }

        IllegalArgumentException because(IllegalArgumentException nonsense) {
            return new IllegalArgumentException(
                    "proposal '%s': %s".formatted(notation, nonsense.getMessage()), nonsense);
        }
    }
}
