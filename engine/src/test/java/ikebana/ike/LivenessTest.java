package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.Examples;
import ikebana.auth.Endpoint;
import ikebana.crypto.SeededEntropy;
import ikebana.kernel.Reply;
import ikebana.kernel.Request;
import ikebana.kernel.StateId;
import ikebana.settings.IkeSettings;
import ikebana.wire.IkeSpi;
import ikebana.wire.IpAddress;
import ikebana.wire.UdpAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// Who has sent ESP lives, and need not be asked; who is dead is found all the same, and in time.
class LivenessTest {
    private static final IkeSettings SETTINGS = Examples.SETTINGS;
    private static final Duration AFTER = SETTINGS.livenessAfter();
    private static final IpAddress OURS = IpAddress.of("192.0.2.1");
    private static final IpAddress THEIRS = IpAddress.of("192.0.2.2");

    private final Map<StateId, Long> carried = new HashMap<>();
    private boolean cut;
    private boolean kernelIsSlow;

    private final End.Between between = new End.Between() {
        @Override
        void carries(End from, Datagram datagram) {
            if (cut) return;
            var back = new Path(datagram.path().remote(), datagram.path().local());
            (from == us ? peer : us).hears(new Datagram(back, datagram.bytes()));
        }

        @Override
        Reply says(End asked, Request request) {
            if (!(request instanceof Request.FindState(var id))) return kernel;
            if (kernelIsSlow) return new Reply.Refused(Reply.Why.SILENT, "the kernel has not answered");
            long packets = carried.getOrDefault(id, 0L);
            return new Reply.States(List.of(new Reply.Mature(id, THEIRS, Examples.REQID, 0, packets)));
        }
    };
    private End us = new End(OURS, new SeededEntropy(1), between);
    private final End peer = new End(THEIRS, new SeededEntropy(2), between);

    private void established() {
        var path = new Path(new UdpAddress(OURS, 500), new UdpAddress(THEIRS, 500));
        var dial = new Dial(new Endpoint("dmvpn", OURS, THEIRS), us.profile, 0);
        us.perform(us.machine.dial(new IkeSpi(1), path, dial, between.now));
        between.settle();
        us.effects.clear();
    }

    private StateId inbound() {
        return installed(OURS);
    }

    private StateId installed(IpAddress destination) {
        return us.asked.stream()
                .filter(Request.InstallState.class::isInstance)
                .map(request -> ((Request.InstallState) request).state().id())
                .filter(id -> id.destination().equals(destination))
                .findFirst()
                .orElseThrow();
    }

    private void esp() {
        carried.merge(inbound(), 1L, Long::sum);
    }

    /// The peer's own timer stands still.
    private void until(Instant end) {
        while (true) {
            var at = us.is().wakeAt(SETTINGS).filter(moment -> !moment.isAfter(end));
            if (at.isEmpty()) break;
            between.now = at.get();
            us.happens(new Input.Woke());
            between.settle();
        }
        between.now = end;
    }

    private List<Effect> questions() {
        return us.effects.stream().filter(Effect.Send.class::isInstance).toList();
    }

    @Test
    void aPeerThatSaysNothingIsAskedInTime() {
        established();
        var last = between.now;
        until(last.plus(AFTER).minusMillis(1));
        assertThat(questions()).isEmpty();
        until(last.plus(AFTER));
        assertThat(questions()).hasSize(1);
    }

    @Test
    void aPeerThatSendsEspIsNeverAsked() {
        established();
        for (int i = 0; i < 100; i++) {
            esp();
            until(between.now.plus(AFTER.dividedBy(3)));
        }
        assertThat(questions()).isEmpty();
    }

    @Test
    void theKernelIsAskedTwiceInTheTimeAndNotMore() {
        established();
        esp();
        int before = us.asked.size();
        until(between.now.plus(AFTER.multipliedBy(10)));
        assertThat(us.asked.size() - before).isBetween(18, 21);
    }

    @Test
    void aKernelThatDoesNotAnswerIsNoSignOfLife() {
        established();
        kernelIsSlow = true;
        esp();
        until(between.now.plus(AFTER));
        assertThat(questions()).hasSize(1);
    }

