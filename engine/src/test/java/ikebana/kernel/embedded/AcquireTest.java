package ikebana.kernel.embedded;

import static ikebana.kernel.embedded.Host.KEY;
import static ikebana.kernel.embedded.Host.REQID;
import static org.assertj.core.api.Assertions.assertThat;

import ikebana.kernel.Acquire;
import ikebana.kernel.Direction;
import ikebana.kernel.GreKey;
import ikebana.kernel.Notice;
import ikebana.kernel.Prefix;
import ikebana.kernel.Reply;
import ikebana.kernel.Request;
import ikebana.kernel.Selector;
import ikebana.wire.IpAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// From the first packet to the state that answers it.
class AcquireTest {
    private final Host spoke = Host.trapping("192.0.2.1");
    private final Host hub = Host.trapping("192.0.2.2");

    @Test
    void theFirstPacketRaisesOneAcquireWithItsOwnFlow_andGoesNowhere() {
        spoke.sends(spoke.gre(hub, "one"));

        var flow = new Selector(Prefix.host(spoke.address), Prefix.host(hub.address), Selector.GRE, Optional.of(KEY));
        assertThat(spoke.notices())
                .containsExactly(new Notice.Acquired(new Acquire(1, REQID, spoke.address, hub.address, flow)));
        assertThat(spoke.dropped()).containsExactly("XfrmOutNoStates");
        assertThat(spoke.state.count(DropReason.OUT_NO_STATES)).isEqualTo(1);
    }

    @Test
    void greWithoutAKeyIsAcquiredAsKeyZero() {
        var keyless = Host.trapping("192.0.2.3");
        keyless.trap(1100, Optional.empty(), 8);

        keyless.sends(new IpPacket(keyless.address, hub.address, Selector.GRE, Optional.empty(), Host.text("x")));

        assertThat(keyless.acquire().reqid()).isEqualTo(8);
        assertThat(keyless.acquire().selector().greKey()).contains(new GreKey(0));
    }

    @Test
    void theNextPacketsAreSilent_whateverTheirFlow() {
        spoke.trap(900, Optional.of(GreKey.of("5")), REQID);
        spoke.sends(spoke.gre(hub, "one"));

        spoke.sends(spoke.gre(hub, "two"));
        assertThat(spoke.notices()).isEmpty();
        spoke.sends(spoke.gre(hub, GreKey.of("5"), "another key of the same reqid"));
        assertThat(spoke.notices()).isEmpty();
        assertThat(spoke.state.count(DropReason.OUT_NO_STATES)).isEqualTo(3);
    }

    @Test
    void anotherPeerAndAnotherReqidAreAcquiredByThemselves() {
        spoke.trap(900, Optional.of(GreKey.of("5")), 8);
        spoke.sends(spoke.gre(hub, "one"));
        int first = spoke.acquire().sequence();

        spoke.sends(spoke.gre(hub, GreKey.of("5"), "x"));
        assertThat(spoke.acquire().reqid()).isEqualTo(8);
        assertThat(spoke.acquire().sequence()).isNotEqualTo(first);

        spoke.sends(spoke.gre(new Host("192.0.2.9"), "x"));
        assertThat(spoke.acquire().destination()).isEqualTo(IpAddress.of("192.0.2.9"));
    }

    @Test
    void aLarvalStateEndsAfterThirtySeconds_andTheNextPacketAcquiresAnew() {
        spoke.sends(spoke.gre(hub, "one"));
        assertThat(spoke.state.wakeAt()).contains(spoke.now.plusSeconds(30));

        spoke.passes(Duration.ofMillis(29_999));
        assertThat(spoke.sends(spoke.gre(hub, "two")).notices()).isEmpty();

        spoke.sleepsUntilWoken();
        assertThat(spoke.notices()).isEmpty();
        assertThat(spoke.state.seen()).isEmpty();
        assertThat(spoke.state.wakeAt()).isEmpty();
        assertThat(spoke.sends(spoke.gre(hub, "three")).acquire().sequence()).isEqualTo(2);
    }

    @Test
    void aLarvalStateEndsInTime_evenIfNobodyWokeTheKernel() {
        spoke.sends(spoke.gre(hub, "one"));
        spoke.passes(Duration.ofMinutes(5));
        assertThat(spoke.sends(spoke.gre(hub, "two")).acquire().sequence()).isEqualTo(2);
    }

