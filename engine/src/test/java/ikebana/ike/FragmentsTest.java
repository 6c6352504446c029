package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.auth.Endpoint;
import ikebana.crypto.KeyExchanges;
import ikebana.crypto.SeededEntropy;
import ikebana.settings.Fragmentation;
import ikebana.settings.IkeSettings;
import ikebana.wire.Bytes;
import ikebana.wire.ExchangeType;
import ikebana.wire.IkeSpi;
import ikebana.wire.Notify;
import ikebana.wire.NotifyType;
import ikebana.wire.Payload;
import ikebana.wire.VendorId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A responder that has keys, and an initiator's IKE_AUTH request that comes to it in fragments (RFC 7383).
/// Without IDi it
/// is answered with INVALID_SYNTAX: that it was answered is how the tests see that it was whole.
class FragmentsTest {
    private static final Instant NOW = NewcomerFuzz.NOW;
    private static final Duration LIFETIME = NewcomerFuzz.SETTINGS.halfOpen().lifetime();

    private final SeededEntropy entropy = new SeededEntropy(1);
    private SaState initiator;
    private SaState responder;

    @BeforeEach
    void bothHaveKeys() {
        var machine = machine(NewcomerFuzz.SETTINGS);
        var dial = new Dial(new Endpoint("dmvpn", NewcomerFuzz.OURS, NewcomerFuzz.THEIRS), NewcomerFuzz.PROFILE, 0);
        var dialled = machine.dial(new IkeSpi(1), NewcomerFuzz.PATH, dial, NOW);
        var answered = machine.answer(new IkeSpi(2), sent(dialled).getFirst(), NOW);
        responder = answered.next();
        initiator = machine.step(
                        dialled.next(), NOW, new Input.Arrived(sent(answered).getFirst()))
                .next();
    }

    @Test
    void eachFragmentFitsThePath_andHasAnIvOfItsOwn() {
        var fragments = request(400, 1_000);

        assertThat(fragments).hasSize(4);
        for (var fragment : fragments) assertThat(fragment.bytes().length()).isLessThanOrEqualTo(400 - 20 - 8 - 4);
        var ivs = new HashSet<Bytes>();
        for (var fragment : fragments) ivs.add(fragment.bytes().slice(36, 44));
        assertThat(ivs).hasSize(4);
        assertThat(desk(400)
                        .request(initiator, NOW, keys(initiator), ExchangeType.Known.IKE_AUTH, payloads(1_000))
                        .next()
                        .sealed())
                .isEqualTo(4);
    }

    @Test
    void whatFitsIsNotCut() {
        assertThat(request(1280, 1_000)).hasSize(1);
        assertThat(request(1280, 1_300)).hasSize(2);
    }

    @Test
    void aPeerThatDoesNotTakeFragmentsGetsOneMessage() {
        var keys = withoutFragments(keys(initiator));

        assertThat(sent(desk(400).request(initiator, NOW, keys, ExchangeType.Known.IKE_AUTH, payloads(1_000))))
                .hasSize(1);
    }

    @Test
    void whatIsSentAgainIsAllFragmentsWithTheSameBytes() {
        var told = desk(400)
                .request(
                        initiator.in(new Phase.AwaitAuthResponse(
                                ((Phase.AwaitClearance) initiator.phase()).dial(), keys(initiator), entropy.espSpi())),
                        NOW,
                        keys(initiator),
                        ExchangeType.Known.IKE_AUTH,
                        payloads(1_000));

        var again = machine(settings(400)).step(told.next(), NOW.plusSeconds(2), new Input.Woke());

        assertThat(sent(again)).hasSize(4).isEqualTo(sent(told));
    }

    @Test
    void inAnyOrderTheyBecomeTheMessage() {
        var fragments = request(400, 1_000);
        Collections.reverse(fragments);

        for (var fragment : fragments.subList(0, 3))
            assertThat(sent(arrives(fragment))).isEmpty();

        assertThat(sent(arrives(fragments.get(3)))).hasSize(1);
        assertThat(responder.fragments()).isEqualTo(Fragments.NONE);
    }

