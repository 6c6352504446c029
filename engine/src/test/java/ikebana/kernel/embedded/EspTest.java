package ikebana.kernel.embedded;

import static ikebana.kernel.embedded.Host.REQID;
import static org.assertj.core.api.Assertions.assertThat;

import ikebana.crypto.Encryption;
import ikebana.crypto.EspSuite;
import ikebana.crypto.Integrity;
import ikebana.kernel.Direction;
import ikebana.kernel.GreKey;
import ikebana.kernel.Lifetime;
import ikebana.kernel.Notice;
import ikebana.kernel.Policy;
import ikebana.kernel.Prefix;
import ikebana.kernel.Reply;
import ikebana.kernel.Request;
import ikebana.kernel.Selector;
import ikebana.kernel.State;
import ikebana.kernel.UdpEncapsulation;
import ikebana.wire.Bytes;
import ikebana.wire.IpAddress;
import ikebana.wire.UdpAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Packets in ESP, from one kernel to another.
class EspTest {
    private static final Optional<Integrity> SHA_256 = Optional.of(Integrity.HMAC_SHA2_256_128);
    private final Host spoke = Host.trapping("192.0.2.1");
    private final Host hub = Host.trapping("192.0.2.2");

    static List<EspSuite> everySuite() {
        var suites = new ArrayList<EspSuite>();
        for (var extended : List.of(false, true)) {
            for (var encryption : Encryption.values()) {
                if (encryption.isAead()) suites.add(new EspSuite(encryption, Optional.empty(), extended));
                else
                    for (var integrity : Integrity.values())
                        suites.add(new EspSuite(encryption, Optional.of(integrity), extended));
            }
        }
        return suites;
    }

    @ParameterizedTest
    @MethodSource("everySuite")
    void whatOneKernelSendsTheOtherDelivers(EspSuite suite) {
        var sa = Sa.from(spoke, hub, 0x1001).suite(suite);
        spoke.install(sa.state(Direction.OUT));
        hub.install(sa.state(Direction.IN));

        var packet = spoke.gre(hub, "hello");
        var esp = spoke.sends(packet).esp();

        assertThat(esp.source()).isEqualTo(spoke.address);
        assertThat(esp.esp().toString())
                .startsWith("0000100100000001")
                .doesNotContain(packet.payload().toString());
        assertThat(hub.happens(new Input.EspArrived(esp)).delivered()).containsExactly(packet);
    }

    @Test
    void unequalKeysFailVisibly() {
        spoke.install(Sa.from(spoke, hub, 0x1001).key(1).state(Direction.OUT));
        hub.install(Sa.from(spoke, hub, 0x1001).key(2).state(Direction.IN));

        hub.happens(new Input.EspArrived(spoke.sends(spoke.gre(hub, "hello")).esp()));

        assertThat(hub.delivered()).isEmpty();
        assertThat(hub.dropped()).containsExactly("XfrmInStateProtoError");
        assertThat(hub.state.count(DropReason.IN_STATE_PROTO_ERROR)).isEqualTo(1);
    }

    @Test
    void theKeysOfAnInstalledStateAreItsOwn() {
        var state = Sa.from(spoke, hub, 0x1001).state(Direction.OUT);
        spoke.install(state);
        state.encryptionKey().close();
        hub.install(Sa.from(spoke, hub, 0x1001).state(Direction.IN));
        hub.happens(new Input.EspArrived(spoke.sends(spoke.gre(hub, "hello")).esp()));
        assertThat(hub.delivered()).hasSize(1);
    }

    @Test
    void aPacketIsTakenOnce_andNotWhenItIsTooOld() {
        Host.sa(spoke, hub, 0x1001);
        var packets = new ArrayList<EspPacket>();
        for (int i = 1; i <= 40; i++)
            packets.add(spoke.sends(spoke.gre(hub, "packet " + i)).esp());

        hub.happens(new Input.EspArrived(packets.get(39)));
        assertThat(hub.delivered()).hasSize(1);
        assertThat(hub.happens(new Input.EspArrived(packets.get(39))).dropped()).containsExactly("XfrmInStateSeqError");
        assertThat(hub.happens(new Input.EspArrived(packets.get(8))).delivered())
                .as("number 9, the last of a window of 32 below 40")
                .hasSize(1);
        assertThat(hub.happens(new Input.EspArrived(packets.get(8))).dropped()).containsExactly("XfrmInStateSeqError");
        assertThat(hub.happens(new Input.EspArrived(packets.get(7))).dropped()).containsExactly("XfrmInStateSeqError");
        assertThat(hub.state.count(DropReason.IN_STATE_SEQUENCE_ERROR)).isEqualTo(3);
    }

