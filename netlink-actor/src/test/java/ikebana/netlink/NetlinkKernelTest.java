package ikebana.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.crypto.Encryption;
import ikebana.crypto.EspSuite;
import ikebana.kernel.Acquire;
import ikebana.kernel.Direction;
import ikebana.kernel.GreKey;
import ikebana.kernel.Lifetime;
import ikebana.kernel.Policy;
import ikebana.kernel.Prefix;
import ikebana.kernel.Reply;
import ikebana.kernel.Request;
import ikebana.kernel.Selector;
import ikebana.kernel.State;
import ikebana.kernel.StateId;
import ikebana.netlink.codec.Errno;
import ikebana.netlink.codec.NetlinkMessage;
import ikebana.netlink.socket.Exchange;
import ikebana.netlink.socket.Exchange.Outcome;
import ikebana.netlink.socket.SystemCallFailed;
import ikebana.netlink.xfrm.ToKernel;
import ikebana.netlink.xfrm.XfrmMessage;
import ikebana.wire.IpAddress;
import ikebana.wire.Secret;
import ikebana.wire.Spi;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class NetlinkKernelTest {
    private static final IpAddress SPOKE = IpAddress.of("192.0.2.2");
    private static final IpAddress HUB = IpAddress.of("192.0.2.1");
    private static final int REQID = 0x10000001;
    private static final Policy OUT = new Policy(
            new Selector(Prefix.host(SPOKE), Prefix.EVERYTHING_V4, Selector.GRE, Optional.of(new GreKey(0x00120034))),
            Direction.OUT,
            1000,
            new Policy.RequireEsp(REQID));

    /// Answers one outcome after the other, and remembers what it was asked.
    private static final class Script implements Exchange {
        private final Deque<Outcome> outcomes;
        private final List<Integer> asked = new ArrayList<>();

        Script(Outcome... outcomes) {
            this.outcomes = new ArrayDeque<>(Arrays.asList(outcomes));
        }

        @Override
        public Outcome ask(NetlinkMessage request) {
            asked.add(request.type());
            return outcomes.removeFirst();
        }

        Reply perform(Request request) throws SystemCallFailed {
            return new NetlinkKernel(this, this).perform(request);
        }
    }

    @Test
    void aPolicyThatIsThereAlreadyIsDone() throws SystemCallFailed {
        var script = new Script(
                declined(Errno.EEXIST), answer(Recorded.of("answer", "policy").getFirst()));
        assertThat(script.perform(new Request.InstallPolicy(OUT))).isEqualTo(new Reply.Done());
        assertThat(script.asked).containsExactly(XfrmMessage.NEWPOLICY, XfrmMessage.GETPOLICY);
    }

    @Test
    void anotherReqidIsSomebodyElsesAndIsNamed() throws SystemCallFailed {
        var foreign = new Policy(OUT.selector(), Direction.OUT, 1000, new Policy.RequireEsp(4));
        var there = Recorded.of("answer", "policy").getFirst();
        assertThat(refusal(new Script(declined(Errno.EEXIST), answer(there)), new Request.InstallPolicy(foreign)))
                .satisfies(refused -> {
                    assertThat(refused.why()).isEqualTo(Reply.Why.EXISTS);
                    assertThat(refused.sentence()).contains("reqid 268435457").contains("priority 1000");
                });
        var script = new Script(answer(there));
        assertThat(refusal(script, new Request.RemovePolicy(foreign)).why()).isEqualTo(Reply.Why.EXISTS);
        assertThat(script.asked).as("it is not removed").containsExactly(XfrmMessage.GETPOLICY);
    }

    @Test
    void aPolicyThatSomebodyRemovesJustNowIsInstalledAfterAll() throws SystemCallFailed {
        var script = new Script(declined(Errno.EEXIST), declined(Errno.ENOENT), answer());
        assertThat(script.perform(new Request.InstallPolicy(OUT))).isEqualTo(new Reply.Done());
    }

    @Test
    void whatIsNotThereIsRemoved() throws SystemCallFailed {
        assertThat(new Script(declined(Errno.ENOENT), declined(Errno.ENOENT)).perform(new Request.RemovePolicy(OUT)))
                .isEqualTo(new Reply.Done());
        assertThat(new Script(declined(Errno.ESRCH))
                        .perform(new Request.RemoveState(state(HUB).id())))
                .isEqualTo(new Reply.Done());
        assertThat(new Script(declined(Errno.ESRCH))
                        .perform(new Request.FindState(state(HUB).id())))
                .isEqualTo(new Reply.States(List.of()));
    }

    @Test
    void refusalsSayWhatToDo() throws SystemCallFailed {
        assertThat(refusal(new Script(declined(Errno.EPERM)), new Request.InstallPolicy(OUT)))
                .satisfies(refused -> {
                    assertThat(refused.why()).isEqualTo(Reply.Why.NOT_PERMITTED);
                    assertThat(refused.sentence()).contains("needs CAP_NET_ADMIN");
                });
        assertThat(refusal(
                        new Script(
                                new Outcome.Declined(Errno.EPROTONOSUPPORT, Optional.of("Requested type not found"))),
                        new Request.InstallState(state(HUB))))
                .isEqualTo(new Reply.Refused(
                        Reply.Why.NOT_SUPPORTED,
                        "this kernel has no ESP: modprobe esp4 (it says: Requested type not found)"));
        assertThat(refusal(
                                new Script(declined(Errno.EPROTONOSUPPORT)),
                                new Request.InstallState(state(IpAddress.of("2001:db8::1"))))
                        .sentence())
                .isEqualTo("this kernel has no ESP: modprobe esp6");
        assertThat(refusal(new Script(declined(Errno.ENOSYS)), new Request.InstallState(state(HUB)))
                        .sentence())
                .isEqualTo("this kernel has no rfc4106(gcm(aes)) for ESP, or no ESP: modprobe esp4");
        assertThat(refusal(new Script(new Outcome.Silence()), new Request.InstallState(state(HUB)))
                        .why())
                .isEqualTo(Reply.Why.SILENT);
    }

    @Test
    void aTakenSpiIsRefusedWithWhoHasIt() throws SystemCallFailed {
        var id = new StateId(new Spi(0x7001), HUB);
        var there = Recorded.of("answer", "dump");
        var script =
                new Script(declined(Errno.EEXIST), new Outcome.Answer(there.subList(there.size() - 1, there.size())));
        var refused = refusal(script, new Request.InstallState(state(HUB)));
        assertThat(refused.why()).isEqualTo(Reply.Why.EXISTS);
        assertThat(refused.sentence())
                .startsWith("the kernel has an ESP state " + id)
                .contains("with reqid 268435457");
    }

    @Test
    void aReservedSpiIsNeverAskedFor() throws SystemCallFailed {
        var script = new Script();
        var state = state(HUB);
        var reserved = new State(
                new StateId(new Spi(255), HUB),
                state.source(),
                state.direction(),
                state.reqid(),
                state.selector(),
                state.suite(),
                state.encryptionKey(),
                state.integrityKey(),
                state.encapsulation(),
                0,
                0,
                state.lifetime());
        assertThat(refusal(script, new Request.InstallState(reserved)).why()).isEqualTo(Reply.Why.OTHER);
        assertThat(script.asked).isEmpty();
    }

    @Test
    void aLarvalGetsAnSpiToBeRemovedBy() throws SystemCallFailed {
        var named = ToKernel.addState(state(HUB)); // an answer to ALLOCSPI is a state, too
        var script = new Script(answer(named), answer());
        var acquire = new Acquire(7, REQID, SPOKE, HUB, OUT.selector());
        assertThat(script.perform(new Request.DropLarval(acquire))).isEqualTo(new Reply.Done());
        assertThat(script.asked).containsExactly(XfrmMessage.ALLOCSPI, XfrmMessage.DELSA);
    }

    private static Reply.Refused refusal(Script script, Request request) throws SystemCallFailed {
        return (Reply.Refused) script.perform(request);
    }

    private static Outcome declined(int errno) {
        return new Outcome.Declined(errno, Optional.empty());
    }

    private static Outcome answer(NetlinkMessage... messages) {
        return new Outcome.Answer(List.of(messages));
    }

    private static State state(IpAddress destination) {
        return new State(
                new StateId(new Spi(0x7001), destination),
                destination.isV4() ? SPOKE : IpAddress.of("2001:db8::2"),
                Direction.OUT,
                REQID,
                new Selector(
                        Prefix.host(destination.isV4() ? SPOKE : IpAddress.of("2001:db8::2")),
                        Prefix.host(destination),
                        Selector.GRE,
                        Optional.empty()),
                new EspSuite(Encryption.AES_GCM_16_256, Optional.empty(), false),
                Secret.owning(new byte[36]),
                Secret.EMPTY,
                Optional.empty(),
                0,
                0,
                Lifetime.UNLIMITED);
    }
}