    @Test
    void withoutOneOfThemNothingHappens_andTheRepetitionCompletesIt() {
        var fragments = request(400, 1_000);
        arrives(fragments.get(0));
        arrives(fragments.get(3));
        arrives(fragments.get(1));
        assertThat(responder.phase()).isInstanceOf(Phase.AwaitAuthRequest.class);

        assertThat(sent(arrives(fragments.get(0)))).isEmpty();
        assertThat(sent(arrives(fragments.get(2)))).hasSize(1);
    }

    @Test
    void oneThatIsThereAlreadyChangesNothing() {
        var fragments = request(400, 1_000);
        arrives(fragments.get(1));
        var before = responder;

        assertThat(arrives(fragments.get(1)).next()).isEqualTo(before);
    }

    /// RFC 7383 2.6.1
    @Test
    void theFirstFragmentAsksForTheAnswerAgain_andNoOtherDoes() {
        var fragments = request(400, 1_000);
        var answer = new ArrayList<Datagram>();
        for (var fragment : fragments) answer.addAll(sent(arrives(fragment)));

        assertThat(sent(arrives(fragments.get(1)))).isEmpty();
        assertThat(sent(arrives(fragments.get(3)))).isEmpty();
        assertThat(sent(arrives(fragments.get(0)))).isEqualTo(answer);
    }

    @Test
    void aForgedFragmentChangesNothing() {
        var fragments = request(400, 1_000);
        arrives(fragments.get(0));
        var before = responder;

        for (int at = 16; at < fragments.get(1).bytes().length(); at++) {
            var forged = fragments.get(1).bytes().toArray();
            forged[at] ^= 1;
            assertThat(arrives(new Datagram(NewcomerFuzz.PATH, Bytes.of(forged)))
                            .next())
                    .as("byte %d", at)
                    .isEqualTo(before);
        }
    }

    /// RFC 7383 2.6: a number of fragments that grows is authentic like the rest, or it changes nothing.
    @Test
    void moreAndSmallerFragmentsReplaceWhatWasThere_fewerDoNot() {
        var few = request(600, 1_000);
        var many = request(400, 1_000);
        arrives(few.get(0));
        arrives(many.get(1));
        assertThat(responder.fragments().request().orElseThrow().parts()).containsOnlyKeys(2);
        var before = responder;
        assertThat(arrives(few.get(1)).next()).isEqualTo(before);

        arrives(many.get(0));
        arrives(many.get(2));
        assertThat(sent(arrives(many.get(3)))).hasSize(1);
    }

    @Test
    void aMessageInOnePieceIsTakenAsItIs() {
        arrives(request(400, 1_000).get(0));

        assertThat(sent(arrives(request(1280, 1_000).getFirst()))).hasSize(1);
        assertThat(responder.fragments()).isEqualTo(Fragments.NONE);
    }

    @Test
    void moreFragmentsThanTheLimitAreNotKept() {
        var limited = limited(3, 64 * 1024);
        var before = responder;

        for (var fragment : request(400, 1_000)) {
            assertThat(machine(limited)
                            .step(before, NOW, new Input.Arrived(fragment))
                            .next())
                    .isEqualTo(before);
        }
    }

    @Test
    void moreBytesThanTheLimitAreNotKept() {
        var machine = machine(limited(64, 1_024));
        var state = responder;
        var fragments = request(400, 1_200);
        for (var fragment : fragments) {
            var step = machine.step(state, NOW, new Input.Arrived(fragment));
            assertThat(sent(step)).isEmpty();
            state = step.next();
        }
        assertThat(state.fragments().request().orElseThrow().parts()).hasSizeLessThan(fragments.size());
    }

    @Test
    void whatNeverBecomesWholeIsForgotten_andNothingElseHappens() {
        arrives(request(400, 1_000).get(0));
        // neither the phase nor a NAT wants to be woken before
        var longer = NOW.plus(LIFETIME.multipliedBy(2));
        var patient = new SaState(
                responder.spi(),
                responder.path(),
                responder.window(),
                new Phase.AwaitAuthRequest(keys(responder), longer),
                responder.since(),
                responder.tickets(),
                responder.sealed(),
                Optional.empty(),
                responder.fragments(),
                List.of());

        var early = machine(settings(400)).step(patient, NOW.plus(LIFETIME).minusNanos(1), new Input.Woke());
        var late = machine(settings(400)).step(patient, NOW.plus(LIFETIME), new Input.Woke());

        assertThat(patient.wakeAt(NewcomerFuzz.SETTINGS)).contains(NOW.plus(LIFETIME));
        assertThat(early.next()).isEqualTo(patient);
        assertThat(late.next()).isEqualTo(patient.with(Fragments.NONE));
    }