    @Test
    void sequenceNumbersNeverCycle_andExtendedOnesGoOnWhereTheOthersEnd() {
        Host.sa(spoke, hub, 0x1001);
        hasSent(0xffff_fffeL);
        assertThat(spoke.sends(spoke.gre(hub, "the last")).esp().esp().slice(4, 8))
                .isEqualTo(Bytes.ofHex("ffffffff"));
        assertThat(spoke.sends(spoke.gre(hub, "none")).dropped()).containsExactly("XfrmOutStateSeqError");

        var extended = Sa.from(spoke, hub, 0x1001).suite(new EspSuite(Encryption.AES_CBC_256, SHA_256, true));
        spoke.ask(new Request.RemoveState(extended.id()));
        hub.ask(new Request.RemoveState(extended.id()));
        spoke.install(extended.state(Direction.OUT));
        hub.install(extended.state(Direction.IN));
        for (long sent : new long[] {0x7fff_ffffL, 0xffff_fffeL}) {
            hasSent(sent);
            assertThat(arrives("before").delivered()).hasSize(1);
            assertThat(arrives("after").delivered()).hasSize(1);
        }
    }

    private void hasSent(long sequence) {
        var states = spoke.state.stateDatabase();
        var before = states.inOrder().toList().getLast();
        var after = new Association(
                before.state(),
                before.cipher(),
                before.order(),
                before.addedAt(),
                before.bytes(),
                before.packets(),
                sequence,
                before.window(),
                before.dying());
        spoke.state = spoke.state.with(states.changed(before, after));
    }

    private Host arrives(String text) {
        return hub.happens(
                new Input.EspArrived(spoke.sends(spoke.gre(hub, text)).esp()));
    }

    @Test
    void aForgedNumberDoesNotMoveTheWindow() {
        Host.sa(spoke, hub, 0x1001);
        var real = spoke.sends(spoke.gre(hub, "real")).esp();
        var forged = real.esp().toArray();
        forged[4] = 0x7f;
        hub.happens(new Input.EspArrived(
                new EspPacket(real.source(), real.destination(), Optional.empty(), Bytes.of(forged))));
        assertThat(hub.dropped()).containsExactly("XfrmInStateProtoError");
        assertThat(hub.happens(new Input.EspArrived(real)).delivered()).hasSize(1);
    }

    @Test
    void anUnknownSpiAndAShortPacketAreCounted() {
        Host.sa(spoke, hub, 0x1001);
        var esp = spoke.sends(spoke.gre(hub, "x")).esp();
        hub.ask(new Request.RemoveState(Sa.from(spoke, hub, 0x1001).id()));
        assertThat(hub.happens(new Input.EspArrived(esp)).dropped()).containsExactly("XfrmInNoStates");
        var stump = new EspPacket(
                esp.source(), esp.destination(), Optional.empty(), esp.esp().slice(0, 7));
        assertThat(hub.happens(new Input.EspArrived(stump)).dropped()).containsExactly("XfrmInHdrError");
        assertThat(spoke.happens(new Input.EspArrived(esp)).dropped()).containsExactly("IpInAddrErrors");
    }

    @Test
    void theNewestStateCarriesTheTraffic_andTheOldStillReceives() {
        Host.sa(spoke, hub, 0x1001);
        var old = spoke.sends(spoke.gre(hub, "old")).esp();
        Host.sa(spoke, hub, 0x1002);
        var young = spoke.sends(spoke.gre(hub, "new")).esp();

        assertThat(young.esp().toString()).startsWith("00001002");
        assertThat(hub.happens(new Input.EspArrived(old)).delivered()).hasSize(1);
        assertThat(hub.happens(new Input.EspArrived(young)).delivered()).hasSize(1);

        spoke.ask(new Request.RemoveState(Sa.from(spoke, hub, 0x1002).id()));
        assertThat(spoke.sends(spoke.gre(hub, "again")).esp().esp().toString()).startsWith("00001001");
    }

