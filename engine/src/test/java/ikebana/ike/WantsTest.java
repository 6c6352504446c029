package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.ike.Ledger.Happening;
import ikebana.ike.Ledger.Order;
import ikebana.kernel.Acquire;
import ikebana.kernel.StateId;
import ikebana.wire.IpAddress;
import ikebana.wire.Spi;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Packets that want a tunnel (acquires), and the tunnels that stand meanwhile.
class WantsTest extends OneEndpoint {
    @Test
    void anAcquireWithAForeignReqidOrSourceIsIgnored() {
        var foreign = new Acquire(9, 8, OURS, THEIRS, ACQUIRE.selector());
        var transit = new Acquire(9, 7, IpAddress.of("198.51.100.1"), THEIRS, ACQUIRE.selector());
        assertThat(happens(new Happening.Acquired(foreign))).hasOnlyElementsOfType(Order.Passed.class);
        assertThat(happens(new Happening.Acquired(transit))).hasOnlyElementsOfType(Order.Passed.class);
        happens(new Happening.Found(List.of(), List.of(THEIRS)));
        assertThat(happens(new Happening.Acquired(ACQUIRE))).hasOnlyElementsOfType(Order.Passed.class);
    }

    @Test
    void anAcquireForATunnelThatStandsMeansThatTheKernelHasLostIt() {
        responderStands(FIRST);
        assertThat(happens(new Happening.Acquired(ACQUIRE))).isEmpty(); // raised before the states came
        now = now.plusSeconds(60);
        assertThat(happens(new Happening.Acquired(ACQUIRE))).containsExactly(new Order.Look(ACQUIRE, OUTBOUND));
        assertThat(happens(new Happening.Looked(ACQUIRE, OUTBOUND, true)))
                .first()
                .isEqualTo(closed(FIRST, "the kernel has lost its states", false));
    }

    @Test
    void anAcquireForATunnelThatIsAboutToGetAnotherChildWaitsForThatOrForItsEnd() {
        responderStands(FIRST);
        now = now.plusSeconds(60);
        happens(new Happening.Changed(FIRST, new Effect.Changed(List.of(), view(FIRST, List.of()))));
        assertThat(happens(new Happening.Acquired(ACQUIRE))).isEmpty();
        assertThat(ends(FIRST, "there is none"))
                .anyMatch(OneEndpoint::isGone)
                .anyMatch(Order.DialOut.class::isInstance);
    }

    @Test
    void anAcquireIsForgottenWhenATunnelHasGotAnotherChild() {
        responderStands(FIRST);
        now = now.plusSeconds(60);
        happens(new Happening.Changed(FIRST, new Effect.Changed(List.of(), view(FIRST, List.of()))));
        happens(new Happening.Acquired(ACQUIRE));
        happens(new Happening.Changed(FIRST, new Effect.Changed(List.of(OUTBOUND), view(FIRST))));
        assertThat(ends(FIRST, "the peer deleted the IKE SA"))
                .anyMatch(OneEndpoint::isGone)
                .noneMatch(Order.DialOut.class::isInstance);
    }

    @Test
    void anAcquireThatIsHeardLateEndsNothing() {
        responderStands(FIRST);
        now = now.plusSeconds(60);
        happens(new Happening.Acquired(ACQUIRE));
        assertThat(happens(new Happening.Looked(ACQUIRE, OUTBOUND, false))).isEmpty();
        var before = new StateId(new Spi(0x999), THEIRS);
        assertThat(happens(new Happening.Looked(ACQUIRE, before, true)))
                .as("meanwhile it has had a successor")
                .containsExactly(new Order.Look(ACQUIRE, OUTBOUND));
    }

    @Test
    void aYoungTunnelThatTheKernelHasLostIsAFailureAlthoughWeEndIt() {
        responderStands(FIRST);
        now = now.plusSeconds(4);
        var anew = (Order.DialOut)
                happens(new Happening.Looked(ACQUIRE, OUTBOUND, true)).getLast();
        ends(FIRST, "the kernel has lost its states");
        happens(new Happening.GoneHeard(ENDPOINT));
        happens(new Happening.Finished(anew.spi(), Ending.SILENCE, "never answered"));
        assertThat(happens(new Happening.Acquired(ACQUIRE))).isEmpty();
        assertThat(after(Duration.ofMillis(1200)))
                .as("the second pause is longer")
                .isEmpty();
        assertThat(after(Duration.ofMillis(1200)).getFirst()).isInstanceOf(Order.DialOut.class);
    }
}
