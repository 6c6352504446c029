package ikebana.negotiation;

import ikebana.crypto.Encryption;
import ikebana.crypto.Integrity;
import ikebana.crypto.KeyExchangeMethod;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// One proposal for ESP SAs.
///
/// @param integrities empty when the encryptions are AEAD, and only then
/// @param keyExchanges for a fresh key exchange when the SA is made by CREATE_CHILD_SA; unused in IKE_AUTH
/// @param additional for a second key exchange after that one, in IKE_FOLLOWUP_KE (RFC 9370); empty where there is to
///     be none
/// @param extendedSequenceNumbers what we take, the dearer first: `true` is 64-bit numbers
public record EspProposal(
        List<Encryption> encryptions,
        List<Integrity> integrities,
        List<KeyExchangeMethod> keyExchanges,
        List<KeyExchangeMethod> additional,
        List<Boolean> extendedSequenceNumbers) {

    public EspProposal {
        encryptions = List.copyOf(encryptions);
        integrities = List.copyOf(integrities);
        keyExchanges = List.copyOf(keyExchanges);
        additional = List.copyOf(additional);
        extendedSequenceNumbers = List.copyOf(extendedSequenceNumbers);
        ProposalNotation.checkEncryption(encryptions, integrities);
        ProposalNotation.checkSizes(keyExchanges);
        if (keyExchanges.isEmpty() && !additional.isEmpty()) {
            var method = additional.getFirst();
            throw new IllegalArgumentException("%s is a second key exchange: name the first one, too, such as x25519-%s"
                    .formatted(ProposalNotation.additional(method), ProposalNotation.additional(method)));
        }
        ProposalNotation.checkAdditional(keyExchanges, additional);
        if (extendedSequenceNumbers.isEmpty()) throw new IllegalArgumentException("esn, noesn, or both");
    }

    /// Parses strongSwan's notation, such as `aes256gcm16` or `aes256-sha256-esn-noesn`. Without a word about sequence
    /// numbers the 32-bit ones are meant, as there. With `x25519-ke1_mlkem768` a successor has two key exchanges.
    ///
    /// @throws IllegalArgumentException with a sentence
    public static EspProposal of(String notation) {
        return ProposalNotation.esp(notation);
    }

    @Override
    public String toString() {
        return Stream.of(
                        encryptions.stream().map(Encryption::keyword),
                        integrities.stream().map(Integrity::keyword),
                        keyExchanges.stream().map(KeyExchangeMethod::keyword),
                        additional.stream().map(ProposalNotation::additional),
                        extendedSequenceNumbers.equals(List.of(false))
                                ? Stream.<String>empty()
                                : extendedSequenceNumbers.stream().map(esn -> esn ? "esn" : "noesn"))
                .flatMap(words -> words)
                .collect(Collectors.joining("-"));
    }
}