    @Test
    void aStateThatIsNotDyingWinsOverANewerOneThatIs() {
        Host.sa(spoke, hub, 0x1001);
        var soft = lifetime(Optional.of(Duration.ofSeconds(10)), Optional.empty());
        spoke.install(Sa.from(spoke, hub, 0x1002).lifetime(soft).state(Direction.OUT));
        assertThat(spoke.sends(spoke.gre(hub, "x")).esp().esp().toString()).startsWith("00001002");
        spoke.sleepsUntilWoken();
        assertThat(spoke.sends(spoke.gre(hub, "x")).esp().esp().toString()).startsWith("00001001");
    }

    @Test
    void aStateWhoseSelectorIsAboutOtherPacketsIsPassedOver() {
        var udpOnly = new Selector(Prefix.host(spoke.address), Prefix.host(hub.address), 17, Optional.empty());
        spoke.install(Sa.from(spoke, hub, 0x1001).selector(udpOnly).state(Direction.OUT));
        assertThat(spoke.sends(spoke.gre(hub, "x")).acquire().destination()).isEqualTo(hub.address);
    }

    @Test
    void anInboundStateIsNeverSentThrough_andAnOutboundOneNeverReceives() {
        spoke.install(Sa.from(spoke, hub, 0x1001).state(Direction.IN));
        assertThat(spoke.sends(spoke.gre(hub, "x")).dropped()).containsExactly("XfrmOutNoStates");

        Host.sa(spoke, new Host("192.0.2.9"), 0x1003);
        var other = Host.trapping("192.0.2.9");
        other.install(Sa.from(spoke, other, 0x1003).state(Direction.OUT));
        var esp = spoke.sends(spoke.gre(other, "x")).esp();
        assertThat(other.happens(new Input.EspArrived(esp)).dropped()).containsExactly("XfrmInStateDirError");
    }

    @Test
    void aSpoofedSourceOrAnotherProtocolInsideATunnelIsDropped() {
        Host.sa(spoke, hub, 0x1001);
        var esp = spoke.sends(spoke.gre(hub, "x")).esp();
        var spoofed = new EspPacket(IpAddress.of("203.0.113.5"), hub.address, Optional.empty(), esp.esp());
        assertThat(hub.happens(new Input.EspArrived(spoofed)).dropped()).containsExactly("XfrmInStateMismatch");

        var any = new Selector(Prefix.host(spoke.address), Prefix.host(hub.address), 0, Optional.empty());
        spoke.install(Sa.from(spoke, hub, 0x1002).selector(any).state(Direction.OUT));
        hub.install(Sa.from(spoke, hub, 0x1002).state(Direction.IN));
        spoke.trap(10, Optional.empty(), REQID);
        spoke.ask(new Request.InstallPolicy(new Policy(any, Direction.OUT, 1, new Policy.RequireEsp(REQID))));
        var udp = new IpPacket(spoke.address, hub.address, 17, Optional.empty(), Host.text("udp inside"));
        assertThat(hub.happens(new Input.EspArrived(spoke.sends(udp).esp())).dropped())
                .containsExactly("XfrmInStateMismatch");
    }

    @Test
    void eachKeyHasItsOwnReqid_andOneInsideTheOthersTunnelIsDropped() {
        var five = GreKey.of("5");
        for (var host : List.of(spoke, hub)) host.trap(1000, Optional.of(five), 8);
        spoke.install(Sa.from(spoke, hub, 0x1001).state(Direction.OUT));
        hub.install(Sa.from(spoke, hub, 0x1001).reqid(8).state(Direction.IN));

        assertThat(hub.happens(new Input.EspArrived(
                                spoke.sends(spoke.gre(hub, "key 1234")).esp()))
                        .dropped())
                .containsExactly("XfrmInTmplMismatch");
        assertThat(spoke.sends(spoke.gre(hub, five, "key 5")).acquire().reqid()).isEqualTo(8);
    }

