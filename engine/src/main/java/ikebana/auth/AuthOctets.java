package ikebana.auth;

import ikebana.crypto.Prf;
import ikebana.wire.Bytes;
import ikebana.wire.Secret;

/// What AUTH signs (RFC 7296 2.15): the signer's own first message as it was on the wire, the other's nonce, and a MAC
/// over the body of the signer's ID payload as it was on the wire, reserved bytes and all.
public final class AuthOctets {
    private AuthOctets() {}

    /// @param firstMessage the IKE_SA_INIT message of the signer that was answered, with its cookie where it had one
    /// @param skP SK_pi for the initiator's octets, SK_pr for the responder's
    public static Bytes of(Bytes firstMessage, Bytes othersNonce, Prf prf, Secret skP, Bytes identificationBody) {
        try (var mac = prf.apply(skP, identificationBody)) {
            return Bytes.concat(firstMessage, othersNonce, Bytes.of(mac.expose()));
        }
    }
}
