package ikebana.auth;

import ikebana.crypto.IkeKeys;
import ikebana.crypto.Prf;
import ikebana.crypto.SignatureHash;
import ikebana.wire.Bytes;
import ikebana.wire.Certificate;
import java.util.List;
import java.util.Optional;

/// What an IKE SA asks of whoever keeps the keys. The octets are those of RFC 7296 2.15.
public sealed interface Question {

    /// Our own AUTH.
    ///
    /// @param remote the peer's identity where it is known: an initiator does not yet
    /// @param hashes that the peer has announced (RFC 7427 4); empty when it has not
    record Sign(
            String profile,
            Optional<Identity> remote,
            Identity remoteAddress,
            Prf prf,
            Bytes octets,
            Optional<List<SignatureHash>> hashes)
            implements Question {}

    /// The profile's post-quantum key in the keys of an IKE SA.
    record Mix(String profile, IkeKeys keys) implements Question {}

    /// The peer's AUTH.
    ///
    /// @param profiles that would accept this identity, in the order in which they are tried;
    /// when none would, the answer takes as long and is the same as for a wrong key
    /// @param certificates of X.509 and raw keys, the peer's own first
    record Verify(
            List<String> profiles,
            Identity remote,
            Prf prf,
            Bytes octets,
            int method,
            Bytes presented,
            List<Certificate> certificates)
            implements Question {
        public Verify {
            profiles = List.copyOf(profiles);
            certificates = List.copyOf(certificates);
        }
    }
}