    @Test
    void aKeyThatNoPolicyIsAboutPassesFromAnAuthenticatedPeer_unlessAGuardBlocksIt() {
        Host.sa(spoke, hub, 0x1001);
        spoke.trap(900, Optional.of(GreKey.of("5")), REQID);
        var packet = spoke.gre(hub, GreKey.of("5"), "x");

        assertThat(hub.happens(new Input.EspArrived(spoke.sends(packet).esp())).delivered())
                .containsExactly(packet);
        hub.guard(2000);
        assertThat(hub.happens(new Input.EspArrived(spoke.sends(packet).esp())).dropped())
                .containsExactly("XfrmInPolBlock");
    }

    @Test
    void aSpiThatIsTakenExists_andAnyOtherStateCanBeFoundAndDumped() {
        assertThat(hub.install(Sa.from(spoke, hub, 0x1001).state(Direction.IN))).isEqualTo(new Reply.Done());
        assertThat(hub.install(Sa.from(spoke, hub, 0x1001).key(9).state(Direction.IN)))
                .isInstanceOfSatisfying(
                        Reply.Refused.class,
                        refused -> assertThat(refused.why()).isEqualTo(Reply.Why.EXISTS));

        spoke.install(Sa.from(spoke, hub, 0x1001).state(Direction.OUT));
        hub.happens(new Input.EspArrived(spoke.sends(spoke.gre(hub, "four")).esp()));

        var id = Sa.from(spoke, hub, 0x1001).id();
        // GRE's header has eight bytes with a key
        var seen = new Reply.States(List.of(new Reply.Mature(id, spoke.address, REQID, 12, 1)));
        assertThat(hub.ask(new Request.FindState(id))).isEqualTo(seen);
        assertThat(hub.ask(new Request.DumpStates())).isEqualTo(seen);
        assertThat(hub.ask(new Request.RemoveState(id))).isEqualTo(new Reply.Done());
        assertThat(hub.ask(new Request.RemoveState(id))).isEqualTo(new Reply.Done());
        assertThat(hub.ask(new Request.FindState(id))).isEqualTo(new Reply.States(List.of()));
    }

    @Test
    void nonsenseIsRefusedWithASentence() {
        var extended = new EspSuite(Encryption.AES_GCM_16_256, Optional.empty(), true);
        assertThat(sentence(hub.install(Sa.from(spoke, hub, 255).state(Direction.IN))))
                .contains("reserved");
        assertThat(sentence(hub.install(
                        Sa.from(spoke, hub, 0x1001).replayWindow(4097).state(Direction.IN))))
                .contains("0 to 4096");
        assertThat(sentence(hub.install(Sa.from(spoke, hub, 0x1001)
                        .suite(extended)
                        .replayWindow(0)
                        .state(Direction.IN))))
                .contains("need a replay window");
        assertThat(sentence(hub.install(mixed()))).contains("two families");
        assertThat(sentence(hub.install(shortKey()))).contains("lengths");
        assertThat(hub.state.installed()).isEmpty();
    }

    private State mixed() {
        var state = Sa.from(spoke, hub, 0x1001).state(Direction.IN);
        return new State(
                state.id(),
                IpAddress.of("2001:db8::1"),
                state.direction(),
                state.reqid(),
                state.selector(),
                state.suite(),
                state.encryptionKey(),
                state.integrityKey(),
                state.encapsulation(),
                0,
                32,
                state.lifetime());
    }

    private State shortKey() {
        var state = Sa.from(spoke, hub, 0x1001).state(Direction.IN);
        return new State(
                state.id(),
                state.source(),
                state.direction(),
                state.reqid(),
                state.selector(),
                state.suite(),
                state.encryptionKey().slice(0, 32),
                state.integrityKey(),
                state.encapsulation(),
                0,
                32,
                state.lifetime());
    }

    private static String sentence(Reply reply) {
        return reply instanceof Reply.Refused refused ? refused.sentence() : "not refused";
    }

