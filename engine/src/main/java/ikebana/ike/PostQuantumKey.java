package ikebana.ike;

import ikebana.auth.Ppk;
import ikebana.auth.Profile;
import ikebana.auth.Question;
import ikebana.auth.Verdict;
import ikebana.wire.Authentication;
import ikebana.wire.Bytes;
import ikebana.wire.Message;
import ikebana.wire.Notify;
import ikebana.wire.NotifyType;
import ikebana.wire.Payload;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The post-quantum preshared key (RFC 8784) in IKE_AUTH, in both roles: what is said of it, and what it means when
/// nothing is. The keeper of the keys mixes it in; how far it has got is [Mixing].
final class PostQuantumKey {
    private PostQuantumKey() {}

    static boolean isRequired(Profile profile) {
        return profile.ppk().filter(Ppk::required).isPresent();
    }

    // ---- initiator

    static Step<SaState, Effect> mixOurs(SaState state, Dial dial, Negotiated negotiated, boolean initialContact) {
        var ticket = state.ticket();
        return Step.to(
                state.drawn().in(new Phase.AwaitOurPpk(dial, negotiated, initialContact, ticket)),
                new Effect.AskCredentials(
                        ticket, new Question.Mix(dial.profile().name(), negotiated.keys())));
    }

    /// Whether our AUTH is there that has the key in it, and one without it is still to be computed, for a peer that
    /// may not have the key.
    static boolean needsAnotherAuth(Phase.AwaitOurAuth waiting) {
        return isMixed(waiting)
                && waiting.first().isEmpty()
                && !isRequired(waiting.dial().profile());
    }

    /// @param last our AUTH; where there are two, the one without the key
    static List<Payload> said(Phase.AwaitOurAuth waiting, Verdict.Signed last) {
        var payloads = new ArrayList<Payload>();
        if (isMixed(waiting)) {
            payloads.add(waiting.dial().profile().ppk().orElseThrow().identity());
        }
        if (waiting.first().isPresent()) payloads.add(Notify.of(NotifyType.NO_PPK_AUTH, last.data()));
        return payloads;
    }

    private static boolean isMixed(Phase.AwaitOurAuth waiting) {
        return waiting.negotiated().mixing() instanceof Mixing.Known;
    }

    /// RFC 8784 3: the name, without the name itself, says that the responder has it.
    static boolean hasIt(List<Payload> answer) {
        return Message.has(answer, NotifyType.PPK_IDENTITY);
    }

    // ---- responder

    /// Those of the profiles whose key the initiator has named.
    static List<Profile> owners(List<Profile> fitting, List<Payload> request) {
        var named = Message.notification(request, NotifyType.PPK_IDENTITY);
        return fitting.stream()
                .filter(profile ->
                        named.isPresent() && profile.ppk().map(Ppk::identity).equals(named))
                .toList();
    }

    static Step<SaState, Effect> mixTheirs(
            SaState state, Negotiated negotiated, Phase.AuthRequest request, List<Profile> owners) {
        var ticket = state.ticket();
        return Step.to(
                state.drawn().in(new Phase.AwaitInitiatorPpk(negotiated, request, owners, ticket)),
                new Effect.AskCredentials(
                        ticket, new Question.Mix(owners.getFirst().name(), negotiated.keys())));
    }

    /// What becomes of an initiator that has named no key that we have.
    sealed interface Without {
        record Refused(String why) implements Without {}

        /// @param candidates the profiles that it may mean all the same
        /// @param proof what is to be its AUTH
        record Presented(List<Profile> candidates, Bytes proof) implements Without {}
    }

    /// RFC 8784 3. If it has named a key, its AUTH is no use to us, and there may be another.
    static Without without(List<Profile> fitting, List<Payload> request) {
        var free = fitting.stream().filter(profile -> !isRequired(profile)).toList();
        if (!fitting.isEmpty() && free.isEmpty()) {
            return new Without.Refused("profile %s requires a post-quantum key that the peer has not named"
                    .formatted(fitting.getFirst().name()));
        }
        if (!Message.has(request, NotifyType.PPK_IDENTITY)) {
            return new Without.Presented(
                    free,
                    Message.first(request, Authentication.class).orElseThrow().data());
        }
        return Message.notification(request, NotifyType.NO_PPK_AUTH)
                .<Without>map(other -> new Without.Presented(free, other.data()))
                .orElseGet(() -> new Without.Refused("the peer insists on a post-quantum key that we do not have"));
    }

    static Optional<Notify> answered(Negotiated negotiated) {
        return negotiated.mixing() instanceof Mixing.Done
                ? Optional.of(Notify.of(NotifyType.PPK_IDENTITY))
                : Optional.empty();
    }
}