    @Test
    void withoutAListenerThereIsNoLarvalState() {
        spoke.happens(new Input.ListenerWent());

        spoke.sends(spoke.gre(hub, "one"));

        assertThat(spoke.notices()).isEmpty();
        assertThat(spoke.dropped()).containsExactly("XfrmOutNoStates");
        assertThat(spoke.state.seen()).isEmpty();
        spoke.happens(new Input.ListenerCame());
        assertThat(spoke.sends(spoke.gre(hub, "two")).acquire().sequence()).isEqualTo(1);
    }

    @Test
    void aListenerThatComesIsToldOfStatesLarvalsAndAddresses() {
        spoke.sends(spoke.gre(hub, "one"));
        var acquire = spoke.acquire();
        Host.sa(hub, spoke, 0x1001);

        spoke.happens(new Input.ListenerCame());

        assertThat(spoke.notices())
                .containsExactly(new Notice.Resynchronised(
                        List.of(
                                new Reply.Larval(acquire),
                                new Reply.Mature(Sa.from(hub, spoke, 0x1001).id(), hub.address, REQID, 0, 0)),
                        List.of(spoke.address)));
    }

    @Test
    void theStateWithTheAcquiresSequenceTakesTheLarvalsPlace_evenWithAnotherReqid() {
        spoke.sends(spoke.gre(hub, "one"));
        var acquire = spoke.acquire();

        var answer = Sa.from(spoke, hub, 0x1001).reqid(99).acquireSequence(acquire.sequence());
        assertThat(spoke.install(answer.state(Direction.OUT))).isEqualTo(new Reply.Done());

        assertThat(spoke.state.seen()).noneMatch(Reply.Larval.class::isInstance);
        assertThat(spoke.sends(spoke.gre(hub, "two")).acquire().sequence())
                .as("a state of another reqid is not borrowed")
                .isEqualTo(acquire.sequence() + 1);
    }

    @Test
    void aStateWithoutSequenceTakesTheLarvalsPlaceByAddressesAndReqid() {
        spoke.sends(spoke.gre(hub, "one"));
        spoke.install(Sa.from(spoke, hub, 0x1001).state(Direction.OUT));
        assertThat(spoke.state.seen()).noneMatch(Reply.Larval.class::isInstance);
        assertThat(spoke.sends(spoke.gre(hub, "two")).esp().destination()).isEqualTo(hub.address);
    }

    @Test
    void aStateWithoutSequenceAndOfAnotherReqidLeavesTheLarval() {
        spoke.sends(spoke.gre(hub, "one"));
        spoke.install(Sa.from(spoke, hub, 0x1001).reqid(99).state(Direction.OUT));
        assertThat(spoke.state.seen()).anyMatch(Reply.Larval.class::isInstance);
    }

    @Test
    void anInboundStateWithTheSequenceLeavesTheLarval() {
        spoke.sends(spoke.gre(hub, "one"));
        int sequence = spoke.acquire().sequence();
        spoke.install(Sa.from(hub, spoke, 0x1001).acquireSequence(sequence).state(Direction.IN));
        assertThat(spoke.state.seen()).anyMatch(Reply.Larval.class::isInstance);
    }

    @Test
    void aDroppedLarvalLetsTheNextPacketAcquireAnew() {
        spoke.sends(spoke.gre(hub, "one"));
        var acquire = spoke.acquire();

        assertThat(spoke.ask(new Request.DropLarval(acquire))).isEqualTo(new Reply.Done());
        assertThat(spoke.ask(new Request.DropLarval(acquire))).isEqualTo(new Reply.Done());

        assertThat(spoke.state.wakeAt()).isEmpty();
        assertThat(spoke.sends(spoke.gre(hub, "two")).acquire().sequence()).isEqualTo(acquire.sequence() + 1);
    }

    @Test
    void anOldAcquireDoesNotDropTheLarvalOfANewOne() {
        spoke.sends(spoke.gre(hub, "one"));
        var old = spoke.acquire();
        spoke.sleepsUntilWoken();
        spoke.sends(spoke.gre(hub, "two"));

        spoke.ask(new Request.DropLarval(old));

        assertThat(spoke.sends(spoke.gre(hub, "three")).notices()).isEmpty();
    }

    @Test
    void moreLarvalsThanThereIsRoomForRaiseNoAcquire() {
        var small = new Host("192.0.2.1", new Limits(10, 10, 2, Duration.ofSeconds(30)));
        small.happens(new Input.ListenerCame());
        small.trap(1000, Optional.of(KEY), REQID);

        small.sends(small.gre(new Host("192.0.2.11"), "x"));
        small.sends(small.gre(new Host("192.0.2.12"), "x"));
        small.sends(small.gre(new Host("192.0.2.13"), "x"));

        assertThat(small.notices()).isEmpty();
        assertThat(small.dropped()).containsExactly("XfrmOutPolError");
    }
}
