package ikebana.ike;

import ikebana.auth.AuthOctets;
import ikebana.crypto.IkeKeys;
import ikebana.crypto.SkProtection;
import ikebana.wire.Bytes;
import ikebana.wire.IkeSpi;
import ikebana.wire.Message;
import ikebana.wire.Notify;
import ikebana.wire.NotifyType;
import ikebana.wire.Payload;
import ikebana.wire.Secret;
import ikebana.wire.VendorId;
import java.util.List;
import java.util.Optional;

/// What IKE_SA_INIT came to: keys that we share with somebody, we do not know whom. Or what a rekeying came to.
///
/// @param initiator whether that is us: of a rekeying, whether we have asked for it
/// @param request and `response`: the two messages as they were on the wire, for AUTH; empty after a rekeying, which
///     authenticates nobody anew
/// @param nat what is between us
/// @param doubt whether the peer may have answered an earlier form of our request, which AUTH would have to cover then
/// @param kin whether the peer is an Ikebana, too
/// @param mixing how far a post-quantum key has got into the keys
/// @param intAuth what AUTH covers of the exchanges in between
/// @param crashToken what the peer will show when it has lost this SA
/// @param fragments whether the peer takes messages in fragments, as we do
record Negotiated(
        boolean initiator,
        IkeSpi spiI,
        IkeSpi spiR,
        IkeKeys keys,
        Bytes nonceI,
        Bytes nonceR,
        Bytes request,
        Bytes response,
        Nat nat,
        boolean doubt,
        boolean kin,
        boolean fragments,
        IntAuth intAuth,
        Mixing mixing,
        Optional<Secret> crashToken) {
    /// How Ikebanas know each other: the name in ASCII. IKE_SA_INIT is covered by AUTH, so that nobody else can say it
    /// in their place.
    static final VendorId VENDOR_ID = new VendorId(Bytes.ofHex("496b6562616e61"));

    /// What a person should know when IKE_AUTH failed and `doubt` is true.
    static final String HINT = "; it may have answered our first request as it was before it demanded a cookie";

    static boolean isKin(List<Payload> payloads) {
        return Message.all(payloads, VendorId.class).anyMatch(VENDOR_ID::equals);
    }

    /// RFC 7383 2.3: what both ends say in IKE_SA_INIT.
    static final Notify TAKES_FRAGMENTS = Notify.of(NotifyType.FRAGMENTATION_SUPPORTED);

    static boolean takesFragments(List<Payload> payloads) {
        return Message.has(payloads, NotifyType.FRAGMENTATION_SUPPORTED);
    }

    /// RFC 9242 3.1: what both ends say in IKE_SA_INIT where there may be a second key exchange.
    static final Notify TAKES_INTERMEDIATE = Notify.of(NotifyType.INTERMEDIATE_EXCHANGE_SUPPORTED);

    static boolean takesIntermediate(List<Payload> payloads) {
        return Message.has(payloads, NotifyType.INTERMEDIATE_EXCHANGE_SUPPORTED);
    }

    /// RFC 6023 3: what a responder says in IKE_SA_INIT that takes IKE_AUTH without a child.
    static final Notify TAKES_CHILDLESS = Notify.of(NotifyType.CHILDLESS_IKEV2_SUPPORTED);

    /// Whether the responder has said so.
    boolean mayBeChildless() {
        return Message.decode(response) instanceof Message.Decoded.Whole(var message)
                && Message.has(message.payloads(), NotifyType.CHILDLESS_IKEV2_SUPPORTED);
    }

    /// RFC 8784 3: what both ends say in IKE_SA_INIT where a post-quantum key may go into the keys.
    static final Notify USES_PPK = Notify.of(NotifyType.USE_PPK);

    static boolean usesPpk(List<Payload> payloads) {
        return Message.has(payloads, NotifyType.USE_PPK);
    }

    /// The same with other keys.
    Negotiated with(IkeKeys changed, IntAuth covered) {
        return with(changed, covered, mixing);
    }

    Negotiated with(Mixing changed) {
        return with(keys, intAuth, changed);
    }

    private Negotiated with(IkeKeys changed, IntAuth covered, Mixing mixed) {
        return new Negotiated(
                initiator,
                spiI,
                spiR,
                changed,
                nonceI,
                nonceR,
                request,
                response,
                nat,
                doubt,
                kin,
                fragments,
                covered,
                mixed,
                crashToken);
    }

    /// @param token see `crashToken`; what the peer has told in an exchange of this SA
    Negotiated knowing(Optional<Secret> token) {
        return new Negotiated(
                initiator, spiI, spiR, keys, nonceI, nonceR, request, response, nat, doubt, kin, fragments, intAuth,
                mixing, token);
    }

    /// With the keys that the post-quantum key has made, should it count.
    Negotiated ifMixed() {
        return mixing instanceof Mixing.Known(var mixed) ? with(mixed, intAuth) : this;
    }

    /// It is known whether both ends have the post-quantum key: the other keys are wiped.
    Negotiated decided(boolean mixed) {
        if (!(mixing instanceof Mixing.Known(var made))) return with(new Mixing.None());
        (mixed ? keys : made).closeUnshared();
        return with(mixed ? made : keys, intAuth, mixed ? new Mixing.Done() : new Mixing.None());
    }

    /// What protects it, for a person.
    String suite() {
        return keys.suite() + (mixing instanceof Mixing.Done ? "-ppk" : "");
    }

    /// What follows this IKE SA (RFC 7296 2.18): the peer, and what is between us, are the same.
    ///
    /// @param begun whether we have asked for it
    Negotiated successor(boolean begun, IkeSpi newI, IkeSpi newR, IkeKeys fresh, Bytes newNonceI, Bytes newNonceR) {
        return new Negotiated(
                begun,
                newI,
                newR,
                fresh,
                newNonceI,
                newNonceR,
                Bytes.EMPTY,
                Bytes.EMPTY,
                nat,
                false,
                kin,
                fragments,
                IntAuth.NONE,
                mixing,
                Optional.empty());
    }

    IkeSpi ourSpi() {
        return initiator ? spiI : spiR;
    }

    SkProtection ours() {
        return initiator ? keys.fromInitiator() : keys.fromResponder();
    }

    SkProtection theirs() {
        return initiator ? keys.fromResponder() : keys.fromInitiator();
    }

    /// What our AUTH covers.
    Bytes ourOctets(Bytes ourIdBody) {
        return octets(initiator, ourIdBody);
    }

    /// What the peer's AUTH covers.
    Bytes theirOctets(Bytes theirIdBody) {
        return octets(!initiator, theirIdBody);
    }

    private Bytes octets(boolean ofInitiator, Bytes idBody) {
        var prf = keys.suite().prf();
        var octets = ofInitiator
                ? AuthOctets.of(request, nonceR, prf, keys.pi(), idBody)
                : AuthOctets.of(response, nonceI, prf, keys.pr(), idBody);
        return Bytes.concat(octets, intAuth.octets());
    }

    Bytes lowestNonce() {
        return nonceI.compareTo(nonceR) <= 0 ? nonceI : nonceR;
    }
}
