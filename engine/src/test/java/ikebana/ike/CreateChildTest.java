package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.Examples;
import ikebana.auth.Credentials;
import ikebana.auth.Endpoint;
import ikebana.auth.IdentityPattern;
import ikebana.auth.PreSharedKey;
import ikebana.auth.Profile;
import ikebana.crypto.Entropy;
import ikebana.crypto.SeededEntropy;
import ikebana.kernel.Reply;
import ikebana.kernel.Request;
import ikebana.settings.Ports;
import ikebana.wire.Bytes;
import ikebana.wire.IkeSpi;
import ikebana.wire.IpAddress;
import ikebana.wire.Notify;
import ikebana.wire.NotifyType;
import ikebana.wire.Payload;
import ikebana.wire.Secret;
import ikebana.wire.UdpAddress;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What is answered to a wish for a successor that cannot be granted (RFC 7296 2.25). How it goes well is told by the
/// transcripts `rekey-*`.
class CreateChildTest {
    private static final IpAddress HERE = IpAddress.of("192.0.2.1");
    private static final IpAddress THERE = IpAddress.of("192.0.2.2");
    private static final Ports PORTS = new Ports(500, 4500);

    private final Deque<Runnable> agenda = new ArrayDeque<>();
    private Instant now = Instant.EPOCH;
    /// What becomes of a request on its way from a to b.
    private UnaryOperator<List<Payload>> detour = payloads -> payloads;

    private final End a = new End(HERE, new SeededEntropy(1));
    private final End b = new End(THERE, new SeededEntropy(2));

    private final class End {
        final Profile profile;
        final IkeSa machine;
        final Credentials credentials;
        final List<Request> asked = new ArrayList<>();
        Optional<SaState> state = Optional.empty();

        End(IpAddress address, Entropy entropy) {
            profile = Examples.profile(address);
            machine = new IkeSa(Examples.SETTINGS, PORTS, List.of(profile), entropy);
            var key = new PreSharedKey(IdentityPattern.of("*"), Secret.copyOf(new byte[] {1, 2, 3}));
            credentials = new Credentials(Map.of("dmvpn", List.of(key)), entropy);
        }

        void perform(Step<SaState, Effect> step) {
            state = Optional.of(step.next());
            for (var effect : step.effects()) {
                switch (effect) {
                    case Effect.Send(var datagram) -> agenda.add(() -> carried(this, datagram));
                    case Effect.AskCredentials(var ticket, var question) ->
                        agenda.add(() -> happens(
                                new Input.CredentialsSaid(ticket, credentials.answer(question, Instant.EPOCH))));
                    case Effect.MayAuthenticate(var ticket, var _) ->
                        agenda.add(() -> happens(new Input.Cleared(ticket, true)));
                    case Effect.AskAdmission admission ->
                        agenda.add(() -> happens(new Input.Admitted(admission.ticket(), false)));
                    case Effect.AskKernel(var ticket, var request) -> {
                        asked.add(request);
                        agenda.add(() -> happens(new Input.KernelSaid(ticket, new Reply.Done())));
                    }
                    case Effect.Finished _,
                            Effect.Established _,
                            Effect.Changed _,
                            Effect.KeepAlive _,
                            Effect.Moved _,
                            Effect.Confirmed _,
                            Effect.Ignored _,
                            Effect.Parting _,
                            Effect.Parted _,
                            Effect.Retired _ -> {}
                }
            }
        }

        void happens(Input input) {
            perform(machine.step(state.orElseThrow(), now, input));
        }

        Phase.Established established() {
            return (Phase.Established) state.orElseThrow().phase();
        }

        List<ChildSa> wanted() {
            return established().children().stream().filter(ChildSa::isWanted).toList();
        }

        void growsOld() {
            var child = wanted().getFirst();
            happens(new Input.GrewOld(child.pair().outbound().id()));
        }
    }