    @Test
    void fragmentsThatNobodyAgreedOnAreIgnored() {
        var waiting = new Phase.AwaitAuthRequest(withoutFragments(keys(responder)), NOW.plus(LIFETIME));
        responder = responder.in(waiting);
        var before = responder;

        for (var fragment : request(400, 1_000))
            assertThat(arrives(fragment).next()).isEqualTo(before);
    }

    @Test
    void aMessageThatIsSentBackToItsSenderIsNotKept() {
        var keys = keys(initiator);
        var waiting = initiator.in(new Phase.AwaitAuthRequest(keys, NOW.plus(LIFETIME)));
        var expecting = waiting.with(new Window(
                waiting.window().next(),
                waiting.window().flight(),
                waiting.window().next(),
                waiting.window().replied()));

        for (var fragment : request(400, 1_000)) {
            var step = machine(settings(400)).step(expecting, NOW, new Input.Arrived(fragment));
            assertThat(step.next()).isEqualTo(expecting);
        }
    }

    // ---- who is there

    private Step<SaState, Effect> arrives(Datagram datagram) {
        var step = machine(settings(400)).step(responder, NOW, new Input.Arrived(datagram));
        responder = step.next();
        return step;
    }

    private List<Datagram> request(int fragmentSize, int length) {
        return new ArrayList<>(sent(desk(fragmentSize)
                .request(initiator, NOW, keys(initiator), ExchangeType.Known.IKE_AUTH, payloads(length))));
    }

    private static List<Payload> payloads(int length) {
        return List.of(
                new VendorId(new SeededEntropy(7).publicBytes(length)), Notify.of(NotifyType.USE_TRANSPORT_MODE));
    }

    private static List<Datagram> sent(Step<SaState, Effect> step) {
        return step.effects().stream()
                .filter(Effect.Send.class::isInstance)
                .map(effect -> ((Effect.Send) effect).datagram())
                .toList();
    }

    private static Negotiated keys(SaState state) {
        return switch (state.phase()) {
            case Phase.AwaitClearance waiting -> waiting.negotiated();
            case Phase.AwaitAuthRequest waiting -> waiting.negotiated();
            default -> throw new AssertionError(state);
        };
    }

    private static Negotiated withoutFragments(Negotiated it) {
        return new Negotiated(
                it.initiator(),
                it.spiI(),
                it.spiR(),
                it.keys(),
                it.nonceI(),
                it.nonceR(),
                it.request(),
                it.response(),
                it.nat(),
                it.doubt(),
                it.kin(),
                false,
                it.intAuth(),
                it.mixing(),
                it.crashToken());
    }

    private Desk desk(int fragmentSize) {
        return new Desk(settings(fragmentSize), entropy, KeyExchanges.REAL);
    }

    private IkeSa machine(IkeSettings settings) {
        return new IkeSa(settings, NewcomerFuzz.PORTS, List.of(NewcomerFuzz.PROFILE), CrashTokens.NONE, entropy);
    }

    private static IkeSettings settings(int fragmentSize) {
        return settings(new Fragmentation(fragmentSize, 64, 64 * 1024));
    }

    private static IkeSettings limited(int mostFragments, int largestMessage) {
        return settings(new Fragmentation(400, mostFragments, largestMessage));
    }

    private static IkeSettings settings(Fragmentation fragmentation) {
        var it = NewcomerFuzz.SETTINGS;
        return new IkeSettings(
                it.retransmission(),
                it.halfOpen(),
                fragmentation,
                it.livenessAfter(),
                it.natKeepalive(),
                it.crossingGrace(),
                it.keepInbound(),
                it.orphanLifetime(),
                it.redialPause(),
                it.innerPatience(),
                it.mostChildren());
    }
}
