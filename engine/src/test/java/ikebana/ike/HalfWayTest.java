package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.Examples;
import ikebana.auth.Endpoint;
import ikebana.crypto.SeededEntropy;
import ikebana.wire.IkeSpi;
import ikebana.wire.IpAddress;
import ikebana.wire.Notify;
import ikebana.wire.NotifyType;
import ikebana.wire.Payload;
import ikebana.wire.UdpAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What is decided about an IKE SA while an exchange is half way: the peer must not be left to guess.
class HalfWayTest {
    private static final IpAddress HERE = IpAddress.of("192.0.2.1");
    private static final IpAddress THERE = IpAddress.of("192.0.2.2");

    private boolean cut;

    private final End.Between between = new End.Between() {
        @Override
        void carries(End from, Datagram datagram) {
            if (cut) return;
            var path = new Path(datagram.path().remote(), datagram.path().local());
            (from == a ? b : a).hears(new Datagram(path, datagram.bytes()));
        }
    };
    private final End a = new End(HERE, new SeededEntropy(1), between);
    private final End b = new End(THERE, new SeededEntropy(2), between);

    @BeforeEach
    void dials() {
        var path = new Path(new UdpAddress(HERE, 500), new UdpAddress(THERE, 500));
        var dial = new Dial(new Endpoint("dmvpn", HERE, THERE), a.profile, 0);
        a.perform(a.machine.dial(new IkeSpi(1), path, dial, between.now));
    }

    private void untilTheResponderIs(String phase) {
        while (b.state.isEmpty() || !b.is().phase().getClass().getSimpleName().equals(phase)) {
            between.agenda.removeFirst().run();
        }
    }

    private static List<Payload> answered(End end, Wiretap keys) {
        return keys.read(end.is().window().replied().orElseThrow().response().getFirst());
    }

    @ParameterizedTest
    @ValueSource(strings = {"AwaitInitiatorProof", "AwaitResponderAuth", "AwaitAdmission"})
    void whoeverIsBeingJudgedHearsThatNothingComesOfIt(String phase) {
        untilTheResponderIs(phase);
        b.happens(new Input.Close("the daemon is stopping", false));
        between.settle();
        assertThat(b.said).containsExactly("the daemon is stopping");
        assertThat(a.said).singleElement().asString().contains("TEMPORARY_FAILURE");
    }

    @Test
    void whatIsBeingDeletedGetsNoSuccessor() {
        between.settle();
        var keys = Wiretap.of(b.is()).orElseThrow();
        b.happens(new Input.Close("it was taken down", false));
        between.agenda.clear(); // the DELETE is lost
        var child = ((Phase.Established) a.is().phase()).children().getFirst();
        a.happens(new Input.GrewOld(child.pair().outbound().id()));
        between.agenda.removeFirst().run();
        assertThat(answered(b, keys)).containsExactly(Notify.of(NotifyType.TEMPORARY_FAILURE));
    }

    @Test
    void nothingIsHeldBackForAnotherThatEndsMeanwhile() {
        untilTheResponderIs("AwaitAdmission");
        var asked = b.effects.stream()
                .filter(Effect.AskAdmission.class::isInstance)
                .map(Effect.AskAdmission.class::cast)
                .findFirst()
                .orElseThrow();
        b.happens(new Input.Admitted(asked.ticket(), true));
        b.happens(new Input.TakeOver());
        while (b.is().phase() instanceof Phase.AwaitInbound)
            between.agenda.removeFirst().run();
        assertThat(b.is().phase()).isInstanceOf(Phase.AwaitOutbound.class);
    }

    @Test
    void whatIsHeldBackWaitsAsLongAsThePeerIsSilent_andEndsWithIt() {
        untilTheResponderIs("AwaitAdmission");
        var asked = b.effects.stream()
                .filter(Effect.AskAdmission.class::isInstance)
                .map(Effect.AskAdmission.class::cast)
                .findFirst()
                .orElseThrow();
        between.agenda.clear(); // its admission as the only one
        b.happens(new Input.Admitted(asked.ticket(), true));
        cut = true;
        var outbound = untilNothingComes();
        assertThat(outbound).containsOnly(new ChildSa.HeldBack());
        assertThat(b.said).containsExactly("the peer is dead: it no longer answers");
    }

    /// What b's outbound state is from wake-up to wake-up, until it is over.
    private List<ChildSa.Outbound> untilNothingComes() {
        var outbound = new ArrayList<ChildSa.Outbound>();
        for (var next = Optional.of(between.now); next.isPresent(); next = b.is().wakeAt(Examples.SETTINGS)) {
            between.now = next.get();
            b.happens(new Input.Woke());
            between.settle();
            if (b.is().phase() instanceof Phase.Established established) {
                established.children().forEach(child -> outbound.add(child.outbound()));
            }
        }
        return outbound;
    }
}
