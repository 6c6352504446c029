package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.Examples;
import ikebana.auth.Endpoint;
import ikebana.auth.Profile;
import ikebana.crypto.SeededEntropy;
import ikebana.kernel.Lifetime;
import ikebana.wire.IkeSpi;
import ikebana.wire.IpAddress;
import ikebana.wire.UdpAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A kernel whose clock was set back says nothing of a soft limit that has been reached: the steady clock knows it,
/// too.
class OldAgeTest {
    private static final IpAddress HERE = IpAddress.of("192.0.2.1");
    private static final IpAddress THERE = IpAddress.of("192.0.2.2");
    private static final Lifetime AN_HOUR = new Lifetime(
            Optional.of(Duration.ofHours(1)),
            Optional.of(Duration.ofHours(2)),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());

    private final End.Between between = new End.Between() {
        @Override
        void carries(End from, Datagram datagram) {
            var path = new Path(datagram.path().remote(), datagram.path().local());
            (from == a ? b : a).hears(new Datagram(path, datagram.bytes()));
        }
    };
    private final End a = new End(renewedAfter(AN_HOUR), new SeededEntropy(1), between);
    private final End b = new End(THERE, new SeededEntropy(2), between);

    private static Profile renewedAfter(Lifetime lifetime) {
        return Examples.withLifetime(Examples.profile(HERE), lifetime);
    }

    private static Phase.Established established(End end) {
        return (Phase.Established) end.is().phase();
    }

    private static ChildSa wanted(End end) {
        return established(end).children().stream()
                .filter(ChildSa::isWanted)
                .findFirst()
                .orElseThrow();
    }

    @BeforeEach
    void stands() {
        var path = new Path(new UdpAddress(HERE, 500), new UdpAddress(THERE, 500));
        var dial = new Dial(new Endpoint("dmvpn", HERE, THERE), a.profile, 0);
        a.perform(a.machine.dial(new IkeSpi(1), path, dial, between.now));
        between.settle();
    }

    /// Wakes both whenever they want, until then.
    private void until(Instant end) {
        for (var next = soonest(); !next.isAfter(end); next = soonest()) {
            between.now = next;
            for (var one : new End[] {a, b}) {
                if (!wakeAt(one).isAfter(next)) one.happens(new Input.Woke());
            }
            between.settle();
        }
        between.now = end;
    }

    private static Instant wakeAt(End end) {
        return end.is().wakeAt(Examples.SETTINGS).orElse(Instant.MAX);
    }

    private Instant soonest() {
        return wakeAt(a).isBefore(wakeAt(b)) ? wakeAt(a) : wakeAt(b);
    }

    private Instant softLimit() {
        return Instant.EPOCH.plus(
                wanted(a).pair().outbound().lifetime().softTime().orElseThrow());
    }

    @Test
    void whatTheKernelDoesNotTellIsRenewedAFewSecondsLater() {
        var first = wanted(a).inbound();
        var limit = softLimit();
        until(limit.plusSeconds(4));
        assertThat(wanted(a).inbound()).isEqualTo(first);
        until(limit.plusSeconds(6));
        assertThat(wanted(a).inbound()).isNotEqualTo(first);
        assertThat(established(a).child(first).map(ChildSa::isWanted)).isNotEqualTo(Optional.of(true));
    }

    @Test
    void theSuccessorGrowsOldByItself() {
        until(softLimit().plusSeconds(6));
        var second = wanted(a).inbound();
        until(between.now.plus(AN_HOUR.softTime().orElseThrow()).plusSeconds(6));
        assertThat(wanted(a).inbound()).isNotEqualTo(second);
    }

    @Test
    void whatTheKernelHasToldIsNotRenewedTwice() {
        var limit = softLimit();
        until(limit);
        a.happens(new Input.GrewOld(wanted(a).pair().outbound().id()));
        between.settle();
        var second = wanted(a).inbound();
        until(limit.plusSeconds(60));
        assertThat(wanted(a).inbound()).isEqualTo(second);
    }

    @Test
    void withoutALimitOfTimeNothingGrowsOld() {
        var first = wanted(b).inbound();
        assertThat(wanted(b).fate()).isEqualTo(new ChildSa.Stays(Optional.empty()));
        until(softLimit().minusSeconds(1));
        assertThat(wanted(b).inbound()).isEqualTo(first);
    }
}
