package ikebana.ike;

import ikebana.auth.Profile;
import ikebana.crypto.Entropy;
import ikebana.settings.IkeSettings;
import ikebana.wire.IkeSpi;
import ikebana.wire.Message;
import java.time.Instant;
import java.util.List;

/// One IKE SA, in either role: a function from what it remembers and what happens to what it remembers then and what
/// the world should do. It has no clock, no socket and no dice of its own.
public final class IkeSa {
    private final IkeSettings settings;
    private final Entropy entropy;
    private final InitExchange init;
    private final AuthExchange auth;
    private final Informational informational;

    /// @param profiles all of them: a responder does not know at first which one its peer means
    public IkeSa(IkeSettings settings, List<Profile> profiles, Entropy entropy) {
        this.settings = settings;
        this.entropy = entropy;
        var desk = new Desk(settings, entropy);
        this.init = new InitExchange(desk, profiles);
        this.auth = new AuthExchange(desk, profiles);
        this.informational = new Informational(desk);
    }

    /// Begins an IKE SA of our own.
    ///
    /// @param spi ours; no other SA of this host has it
    public Step<SaState, Effect> dial(IkeSpi spi, Path path, Dial dial, Instant now) {
        return init.begin(blank(spi, path), dial, now);
    }

    /// Answers somebody's IKE_SA_INIT request, which the doorman has let in.
    ///
    /// @param spi ours; no other SA of this host has it
    public Step<SaState, Effect> answer(IkeSpi spi, Datagram request, Instant now) {
        return init.answer(blank(spi, request.path()), request, now);
    }

    private static SaState blank(IkeSpi spi, Path path) {
        return new SaState(spi, path, Window.FRESH, new Phase.Closed("not begun"), 0, 0);
    }

    public Step<SaState, Effect> step(SaState state, Instant now, Input input) {
        return switch (input) {
            case Input.Arrived(var datagram) -> arrived(state, now, datagram);
            case Input.CredentialsSaid(var ticket, var verdict) -> auth.credentialsSaid(state, now, ticket, verdict);
            case Input.KernelSaid(var ticket, var reply) -> auth.kernelSaid(state, now, ticket, reply);
            case Input.Cleared(var ticket, var initialContact) -> auth.cleared(state, ticket, initialContact);
            case Input.Admitted(var ticket) -> auth.admitted(state, ticket);
            case Input.NotAdmitted(var ticket, var why) -> auth.notAdmitted(state, now, ticket, why);
            case Input.ChildEnded(var id) -> informational.childEnded(state, now, id);
            case Input.Close(var why) -> informational.close(state, now, why);
            case Input.Woke() -> woke(state, now);
        };
    }

    private Step<SaState, Effect> arrived(SaState state, Instant now, Datagram datagram) {
        if (state.isClosed()) return Step.to(state);
        return switch (Message.decode(datagram.bytes())) {
            case Message.Decoded.Broken(var _, var why) -> Step.to(state, new Effect.Ignored(why));
            case Message.Decoded.Whole(var message) -> arrived(state, now, datagram, message);
        };
    }

    private Step<SaState, Effect> arrived(SaState state, Instant now, Datagram datagram, Message message) {
        var header = message.header();
        if (!header.response()) {
            // before anything is opened: a repetition costs a comparison, and its answer goes to where it came from
            var again = state.window().repeated(datagram.bytes());
            if (again.isPresent()) {
                return Step.to(state, new Effect.Send(new Datagram(datagram.path(), again.get())));
            }
            if (!header.messageId().equals(state.window().expected())) {
                return Step.to(state, new Effect.Ignored("a request outside the window: " + header.messageId()));
            }
        } else if (!state.window().awaits(header.messageId())) {
            return Step.to(state, new Effect.Ignored("a response that nobody awaits: " + header.messageId()));
        }
        return switch (state.phase()) {
            case Phase.AwaitInitResponse waiting -> init.response(state, now, waiting, datagram, message);
            case Phase.AwaitAuthResponse waiting -> auth.response(state, now, waiting, datagram, message);
            case Phase.AwaitAuthRequest waiting -> auth.request(state, now, waiting, datagram, message);
            case Phase.Established established -> informational.established(state, now, established, datagram, message);
            case Phase.Deleting deleting -> informational.deleting(state, now, deleting, datagram, message);
            // an answer of our own is still to come: the peer will send again
            case Phase.AwaitClearance _,
                    Phase.AwaitOurAuth _,
                    Phase.AwaitResponderProof _,
                    Phase.AwaitInitiatorProof _,
                    Phase.AwaitResponderAuth _,
                    Phase.AwaitAdmission _,
                    Phase.AwaitInbound _,
                    Phase.AwaitOutbound _,
                    Phase.Lingering _,
                    Phase.Closed _ -> Step.to(state);
        };
    }

    private Step<SaState, Effect> woke(SaState state, Instant now) {
        if (state.wakeAt(settings).filter(at -> !at.isAfter(now)).isEmpty()) return Step.to(state); // too early
        var flight = state.window().flight();
        if (flight.isPresent() && !flight.get().resendAt().isAfter(now)) {
            if (flight.get().tries() >= settings.retransmission().tries()) return gaveUp(state);
            var resent = state.window().resent(now, settings.retransmission(), entropy.fraction());
            // RFC 7296 2.1: the same bytes, or an IV would seal two messages
            return Step.to(
                    state.with(resent),
                    new Effect.Send(new Datagram(state.path(), flight.get().bytes())));
        }
        return switch (state.phase()) {
            case Phase.Lingering(var why, var _) -> Step.to(state.in(new Phase.Closed(why)), new Effect.Retired());
            case Phase.AwaitAuthRequest _ -> Desk.finish(state, "the peer began and never authenticated");
            case Phase.Established _ -> informational.ask(state, now);
            case Phase.AwaitInitResponse _,
                    Phase.AwaitClearance _,
                    Phase.AwaitOurAuth _,
                    Phase.AwaitAuthResponse _,
                    Phase.AwaitResponderProof _,
                    Phase.AwaitInitiatorProof _,
                    Phase.AwaitResponderAuth _,
                    Phase.AwaitAdmission _,
                    Phase.AwaitInbound _,
                    Phase.AwaitOutbound _,
                    Phase.Deleting _,
                    Phase.Closed _ -> Step.to(state);
        };
    }

    private Step<SaState, Effect> gaveUp(SaState state) {
        return switch (state.phase()) {
            case Phase.AwaitInitResponse waiting ->
                Desk.finish(
                        state,
                        "%s never answered%s"
                                .formatted(
                                        state.path().remote(),
                                        waiting.hint()
                                                .map(hint -> " but with " + hint)
                                                .orElse("")));
            case Phase.Established(var agreed, var _) ->
                Desk.finish(state, "the peer is dead: it no longer answers", Desk.remove(agreed.child()));
            case Phase.Deleting(var _, var why) -> Desk.finish(state, why);
            case Phase.AwaitAuthResponse _ ->
                Desk.finish(
                        state,
                        "%s answered IKE_SA_INIT and not IKE_AUTH"
                                .formatted(state.path().remote()));
            case Phase.AwaitClearance _,
                    Phase.AwaitOurAuth _,
                    Phase.AwaitResponderProof _,
                    Phase.AwaitAuthRequest _,
                    Phase.AwaitInitiatorProof _,
                    Phase.AwaitResponderAuth _,
                    Phase.AwaitAdmission _,
                    Phase.AwaitInbound _,
                    Phase.AwaitOutbound _,
                    Phase.Lingering _,
                    Phase.Closed _ -> throw new IllegalStateException("a request in flight in " + state);
        };
    }
}
