package ikebana.ike;

import ikebana.crypto.IkeKeys;
import ikebana.crypto.Prf;
import ikebana.wire.Bytes;
import ikebana.wire.Header;
import ikebana.wire.Message;
import ikebana.wire.Payload;
import ikebana.wire.Secret;
import ikebana.wire.Writer;
import java.util.List;

/// What AUTH covers of the IKE_INTERMEDIATE exchanges (RFC 9242 3.3.2): who changes one of their messages on its
/// way is found out in IKE_AUTH, as with IKE_SA_INIT.
///
/// @param exchanges how many there were
/// @param ofInitiator a MAC over all of the initiator's messages in their order, and `ofResponder` the other one's
record IntAuth(int exchanges, Bytes ofInitiator, Bytes ofResponder) {
    static final IntAuth NONE = new IntAuth(0, Bytes.EMPTY, Bytes.EMPTY);

    /// With one exchange more.
    ///
    /// @param keys that protected it: those from before what it brings about
    /// @param request and `response`: as [#covered] has them
    IntAuth with(IkeKeys keys, Bytes request, Bytes response) {
        var prf = keys.suite().prf();
        return new IntAuth(
                exchanges + 1, mac(prf, keys.pi(), ofInitiator, request), mac(prf, keys.pr(), ofResponder, response));
    }

    private static Bytes mac(Prf prf, Secret key, Bytes before, Bytes message) {
        try (var mac = prf.apply(key, Bytes.concat(before, message))) {
            return Bytes.of(mac.expose());
        }
    }

    /// What goes behind the rest that AUTH covers, in both directions: the two MACs, and the message ID of IKE_AUTH.
    Bytes octets() {
        if (exchanges == 0) return Bytes.EMPTY;
        return Bytes.concat(
                ofInitiator, ofResponder, new Writer().i32(exchanges + 1).toBytes());
    }

    /// A message in the form that is covered: header and generic header as if there were no IV, padding and ICV, then
    /// what is inside. A message in fragments is covered as if it had come in one piece.
    ///
    /// @param payloads and `chain`: what is inside, read and as it was on the wire
    static Bytes covered(Header header, List<Payload> payloads, Bytes chain) {
        return Bytes.concat(Message.associatedData(header, Message.firstType(payloads), chain.length()), chain);
    }
}
