package ikebana.ike;

import ikebana.Examples;
import ikebana.auth.Credentials;
import ikebana.auth.IdentityPattern;
import ikebana.auth.PreSharedKey;
import ikebana.auth.Profile;
import ikebana.auth.Verdict;
import ikebana.crypto.Entropy;
import ikebana.crypto.KeyExchanges;
import ikebana.kernel.Reply;
import ikebana.kernel.Request;
import ikebana.settings.IkeSettings;
import ikebana.settings.Ports;
import ikebana.wire.IkeSpi;
import ikebana.wire.IpAddress;
import ikebana.wire.Secret;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/// One end of an IKE SA between two machines in a test: whatever it asks for is granted, and what it sends is for the
/// test to carry.
final class End {

    /// What both ends share. Nothing happens by itself: the test takes one thing after the other.
    abstract static class Between {
        final Deque<Runnable> agenda = new ArrayDeque<>();
        /// What was sent, whether or not it has been carried.
        final List<Datagram> wire = new ArrayList<>();
        Instant now = Instant.EPOCH;
        /// What either kernel says.
        Reply kernel = new Reply.Done();

        /// What an end's kernel says to a request.
        Reply says(End asked, Request request) {
            return kernel;
        }

        abstract void carries(End from, Datagram datagram);

        void settle() {
            while (!agenda.isEmpty()) agenda.removeFirst().run();
        }
    }

    final Profile profile;
    final CrashTokens crashTokens;
    final IkeSa machine;
    final List<String> said = new ArrayList<>();
    final List<Request> asked = new ArrayList<>();
    final List<Effect> effects = new ArrayList<>();
    Optional<SaState> state = Optional.empty();
    /// What becomes of what the keeper of the keys says.
    UnaryOperator<Verdict> verdicts = verdict -> verdict;

    private final Between between;
    private final Credentials credentials;

    /// Whether no other IKE SA of its endpoint carries the traffic.
    boolean isTheOnlyOne = true;

    End(IpAddress address, Entropy entropy, Between between) {
        this(Examples.profile(address), entropy, between);
    }

    End(Profile profile, Entropy entropy, Between between) {
        this(profile, Examples.SETTINGS, entropy, between);
    }

    End(Profile profile, IkeSettings settings, Entropy entropy, Between between) {
        this(profile, settings, entropy, KeyExchanges.REAL, between);
    }

    End(Profile profile, IkeSettings settings, Entropy entropy, KeyExchanges keyExchanges, Between between) {
        this.between = between;
        this.profile = profile;
        crashTokens = CrashTokens.from(entropy.secret(CrashTokens.SECRET_LENGTH));
        machine = new IkeSa(settings, new Ports(500, 4500), List.of(profile), crashTokens, entropy, keyExchanges);
        var key = new PreSharedKey(IdentityPattern.of("*"), Secret.copyOf(new byte[] {1, 2, 3}));
        credentials = new Credentials(
                Map.of("dmvpn", List.of(key)),
                Map.of(),
                Map.of(),
                Map.of("dmvpn", Secret.copyOf(new byte[] {4, 5, 6})),
                entropy);
    }

    void perform(Step<SaState, Effect> step) {
        state = Optional.of(step.next());
        effects.addAll(step.effects());
        for (var effect : step.effects()) perform(effect);
    }

    private void perform(Effect effect) {
        switch (effect) {
            case Effect.Send(var datagram) -> {
                between.wire.add(datagram);
                between.agenda.add(() -> between.carries(this, datagram));
            }
            case Effect.AskCredentials(var ticket, var question) ->
                then(new Input.CredentialsSaid(ticket, verdicts.apply(credentials.answer(question, Instant.EPOCH))));
            case Effect.MayAuthenticate(var ticket, var _) -> then(new Input.Cleared(ticket, true));
            case Effect.AskAdmission admission -> then(new Input.Admitted(admission.ticket(), false));
            case Effect.AskKernel(var ticket, var request) -> {
                asked.add(request);
                between.agenda.add(() -> happens(new Input.KernelSaid(ticket, between.says(this, request))));
            }
            case Effect.LeftBehind(var outbound) -> {
                outbound.forEach(id -> perform(Desk.remove(id)));
                then(new Input.Released());
            }
            case Effect.Finished(var _, var why) -> said.add(why);
            case Effect.Changed _ -> {
                boolean late = is().phase() instanceof Phase.Established standing
                        && standing.agreed().child().isEmpty();
                if (late && isTheOnlyOne) then(new Input.TakeOver());
            }
            case Effect.Established _,
                    Effect.KeepAlive _,
                    Effect.Moved _,
                    Effect.KnownBy _,
                    Effect.Confirmed _,
                    Effect.Idle _,
                    Effect.AuthenticateWithin _,
                    Effect.Ignored _,
                    Effect.Parting _,
                    Effect.Parted _,
                    Effect.Retired _ -> {}
        }
    }

    private void then(Input input) {
        between.agenda.add(() -> happens(input));
    }

    void happens(Input input) {
        perform(machine.step(is(), between.now, input));
    }

    /// The first datagram begins it, with the SPI 2.
    void hears(Datagram datagram) {
        if (state.isEmpty()) {
            perform(machine.answer(new IkeSpi(2), datagram, between.now));
        } else {
            happens(new Input.Arrived(datagram));
        }
    }

    SaState is() {
        return state.orElseThrow();
    }
}