    @Test
    void anAnswerThatNeverComesHoldsUpNobodyForLong() {
        established();
        var state = us.is();
        var now = between.now.plus(AFTER.dividedBy(2));
        var looking = us.machine.step(state, now, new Input.Woke());
        assertThat(looking.effects())
                .containsExactly(new Effect.AskKernel(Desk.LOOK, new Request.FindState(inbound())));
        var late = looking.next().wakeAt(SETTINGS).orElseThrow();
        assertThat(late).isEqualTo(now.plus(SETTINGS.innerPatience()));
        var over = us.machine.step(looking.next(), late, new Input.Woke());
        assertThat(over.next().wakeAt(SETTINGS).orElseThrow()).isBeforeOrEqualTo(late.plus(AFTER));
    }

    /// The last packet may have come at any moment between two looks.
    @Test
    void aDeadPeerIsAskedWithinTheTimeOfItsLastPacketWhateverItSentBefore() {
        established();
        var dice = new SplittableRandom(7);
        for (int run = 0; run < 200; run++) {
            var last = between.now;
            for (int packets = dice.nextInt(6); packets > 0; packets--) {
                until(between.now.plusMillis(dice.nextLong(AFTER.toMillis())));
                esp();
                last = between.now;
            }
            us.effects.clear();
            until(last.plus(AFTER));
            assertThat(questions()).as("run %d", run).isNotEmpty();
        }
    }

    @Test
    void aDeadPeerIsGoneWithinTheTimeAndItsRepetitions() {
        established();
        until(between.now.plusSeconds(7));
        esp();
        cut = true;
        var longest = AFTER.plus(SETTINGS.retransmission().untilGivenUp());
        until(between.now.plus(longest));
        assertThat(us.said).containsExactly("the peer is dead: it no longer answers");
    }

    @Test
    void manyThatCameUpTogetherDoNotAskTogether() {
        var pauses = new ArrayList<Duration>();
        var entropy = new SeededEntropy(3);
        for (int i = 0; i < 1_000; i++) pauses.add(Liveness.pause(entropy.ikeSpi(), SETTINGS));
        assertThat(pauses)
                .allSatisfy(pause ->
                        assertThat(pause).isBetween(AFTER.multipliedBy(9).dividedBy(20), AFTER.dividedBy(2)));
        assertThat(pauses.stream().distinct().count()).isGreaterThan(500);
    }

    // ---- tunnels that carry nothing

    private static final Duration IDLE = Duration.ofMinutes(5);

    private void endingWhenIdle() {
        us = new End(Examples.endingAfter(us.profile, IDLE), new SeededEntropy(1), between);
        established();
    }

    private boolean isIdle() {
        return us.effects.contains(new Effect.Idle());
    }

    @Test
    void aTunnelThroughWhichNothingPassesIsToldInTimeAlthoughThePeerAnswers() {
        endingWhenIdle();
        until(between.now.plus(IDLE).minusSeconds(1));
        assertThat(isIdle()).isFalse();
        assertThat(questions()).isNotEmpty();
        until(between.now.plusSeconds(1).plus(AFTER.dividedBy(2)));
        assertThat(isIdle()).isTrue();
    }

    @Test
    void whatPassesEitherWayKeepsATunnel() {
        endingWhenIdle();
        for (int i = 0; i < 10; i++) {
            carried.merge(installed(i % 2 == 0 ? OURS : THEIRS), 1L, Long::sum);
            until(between.now.plus(IDLE.dividedBy(2)));
        }
        assertThat(isIdle()).isFalse();
    }

    @Test
    void whatIsSentIsNoSignOfThePeersLife() {
        endingWhenIdle();
        for (int i = 0; i < 4; i++) {
            carried.merge(installed(THEIRS), 1L, Long::sum);
            until(between.now.plus(AFTER.dividedBy(4)));
        }
        assertThat(questions()).hasSize(1);
    }

    @Test
    void whereNoLimitIsSetATunnelMayStandForNothing() {
        established();
        until(between.now.plus(IDLE.multipliedBy(10)));
        assertThat(isIdle()).isFalse();
    }
}
