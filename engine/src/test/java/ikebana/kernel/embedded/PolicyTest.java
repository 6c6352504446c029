package ikebana.kernel.embedded;

import static ikebana.kernel.embedded.Host.KEY;
import static ikebana.kernel.embedded.Host.REQID;
import static org.assertj.core.api.Assertions.assertThat;

import ikebana.kernel.Direction;
import ikebana.kernel.GreKey;
import ikebana.kernel.Policy;
import ikebana.kernel.Prefix;
import ikebana.kernel.Reply;
import ikebana.kernel.Request;
import ikebana.kernel.Selector;
import ikebana.wire.IpAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// What the SPD does with packets that have no ESP state.
class PolicyTest {
    private final Host spoke = Host.trapping("192.0.2.1");
    private final Host hub = Host.trapping("192.0.2.2");

    @Test
    void whatNoPolicyIsAboutLeavesInTheClear_anotherKeyForOne() {
        var other = spoke.gre(hub, GreKey.of("4321"), "clear");
        assertThat(spoke.sends(other).did).containsExactly(new Effect.SendPlain(other));

        var udp = new IpPacket(spoke.address, hub.address, 17, Optional.empty(), Host.text("ike"));
        assertThat(spoke.sends(udp).did).containsExactly(new Effect.SendPlain(udp));
    }

    @Test
    void transitOfForeignSourcesIsNotTrappedByAPinnedPolicy() {
        var transit = IpPacket.gre(IpAddress.of("198.51.100.1"), hub.address, KEY, Host.text("transit"));
        assertThat(spoke.sends(transit).did).containsExactly(new Effect.SendPlain(transit));
    }

    @Test
    void theSmallerPriorityNumberWins_howeverLateItCame() {
        spoke.guard(2000);
        assertThat(spoke.sends(spoke.gre(hub, "keyed")).acquire().reqid()).isEqualTo(REQID);
        assertThat(spoke.sends(spoke.gre(hub, GreKey.of("4321"), "mistyped")).dropped())
                .containsExactly("XfrmOutPolBlock");

        var late = Host.trapping("192.0.2.1");
        late.trap(500, Optional.empty(), 8);
        assertThat(late.sends(late.gre(hub, "keyed")).acquire().reqid()).isEqualTo(8);
    }

    @Test
    void amongEqualPrioritiesTheOlderPolicyWins_howeverLittleItSays() {
        var host = new Host("192.0.2.1");
        host.happens(new Input.ListenerCame());
        host.trap(1000, Optional.empty(), 8);
        host.trap(1000, Optional.of(KEY), REQID);
        assertThat(host.sends(host.gre(hub, "x")).acquire().reqid()).isEqualTo(8);
    }

    @Test
    void aPolicyThatIsThereAlreadyIsDone_withAnotherReqidOrPriorityItExists() {
        var there = spoke.state.policies().getFirst();
        assertThat(spoke.ask(new Request.InstallPolicy(there))).isEqualTo(new Reply.Done());

        var foreign = new Policy(there.selector(), there.direction(), 1, new Policy.RequireEsp(99));
        assertThat(spoke.ask(new Request.InstallPolicy(foreign)))
                .isInstanceOfSatisfying(
                        Reply.Refused.class,
                        refused -> assertThat(refused.why()).isEqualTo(Reply.Why.EXISTS));
        var moved = new Policy(there.selector(), there.direction(), 1, there.verdict());
        assertThat(spoke.ask(new Request.InstallPolicy(moved)))
                .isInstanceOfSatisfying(
                        Reply.Refused.class,
                        refused -> assertThat(refused.why()).isEqualTo(Reply.Why.EXISTS));
        assertThat(spoke.ask(new Request.DumpPolicies()))
                .isEqualTo(new Reply.Policies(spoke.state.policies()))
                .isInstanceOfSatisfying(
                        Reply.Policies.class,
                        dump -> assertThat(dump.policies()).hasSize(2));
    }

    @Test
    void aRemovedPolicyStopsNothing_andRemovingItTwiceIsDone() {
        for (var policy : spoke.state.policies()) {
            assertThat(spoke.ask(new Request.RemovePolicy(policy))).isEqualTo(new Reply.Done());
            assertThat(spoke.ask(new Request.RemovePolicy(policy))).isEqualTo(new Reply.Done());
        }
        var packet = spoke.gre(hub, "clear");
        assertThat(spoke.sends(packet).did).containsExactly(new Effect.SendPlain(packet));
    }

    @Test
    void clearGreThatArrivesAgainstAnInPolicyIsDropped() {
        hub.happens(new Input.PlainArrived(spoke.gre(hub, "spoofed")));
        assertThat(hub.dropped()).containsExactly("XfrmInTmplMismatch");

        var other = spoke.gre(hub, GreKey.of("4321"), "no policy is about me");
        assertThat(hub.happens(new Input.PlainArrived(other)).delivered()).containsExactly(other);
        hub.guard(2000);
        assertThat(hub.happens(new Input.PlainArrived(other)).dropped()).containsExactly("XfrmInPolBlock");
    }

    @Test
    void whatIsForAnotherHostIsNotDelivered() {
        hub.happens(new Input.PlainArrived(hub.gre(spoke, "astray")));
        assertThat(hub.dropped()).containsExactly("IpInAddrErrors");
    }

    @Test
    void anUnpinnedPolicyOfOneFamilySaysNothingAboutTheOther() {
        var host = new Host("2001:db8::1");
        host.happens(new Input.ListenerCame());
        var v4 = new Selector(Prefix.EVERYTHING_V4, Prefix.EVERYTHING_V4, Selector.GRE, Optional.of(KEY));
        host.ask(new Request.InstallPolicy(new Policy(v4, Direction.OUT, 1, new Policy.RequireEsp(REQID))));
        var packet = host.gre(new Host("2001:db8::2"), "v6");
        assertThat(host.sends(packet).did).containsExactly(new Effect.SendPlain(packet));
    }

    @Test
    void addressesThatComeAndGoAreToldOnce() {
        var extra = IpAddress.of("192.0.2.77");
        assertThat(spoke.happens(new Input.AddressCame(extra)).notices()).hasSize(1);
        assertThat(spoke.happens(new Input.AddressCame(extra)).notices()).isEmpty();
        assertThat(spoke.state.addresses()).containsExactly(spoke.address, extra);
        assertThat(spoke.happens(new Input.AddressWent(extra)).notices()).hasSize(1);
        assertThat(spoke.happens(new Input.AddressWent(extra)).notices()).isEmpty();
    }

    @Test
    void morePoliciesThanThereIsRoomForAreRefused() {
        var small = new Host("192.0.2.1", new Limits(1, 10, 10, Duration.ofSeconds(30)));
        small.trap(1000, Optional.of(KEY), REQID);
        assertThat(small.state.policies()).hasSize(1);
        assertThat(small.did)
                .isEqualTo(List.of(new Effect.Answered(
                        2, new Reply.Refused(Reply.Why.OTHER, "no room for another policy: 1 are there"))));
    }
}
