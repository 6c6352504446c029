package ikebana.negotiation;

import ikebana.crypto.Encryption;
import ikebana.crypto.Integrity;
import ikebana.crypto.KeyExchangeMethod;
import ikebana.crypto.Prf;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// One proposal for an IKE SA: of each kind the algorithms that we take, the dearest first.
///
/// @param additional for a second key exchange in IKE_INTERMEDIATE, and in IKE_FOLLOWUP_KE when the IKE SA is rekeyed
///     (RFC 9370); empty where there is to be none
/// @param integrities empty when the encryptions are AEAD, and only then: the two are never mixed in one proposal
///        (RFC 7296 3.3)
public record IkeProposal(
        List<Encryption> encryptions,
        List<Integrity> integrities,
        List<Prf> prfs,
        List<KeyExchangeMethod> keyExchanges,
        List<KeyExchangeMethod> additional) {

    public IkeProposal {
        encryptions = List.copyOf(encryptions);
        integrities = List.copyOf(integrities);
        prfs = List.copyOf(prfs);
        keyExchanges = List.copyOf(keyExchanges);
        additional = List.copyOf(additional);
        ProposalNotation.checkEncryption(encryptions, integrities);
        if (prfs.isEmpty()) throw new IllegalArgumentException("name a PRF, such as prfsha256");
        if (keyExchanges.isEmpty()) throw new IllegalArgumentException("name a key exchange method, such as x25519");
        ProposalNotation.checkSizes(keyExchanges);
        ProposalNotation.checkAdditional(keyExchanges, additional);
    }

    /// Parses strongSwan's notation, such as `aes256gcm16-prfsha256-x25519` or `aes256-sha256-modp2048`. Without a PRF,
    /// the integrity algorithm's hash is taken. With `ke1_mlkem768` it asks for a second key exchange.
    ///
    /// @throws IllegalArgumentException with a sentence
    public static IkeProposal of(String notation) {
        return ProposalNotation.ike(notation);
    }

    @Override
    public String toString() {
        return Stream.of(
                        encryptions.stream().map(Encryption::keyword),
                        integrities.stream().map(Integrity::keyword),
                        prfs.stream().map(Prf::keyword),
                        keyExchanges.stream().map(KeyExchangeMethod::keyword),
                        additional.stream().map(ProposalNotation::additional))
                .flatMap(words -> words)
                .collect(Collectors.joining("-"));
    }
}
