package ikebana.ike;

import ikebana.auth.Authenticated;
import ikebana.auth.Endpoint;
import ikebana.auth.Identity;
import ikebana.auth.Profile;
import ikebana.crypto.KeyExchangeMethod;
import ikebana.crypto.KeyPair;
import ikebana.kernel.StateId;
import ikebana.negotiation.Refusal;
import ikebana.wire.Bytes;
import ikebana.wire.Payload;
import ikebana.wire.Spi;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Where an IKE SA stands, named by what it waits for.
sealed interface Phase {

    /// @param restarts how often a COOKIE or INVALID_KE_PAYLOAD has made us begin again
    /// @param overtaken how many answers may still come to requests before the present one: a slow peer
    ///     answers each repetition, and what it demands there is not about what we have sent since
    /// @param hint the last error that somebody answered with: not authentic, so we go on trying
    record AwaitInitResponse(
            Dial dial,
            KeyExchangeMethod method,
            KeyPair pair,
            Bytes nonce,
            Optional<Bytes> cookie,
            int restarts,
            int overtaken,
            Optional<String> hint)
            implements Phase {

        AwaitInitResponse hinted(String error) {
            return new AwaitInitResponse(dial, method, pair, nonce, cookie, restarts, overtaken, Optional.of(error));
        }

        AwaitInitResponse lessOvertaken() {
            return new AwaitInitResponse(dial, method, pair, nonce, cookie, restarts, overtaken - 1, hint);
        }

        AwaitInitResponse anewWith(Bytes another, int unanswered) {
            return new AwaitInitResponse(
                    dial, method, pair, nonce, Optional.of(another), restarts + 1, overtaken + unanswered, hint);
        }

        AwaitInitResponse anewWith(KeyExchangeMethod another, KeyPair generated, int unanswered) {
            return new AwaitInitResponse(
                    dial, another, generated, nonce, cookie, restarts + 1, overtaken + unanswered, hint);
        }
    }

    /// Initiator, keys agreed: may we authenticate, or does `gone` of an earlier tunnel still run?
    record AwaitClearance(Dial dial, Negotiated negotiated, Ticket ticket) implements Phase {}

    /// Initiator: the keeper of the keys computes our AUTH.
    record AwaitOurAuth(Dial dial, Negotiated negotiated, boolean initialContact, Ticket ticket) implements Phase {}

    /// @param inbound the SPI that we offered for what we receive
    record AwaitAuthResponse(Dial dial, Negotiated negotiated, Spi inbound) implements Phase {}

    /// Initiator: the keeper of the keys says whether the responder's AUTH is true.
    record AwaitResponderProof(Dial dial, Negotiated negotiated, Spi inbound, List<Payload> answer, Ticket ticket)
            implements Phase {}

    /// @param until the initiator has so long to authenticate
    record AwaitAuthRequest(Negotiated negotiated, Instant until) implements Phase {}

    /// Responder: the keeper of the keys says whether the initiator's AUTH is true.
    record AwaitInitiatorProof(Negotiated negotiated, AuthRequest request, Ticket ticket) implements Phase {}

    /// @param child what was agreed, or why there is none
    record AwaitResponderAuth(
            Negotiated negotiated,
            AuthRequest request,
            Authenticated peer,
            Profile profile,
            Planned child,
            Ticket ticket)
            implements Phase {}

    /// Both sides are proven: the ledger decides whether this SA may stand.
    record AwaitAdmission(Agreed agreed, Ticket ticket) implements Phase {}

    /// Inbound first: a responder's must be there before its response leaves.
    ///
    /// @param confirm whether the outbound state waits until the peer is known to receive
    record AwaitInbound(Agreed agreed, boolean confirm, Ticket ticket) implements Phase {}

    /// The inbound state stands.
    record AwaitOutbound(Agreed agreed, Ticket ticket) implements Phase {}

    /// @param heardAt when the peer last said something authentic
    record Established(Agreed agreed, Instant heardAt, Outbound outbound) implements Phase {}

    /// Our goodbye is under way.
    ///
    /// @param unsaid what is still to be said, as soon as the request before it has been answered: there is one
    ///     at a time, and a peer drops what is ahead of its window
    /// @param inbound empty when nothing of this SA is in the kernel any more
    record Deleting(Negotiated negotiated, String why, List<Payload> unsaid, Optional<Draining> inbound)
            implements Phase {
        public Deleting {
            unsaid = List.copyOf(unsaid);
        }
    }

    /// It is over, and our last answer may have been lost: whoever asks again gets the same bytes.
    record Lingering(String why, Instant until, Optional<Draining> inbound) implements Phase {}

    /// Nothing more will happen to it; also what it is before its first step.
    record Closed(String why) implements Phase {}

    /// Where the outbound state of an established SA is.
    sealed interface Outbound {}

    /// @param confirmed whether the peer is known to have established this SA, too
    record InUse(boolean confirmed) implements Outbound {}

    /// The traffic still goes another way. The peer was asked for a sign of life: whoever has established this SA
    /// receives on it.
    ///
    /// @param until it is used then in any case
    record HeldBack(Instant until) implements Outbound {}

    /// @param confirmed see [InUse]
    record BeingInstalled(Ticket ticket, boolean confirmed) implements Outbound {}

    /// An inbound state that outlives its SA, for packets that are under way.
    record Draining(StateId id, Instant until) {}

    /// An IKE_AUTH request that has been opened.
    ///
    /// @param bytes as it came, to know it when it comes again
    record AuthRequest(Bytes bytes, Path path, List<Payload> payloads) {
        Datagram datagram() {
            return new Datagram(path, bytes);
        }
    }

    sealed interface Planned {}

    /// @param answer the payloads that agree
    record Plan(Child child, List<Payload> answer) implements Planned {}

    record NoChild(Refusal refusal) implements Planned {}

    /// Both sides are proven, and a child is agreed.
    ///
    /// @param response what a responder still has to send, with the request that it answers
    record Agreed(
            Negotiated negotiated,
            Endpoint endpoint,
            Identity local,
            Authenticated peer,
            Child child,
            Optional<Answer> response) {

        Agreed with(Child changed) {
            return new Agreed(negotiated, endpoint, local, peer, changed, response);
        }
    }

    record Answer(AuthRequest request, List<Payload> payloads) {}
}