    @Test
    void moreStatesThanThereIsRoomForAreRefused() {
        var small = new Host("192.0.2.1", new Limits(10, 1, 10, Duration.ofSeconds(30)));
        small.install(Sa.from(small, hub, 0x1001).state(Direction.OUT));
        assertThat(sentence(small.install(Sa.from(small, hub, 0x1002).state(Direction.OUT))))
                .isEqualTo("no room for another ESP state: 1 are there");
    }

    @Test
    void espInUdpIsTakenFromAnywhere_andAMoveIsTold() {
        var sa = Sa.from(spoke, hub, 0x1001).encapsulation(new UdpEncapsulation(4500, 4500));
        spoke.install(sa.state(Direction.OUT));
        hub.install(sa.state(Direction.IN));

        var esp = spoke.sends(spoke.gre(hub, "x")).esp();
        assertThat(esp.encapsulation()).contains(new UdpEncapsulation(4500, 4500));
        assertThat(hub.happens(new Input.EspArrived(esp)).notices()).isEmpty();

        var next = spoke.sends(spoke.gre(hub, "y")).esp();
        var moved = new EspPacket(
                next.source(), next.destination(), Optional.of(new UdpEncapsulation(31000, 4500)), next.esp());
        hub.happens(new Input.EspArrived(moved));
        assertThat(hub.notices())
                .containsExactly(new Notice.Remapped(
                        sa.id(), REQID, new UdpAddress(spoke.address, 4500), new UdpAddress(spoke.address, 31000)));
        assertThat(hub.delivered()).hasSize(1);
    }

    @Test
    void newPortsTakeEffectAtOnce_andNoSequenceNumberComesTwice() {
        var sa = Sa.from(spoke, hub, 0x1001).encapsulation(new UdpEncapsulation(4500, 4500));
        spoke.install(sa.state(Direction.OUT));
        hub.install(sa.state(Direction.IN));
        var before = spoke.sends(spoke.gre(hub, "x")).esp();
        hub.happens(new Input.EspArrived(before));

        var ports = new UdpEncapsulation(31000, 4500);
        for (var host : List.of(spoke, hub)) {
            var state = sa.state(host == hub ? Direction.IN : Direction.OUT);
            assertThat(host.ask(new Request.ChangePorts(state.between(ports)))).isEqualTo(new Reply.Done());
        }
        var after = spoke.sends(spoke.gre(hub, "x")).esp();
        assertThat(after.encapsulation()).contains(ports);
        assertThat(after.esp().slice(4, 8)).isEqualTo(Bytes.ofHex("00000002"));
        hub.happens(new Input.EspArrived(after));
        assertThat(hub.notices()).isEmpty();
        assertThat(hub.delivered()).hasSize(1);
        assertThat(hub.happens(new Input.EspArrived(before)).dropped()).containsExactly("XfrmInStateSeqError");
    }

    @Test
    void portsOfAStateThatIsNotThereOrIsNotInUdpAreRefused() {
        var sa = Sa.from(spoke, hub, 0x1001);
        var wrapped = sa.state(Direction.OUT).between(new UdpEncapsulation(1, 2));
        assertThat(sentence(spoke.ask(new Request.ChangePorts(wrapped))))
                .isEqualTo("the kernel has no ESP state 00001001@192.0.2.2");
        spoke.install(sa.state(Direction.OUT));
        assertThat(sentence(spoke.ask(new Request.ChangePorts(wrapped))))
                .isEqualTo("the ESP state 00001001@192.0.2.2 is not wrapped in UDP");
    }

    @Test
    void oneStateHasOneWireForm() {
        var sa = Sa.from(spoke, hub, 0x1001).encapsulation(new UdpEncapsulation(4500, 4500));
        spoke.install(sa.state(Direction.OUT));
        hub.install(sa.state(Direction.IN));
        var esp = spoke.sends(spoke.gre(hub, "x")).esp();
        var bare = new EspPacket(esp.source(), esp.destination(), Optional.empty(), esp.esp());
        assertThat(hub.happens(new Input.EspArrived(bare)).dropped()).containsExactly("XfrmInStateMismatch");
    }

    private static Lifetime lifetime(Optional<Duration> soft, Optional<Duration> hard) {
        return new Lifetime(soft, hard, Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
    }
}