    private void carried(End from, Datagram datagram) {
        var to = from == a ? b : a;
        var bytes = datagram.bytes();
        var keys = to.state.flatMap(Wiretap::of);
        if (from == a && keys.isPresent()) {
            var payloads = keys.get().read(bytes);
            var changed = detour.apply(payloads);
            if (!changed.equals(payloads)) bytes = keys.get().changed(bytes, _ -> changed);
        }
        var turned =
                new Datagram(new Path(datagram.path().remote(), datagram.path().local()), bytes);
        if (to.state.isEmpty()) {
            to.perform(to.machine.answer(new IkeSpi(2), turned, now));
        } else {
            to.happens(new Input.Arrived(turned));
        }
    }

    private void run() {
        while (!agenda.isEmpty()) agenda.removeFirst().run();
    }

    @BeforeEach
    void stands() {
        var path = new Path(new UdpAddress(HERE, 500), new UdpAddress(THERE, 500));
        var dial = new Dial(new Endpoint("dmvpn", HERE, THERE), a.profile, 0);
        a.perform(a.machine.dial(new IkeSpi(1), path, dial, now));
        run();
        assertThat(a.wanted()).hasSize(1);
        assertThat(b.wanted()).hasSize(1);
    }

    /// What b says to a request that was changed on its way.
    private Notify answerTo(UnaryOperator<List<Payload>> change) {
        detour = change;
        var before = b.state;
        a.growsOld();
        while (b.state.equals(before)) agenda.removeFirst().run();
        var reply = b.state.orElseThrow().window().replied().orElseThrow().response();
        var payloads = Wiretap.of(b.state.orElseThrow()).orElseThrow().read(reply.getFirst());
        assertThat(payloads).hasSize(1);
        return (Notify) payloads.getFirst();
    }

    private static UnaryOperator<List<Payload>> renewing(Bytes spi) {
        return payloads -> payloads.stream()
                .map(payload -> payload instanceof Notify notify && notify.is(NotifyType.REKEY_SA)
                        ? new Notify(3, spi, NotifyType.REKEY_SA.code(), Bytes.EMPTY)
                        : payload)
                .toList();
    }

    @Test
    void aChildThatWeDoNotHaveIsNamedInTheAnswer() {
        var unknown = Bytes.ofHex("01020304");
        assertThat(answerTo(renewing(unknown)))
                .isEqualTo(new Notify(3, unknown, NotifyType.CHILD_SA_NOT_FOUND.code(), Bytes.EMPTY));
    }

    @Test
    void oneChildIsEnoughUnlessItIsRenewed() {
        var answer = answerTo(payloads -> payloads.stream()
                .filter(payload -> !(payload instanceof Notify notify && notify.is(NotifyType.REKEY_SA)))
                .toList());
        assertThat(answer.is(NotifyType.NO_ADDITIONAL_SAS)).isTrue();
    }

    @Test
    void withoutTransportModeThereIsNoSuccessorEither() {
        var answer = answerTo(payloads -> payloads.stream()
                .filter(payload -> !(payload instanceof Notify notify && notify.is(NotifyType.USE_TRANSPORT_MODE)))
                .toList());
        assertThat(answer.is(NotifyType.NO_PROPOSAL_CHOSEN)).isTrue();
    }

    @Test
    void severalSoftLimitsAreOneSuccessor() {
        a.growsOld();
        var child = a.established().children().getFirst();
        a.happens(new Input.GrewOld(child.pair().outbound().id()));
        a.happens(new Input.GrewOld(child.pair().inbound().id()));
        run();
        assertThat(a.wanted()).hasSize(1);
        assertThat(a.asked.stream().filter(Request.InstallState.class::isInstance))
                .hasSize(4);
    }

    @Test
    void theOldPairIsReceivedOnForAWhileAndThenGone() {
        var old = a.wanted().getFirst();
        a.growsOld();
        run();
        assertThat(a.asked)
                .contains(new Request.RemoveState(old.pair().outbound().id()));
        assertThat(a.asked)
                .doesNotContain(new Request.RemoveState(old.pair().inbound().id()));
        now = now.plus(Examples.SETTINGS.keepInbound());
        a.happens(new Input.Woke());
        assertThat(a.asked)
                .contains(new Request.RemoveState(old.pair().inbound().id()));
        assertThat(a.established().children()).hasSize(1);
    }
}
