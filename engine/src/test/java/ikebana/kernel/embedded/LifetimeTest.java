package ikebana.kernel.embedded;

import static ikebana.kernel.embedded.Host.REQID;
import static org.assertj.core.api.Assertions.assertThat;

import ikebana.kernel.Direction;
import ikebana.kernel.Lifetime;
import ikebana.kernel.Notice;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Soft limits tell, hard limits end.
class LifetimeTest {
    private final Host spoke = Host.trapping("192.0.2.1");
    private final Host hub = Host.trapping("192.0.2.2");
    private final Sa sa = Sa.from(spoke, hub, 0x1001);

    private static Lifetime time(int soft, int hard) {
        return new Lifetime(
                Optional.of(Duration.ofSeconds(soft)),
                Optional.of(Duration.ofSeconds(hard)),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    private static Lifetime packets(long soft, long hard) {
        return new Lifetime(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(soft),
                Optional.of(hard));
    }

    private static Lifetime bytes(long soft, long hard) {
        return new Lifetime(
                Optional.empty(),
                Optional.empty(),
                Optional.of(soft),
                Optional.of(hard),
                Optional.empty(),
                Optional.empty());
    }

    private Notice expired(boolean hard) {
        return new Notice.Expired(sa.id(), REQID, hard);
    }

    @Test
    void timeMakesAStateOldAndThenEndsIt() {
        spoke.install(sa.lifetime(time(100, 110)).state(Direction.OUT));
        var installed = spoke.now;

        assertThat(spoke.state.wakeAt()).contains(installed.plusSeconds(100));
        spoke.sleepsUntilWoken();
        assertThat(spoke.notices()).containsExactly(expired(false));
        assertThat(spoke.sends(spoke.gre(hub, "still carries")).esp().destination())
                .isEqualTo(hub.address);

        assertThat(spoke.state.wakeAt()).contains(installed.plusSeconds(110));
        spoke.sleepsUntilWoken();
        assertThat(spoke.notices()).containsExactly(expired(true));
        assertThat(spoke.state.wakeAt()).isEmpty();
        assertThat(spoke.sends(spoke.gre(hub, "x")).acquire().destination()).isEqualTo(hub.address);
    }

    @Test
    void whoWakesTooEarlyChangesNothing_andWhoWakesTooLateMissesTheSoftNotice() {
        spoke.install(sa.lifetime(time(100, 110)).state(Direction.OUT));
        var before = spoke.state;
        spoke.passes(Duration.ofSeconds(99));
        assertThat(spoke.happens(new Input.Woke()).did).isEmpty();
        assertThat(spoke.state).isEqualTo(before);
        spoke.passes(Duration.ofMinutes(10));
        assertThat(spoke.happens(new Input.Woke()).notices()).containsExactly(expired(true));
    }

    @Test
    void aSoftPacketLimitOfOneIsToldByTheSecondPacket_once() {
        spoke.install(sa.state(Direction.OUT));
        hub.install(sa.lifetime(packets(1, 100)).state(Direction.IN));

        assertThat(arrives("one").notices()).isEmpty();
        assertThat(arrives("two").notices()).containsExactly(expired(false));
        assertThat(hub.delivered()).hasSize(1);
        assertThat(arrives("three").notices()).isEmpty();
        assertThat(hub.delivered()).hasSize(1);
    }

    @Test
    void aHardPacketLimitRemovesTheOutboundState_andThePacketIsLost() {
        spoke.install(sa.lifetime(packets(1, 2)).state(Direction.OUT));
        spoke.sends(spoke.gre(hub, "one"));
        spoke.sends(spoke.gre(hub, "two"));
        assertThat(spoke.notices()).containsExactly(expired(false));
        spoke.sends(spoke.gre(hub, "three"));
        assertThat(spoke.notices()).containsExactly(expired(true));
        assertThat(spoke.dropped()).containsExactly("XfrmOutStateExpired");
        assertThat(spoke.sends(spoke.gre(hub, "four")).acquire().destination()).isEqualTo(hub.address);
    }

    @Test
    void aHardPacketLimitRemovesTheInboundState() {
        spoke.install(sa.state(Direction.OUT));
        hub.install(sa.lifetime(packets(10, 1)).state(Direction.IN));
        arrives("one");
        assertThat(arrives("two").dropped()).containsExactly("XfrmInStateExpired");
        assertThat(hub.notices()).containsExactly(expired(true));
        assertThat(arrives("three").dropped()).containsExactly("XfrmInNoStates");
    }

    @Test
    void bytesCountWithoutIpAndEspHeaders() {
        // eight of the GRE header and eight of text
        spoke.install(sa.lifetime(bytes(16, 33)).state(Direction.OUT));
        assertThat(spoke.sends(spoke.gre(hub, "8 bytes.")).notices()).isEmpty();
        assertThat(spoke.sends(spoke.gre(hub, "8 bytes.")).notices()).containsExactly(expired(false));
        assertThat(spoke.sends(spoke.gre(hub, "8 bytes.")).notices()).isEmpty();
        assertThat(spoke.sends(spoke.gre(hub, "8 bytes.")).notices()).containsExactly(expired(true));
    }

    @Test
    void severalSoftLimitsAreOneNotice() {
        var both = new Lifetime(
                Optional.of(Duration.ofSeconds(10)),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(1L),
                Optional.empty());
        spoke.install(sa.lifetime(both).state(Direction.OUT));
        spoke.sends(spoke.gre(hub, "one"));
        assertThat(spoke.sends(spoke.gre(hub, "two")).notices()).containsExactly(expired(false));
        assertThat(spoke.state.wakeAt()).isEmpty();
        spoke.passes(Duration.ofSeconds(20));
        assertThat(spoke.happens(new Input.Woke()).notices()).isEmpty();
    }

    @Test
    void withoutAListenerStatesEndAllTheSame() {
        spoke.install(sa.lifetime(time(100, 110)).state(Direction.OUT));
        spoke.happens(new Input.ListenerWent());
        spoke.sleepsUntilWoken();
        spoke.sleepsUntilWoken();
        assertThat(spoke.did).isEmpty();
        assertThat(spoke.state.installed()).isEmpty();
    }

    private Host arrives(String text) {
        return hub.happens(
                new Input.EspArrived(spoke.sends(spoke.gre(hub, text)).esp()));
    }
}
