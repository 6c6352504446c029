package ikebana.netlink.xfrm;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.crypto.Encryption;
import ikebana.crypto.EspSuite;
import ikebana.crypto.Integrity;
import ikebana.kernel.Acquire;
import ikebana.kernel.Direction;
import ikebana.kernel.GreKey;
import ikebana.kernel.Lifetime;
import ikebana.kernel.Notice;
import ikebana.kernel.Policy;
import ikebana.kernel.Prefix;
import ikebana.kernel.Reply;
import ikebana.kernel.Selector;
import ikebana.kernel.State;
import ikebana.kernel.StateId;
import ikebana.kernel.UdpEncapsulation;
import ikebana.netlink.Recorded;
import ikebana.netlink.codec.NetlinkMessage;
import ikebana.wire.Bytes;
import ikebana.wire.IpAddress;
import ikebana.wire.Secret;
import ikebana.wire.Spi;
import ikebana.wire.UdpAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class TranslationTest {
    private static final IpAddress SPOKE = IpAddress.of("192.0.2.2");
    private static final IpAddress HUB = IpAddress.of("192.0.2.1");
    private static final int REQID = 0x10000001;
    private static final Selector TRAP =
            new Selector(Prefix.host(SPOKE), Prefix.EVERYTHING_V4, Selector.GRE, Optional.of(GreKey.of("0.18.0.52")));
    private static final Policy OUT = new Policy(TRAP, Direction.OUT, 1000, new Policy.RequireEsp(REQID));

    @Test
    void aGreKeyIsTheTwoPorts() {
        var selector = ToKernel.selector(TRAP);
        assertThat(selector.sourcePort()).isEqualTo(0x12);
        assertThat(selector.destinationPort()).isEqualTo(0x34);
        assertThat(selector.sourcePortMask()).isEqualTo(0xffff);
        assertThat(selector.destinationPortMask()).isEqualTo(0xffff);
        var anyKey = ToKernel.selector(new Selector(TRAP.source(), TRAP.destination(), Selector.GRE, Optional.empty()));
        assertThat(anyKey.sourcePortMask() | anyKey.destinationPortMask()).isZero();
    }

    @Test
    void theBitsBehindAPrefixAreNotSent() {
        assertThat(ToKernel.prefixAddress(new Prefix(IpAddress.of("192.0.2.255"), 25)))
                .isEqualTo(Address.of(IpAddress.of("192.0.2.128")));
        assertThat(ToKernel.prefixAddress(new Prefix(IpAddress.of("2001:db8::ffff"), 32)))
                .isEqualTo(Address.of(IpAddress.of("2001:db8::")));
        assertThat(ToKernel.prefixAddress(new Prefix(HUB, 0))).isEqualTo(Address.NONE);
    }

    @Test
    void ourRequestsAreThoseThatTheKernelTook() {
        var recorded = Recorded.of("request", "policy").stream()
                .filter(message -> message.type() == XfrmMessage.NEWPOLICY)
                .findFirst()
                .orElseThrow();
        assertThat(ToKernel.addPolicy(OUT)).isEqualTo(recorded);
        var answer = Recorded.of("answer", "policy").getFirst();
        assertThat(FromKernel.policy(answer)).contains(OUT);
        assertThat(FromKernel.policy(Recorded.of("answer", "policy-of-iproute2").getFirst()))
                .contains(OUT);
    }

    @Test
    void aPolicyIsOursOnlyIfNothingElsePassesThroughIt() {
        assertThat(FromKernel.policy(message(OUT))).contains(OUT);
        assertThat(FromKernel.policy(Recorded.of("answer", "policy-of-iproute2").getLast()))
                .as("'level use' lets packets pass in the clear")
                .isEmpty();
        assertThat(FromKernel.policy(altered(info -> new UserPolicyInfo(
                        info.selector(),
                        new LifetimeConfig(-1, -1, -1, -1, 0, 60, 0, 0),
                        info.used(),
                        info.priority(),
                        info.index(),
                        info.direction(),
                        info.action(),
                        info.flags(),
                        info.share()))))
                .as("it goes away after a minute")
                .isEmpty();
        assertThat(FromKernel.policy(altered(info -> new UserPolicyInfo(
                        info.selector(),
                        info.limits(),
                        info.used(),
                        info.priority(),
                        info.index(),
                        2,
                        info.action(),
                        info.flags(),
                        info.share()))))
                .as("it is about forwarding")
                .isEmpty();
        assertThat(FromKernel.policy(new XfrmMessage(
                                XfrmMessage.NEWPOLICY,
                                ToKernel.policyMessage(OUT).body(),
                                List.of(
                                        ToKernel.policyMessage(OUT).attributes().getFirst(),
                                        new XfrmAttribute.Unknown(21, Bytes.of(new byte[8]))))
                        .asRequest(0)))
                .as("it has a mark")
                .isEmpty();
        assertThat(FromKernel.policy(new XfrmMessage(
                                XfrmMessage.NEWPOLICY,
                                ToKernel.policyMessage(OUT).body(),
                                List.of())
                        .asRequest(0)))
                .as("it asks for no ESP at all")
                .isEmpty();
        assertThat(FromKernel.policy(new XfrmMessage(
                                XfrmMessage.NEWPOLICY,
                                ToKernel.policyMessage(OUT).body(),
                                List.of(tunnelTemplate()))
                        .asRequest(0)))
                .as("tunnel mode")
                .isEmpty();
    }

    @Test
    void prefixesThatCannotBeAreNothing() {
        assertThat(FromKernel.policy(altered(info -> new UserPolicyInfo(
                        new PacketSelector(
                                Address.NONE, Address.NONE, 0, 0, 0, 0, Family.INET, 33, 0, Selector.GRE, 0, 0),
                        info.limits(),
                        info.used(),
                        info.priority(),
                        info.index(),
                        info.direction(),
                        info.action(),
                        info.flags(),
                        info.share()))))
                .isEmpty();
    }

    @Test
    void eventsOfARealKernelAreTheNoticesThatTheyWere() {
        var flow = new Selector(Prefix.host(SPOKE), Prefix.host(HUB), Selector.GRE, TRAP.greKey());
        assertThat(notices("acquire")).containsExactly(new Notice.Acquired(new Acquire(1, REQID, SPOKE, HUB, flow)));
        var counted = new StateId(new Spi(0x9000), HUB);
        assertThat(notices("expire-packets"))
                .contains(new Notice.Expired(counted, REQID, false), new Notice.Expired(counted, REQID, true));
        var weighed = new StateId(new Spi(0x9002), HUB);
        assertThat(notices("expire-bytes"))
                .contains(new Notice.Expired(weighed, REQID, false), new Notice.Expired(weighed, REQID, true));
        var timed = new StateId(new Spi(0x9001), HUB);
        assertThat(notices("expire-time"))
                .containsExactly(new Notice.Expired(timed, REQID, false), new Notice.Expired(timed, REQID, true));
        assertThat(notices("mapping"))
                .contains(new Notice.Remapped(
                        new StateId(new Spi(0xa000), SPOKE),
                        REQID,
                        new UdpAddress(HUB, 40000),
                        new UdpAddress(HUB, 4500)));
    }

    @Test
    void aLarvalIsTheAcquireThatItWaitsFor() {
        var flow = new Selector(Prefix.host(SPOKE), Prefix.host(HUB), Selector.GRE, TRAP.greKey());
        assertThat(FromKernel.state(Recorded.of("answer", "larval").getFirst()))
                .contains(new Reply.Larval(new Acquire(1, REQID, SPOKE, HUB, flow)));
    }

    @Test
    void theEndOfALarvalIsNotTheEndOfAState() {
        var larval =
                (UserSaInfo) decoded(Recorded.of("answer", "larval").getFirst()).body();
        var expire = new XfrmMessage(XfrmMessage.EXPIRE, new UserExpire(larval, 1), List.of()).asRequest(0);
        assertThat(FromKernel.notice(expire)).isEmpty();
    }

    @Test
    void statesAreListedWithWhatTheyCarried() {
        var seen = Recorded.of("answer", "dump").stream()
                .flatMap(message -> FromKernel.state(message).stream())
                .toList();
        assertThat(seen)
                .contains(
                        new Reply.Mature(new StateId(new Spi(0x7001), HUB), SPOKE, REQID, 0, 0),
                        new Reply.Mature(
                                new StateId(new Spi(0x7000), IpAddress.of("2001:db8::1")),
                                IpAddress.of("2001:db8::2"),
                                REQID,
                                0,
                                0));
    }

    @Test
    void extendedSequenceNumbersNeedAWindowEvenWhereNoneIsUsed() {
        var out = state(esn(), Direction.OUT, 0);
        var message = ToKernel.stateMessage(out);
        assertThat(XfrmAttribute.find(message.attributes(), ReplayStateEsn.class))
                .contains(ReplayStateEsn.ofWindow(32));
        assertThat(((UserSaInfo) message.body()).flags()).isEqualTo(128);
    }

    @Test
    void aWideWindowIsSaidElsewhereThanANarrowOne() {
        var narrow = ToKernel.stateMessage(state(gcm(), Direction.IN, 32));
        assertThat(((UserSaInfo) narrow.body()).replayWindow()).isEqualTo(32);
        assertThat(XfrmAttribute.find(narrow.attributes(), ReplayStateEsn.class))
                .isEmpty();
        var wide = ToKernel.stateMessage(state(gcm(), Direction.IN, 33));
        assertThat(((UserSaInfo) wide.body()).replayWindow()).isZero();
        assertThat(((UserSaInfo) wide.body()).flags()).isZero();
        assertThat(XfrmAttribute.find(wide.attributes(), ReplayStateEsn.class)).contains(ReplayStateEsn.ofWindow(33));
        var tooWide = ToKernel.stateMessage(state(gcm(), Direction.IN, 100_000));
        assertThat(XfrmAttribute.find(tooWide.attributes(), ReplayStateEsn.class))
                .contains(ReplayStateEsn.ofWindow(4096));
    }

    @Test
    void limitsThatAreAbsentOrZeroAreNone() {
        var message = ToKernel.stateMessage(withLifetime(new Lifetime(
                Optional.of(Duration.ofMillis(1500)),
                Optional.empty(),
                Optional.of(0L),
                Optional.of(7L),
                Optional.empty(),
                Optional.of(9L))));
        assertThat(((UserSaInfo) message.body()).limits()).isEqualTo(new LifetimeConfig(-1, 7, -1, 9, 2, 0, 0, 0));
    }

    @Test
    void algorithmsHaveTheKernelsNamesAndLengths() {
        var cbc = new EspSuite(Encryption.AES_CBC_256, Optional.of(Integrity.HMAC_SHA2_384_192), false);
        var attributes = ToKernel.stateMessage(state(cbc, Direction.IN, 32)).attributes();
        assertThat(attributes)
                .containsExactly(
                        new Algorithm(XfrmAttribute.ENCRYPTION, "cbc(aes)", Secret.owning(new byte[32])),
                        new AlgorithmAuth("hmac(sha384)", 192, Secret.owning(new byte[48])));
        assertThat(ToKernel.stateMessage(state(gcm(), Direction.IN, 32)).attributes())
                .containsExactly(new AlgorithmAead("rfc4106(gcm(aes))", 128, Secret.owning(new byte[36])));
    }

    @Test
    void espInUdpHasItsPortsInNetworkOrder() {
        var plain = state(gcm(), Direction.OUT, 0);
        var message = ToKernel.stateMessage(new State(
                plain.id(),
                plain.source(),
                plain.direction(),
                plain.reqid(),
                plain.selector(),
                plain.suite(),
                plain.encryptionKey(),
                plain.integrityKey(),
                Optional.of(new UdpEncapsulation(4500, 40000)),
                0,
                0,
                Lifetime.UNLIMITED));
        assertThat(XfrmAttribute.find(message.attributes(), EncapTemplate.class))
                .contains(new EncapTemplate(2, 4500, 40000, Address.NONE));
    }

    @Test
    void newPortsAreAnUpdateOfTheWholeStateWhichMustBeThere() {
        var state = state(gcm(), Direction.OUT, 0).between(new UdpEncapsulation(4500, 40000));
        var request = ToKernel.changePorts(state);
        assertThat(request.type()).isEqualTo(XfrmMessage.UPDSA);
        assertThat(request.flags()).isEqualTo(NetlinkMessage.REQUEST | NetlinkMessage.ACK);
        assertThat(decoded(request).body())
                .isEqualTo(ToKernel.stateMessage(state).body());
        assertThat(XfrmAttribute.find(decoded(request).attributes(), EncapTemplate.class))
                .contains(new EncapTemplate(2, 4500, 40000, Address.NONE));
        assertThat(XfrmAttribute.find(decoded(request).attributes(), AlgorithmAead.class))
                .isPresent();
    }

    private static List<Notice> notices(String occasion) {
        return Recorded.of("event", occasion).stream()
                .flatMap(message -> FromKernel.notice(message).stream())
                .toList();
    }

    private static NetlinkMessage message(Policy policy) {
        return ToKernel.policyMessage(policy).asRequest(0);
    }

    private static NetlinkMessage altered(UnaryOperator<UserPolicyInfo> how) {
        var ours = ToKernel.policyMessage(OUT);
        return new XfrmMessage(XfrmMessage.NEWPOLICY, how.apply((UserPolicyInfo) ours.body()), ours.attributes())
                .asRequest(0);
    }

    private static XfrmAttribute.Templates tunnelTemplate() {
        var ours = ToKernel.template(REQID, Family.INET);
        return new XfrmAttribute.Templates(List.of(new UserTemplate(
                ours.id(),
                ours.family(),
                ours.source(),
                ours.reqid(),
                1,
                ours.share(),
                ours.optional(),
                ours.authentications(),
                ours.encryptions(),
                ours.compressions())));
    }

    private static XfrmMessage decoded(NetlinkMessage message) {
        return ((XfrmMessage.Decoded.Whole) XfrmMessage.decode(message)).message();
    }

    private static EspSuite gcm() {
        return new EspSuite(Encryption.AES_GCM_16_256, Optional.empty(), false);
    }

    private static EspSuite esn() {
        return new EspSuite(Encryption.AES_GCM_16_256, Optional.empty(), true);
    }

    private static State withLifetime(Lifetime lifetime) {
        return state(gcm(), Direction.OUT, 0, lifetime);
    }

    private static State state(EspSuite suite, Direction direction, int window) {
        return state(suite, direction, window, Lifetime.UNLIMITED);
    }

    private static State state(EspSuite suite, Direction direction, int window, Lifetime lifetime) {
        return new State(
                new StateId(new Spi(0x1000), HUB),
                SPOKE,
                direction,
                REQID,
                TRAP,
                suite,
                Secret.owning(new byte[suite.encryption().keyLength()]),
                Secret.owning(
                        new byte[suite.integrity().map(Integrity::keyLength).orElse(0)]),
                Optional.empty(),
                0,
                window,
                lifetime);
    }
}
