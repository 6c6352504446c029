package ikebana.netlink.route;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.kernel.Notice;
import ikebana.netlink.Recorded;
import ikebana.netlink.codec.Attribute;
import ikebana.netlink.codec.NativeWriter;
import ikebana.netlink.codec.NetlinkMessage;
import ikebana.wire.Bytes;
import ikebana.wire.IpAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AddressesTest {
    private static final IpAddress SPOKE = IpAddress.of("192.0.2.2");
    private static final IpAddress SIXTH = IpAddress.of("2001:db8::2");
    private static final int ETH0 = 2;
    private static final int GRE1 = 3;

    @Test
    void whatAKernelSaidIsReadAndWrittenAsItWas() {
        var messages = Recorded.of("answer", "links-and-addresses");
        assertThat(messages).hasSizeGreaterThan(5);
        for (var message : messages) {
            var out = new NativeWriter();
            RouteMessage.decode(message).orElseThrow().encodeBody(out);
            assertThat(out.toSecret()).isEqualTo(message.payload());
        }
    }

    @Test
    void aRealDumpHoldsTheAddressesOfTheLinksThatAreUp() {
        var addresses = Addresses.NONE;
        for (var message : Recorded.of("answer", "links-and-addresses")) {
            addresses =
                    addresses.after(RouteMessage.decode(message).orElseThrow()).next();
        }
        assertThat(addresses.own())
                .contains(SPOKE, IpAddress.of("10.255.0.2"), IpAddress.of("127.0.0.1"), IpAddress.of("::1"));
    }

    @Test
    void anAddressComesAndGoes() {
        assertThat(notices(link(ETH0, true), added(ETH0, SPOKE), added(ETH0, SPOKE), removed(ETH0, SPOKE)))
                .containsExactly(new Notice.AddressAdded(SPOKE), new Notice.AddressRemoved(SPOKE));
    }

    @Test
    void aLinkThatGoesDownTakesItsAddressesAlongAndBringsThemBack() {
        assertThat(notices(link(ETH0, true), added(ETH0, SPOKE), link(ETH0, false), link(ETH0, true)))
                .containsExactly(
                        new Notice.AddressAdded(SPOKE),
                        new Notice.AddressRemoved(SPOKE),
                        new Notice.AddressAdded(SPOKE));
    }

    @Test
    void aLinkThatIsRemovedTakesItsAddressesAlong() {
        var gone = new RouteMessage.Link(RouteMessage.DELLINK, 0, 1, ETH0, 0, 0, List.of());
        assertThat(notices(link(ETH0, true), added(ETH0, SPOKE), gone, link(ETH0, true)))
                .containsExactly(new Notice.AddressAdded(SPOKE), new Notice.AddressRemoved(SPOKE));
    }

    @Test
    void anAddressOnTwoLinksGoesWithTheLast() {
        assertThat(notices(added(ETH0, SPOKE), added(GRE1, SPOKE), removed(ETH0, SPOKE)))
                .containsExactly(new Notice.AddressAdded(SPOKE));
    }

    @Test
    void aTentativeAddressIsNobodysUntilItHasPassed() {
        assertThat(notices(
                        address(RouteMessage.NEWADDR, ETH0, SIXTH, 0x40),
                        address(RouteMessage.NEWADDR, ETH0, SIXTH, 0x80)))
                .containsExactly(new Notice.AddressAdded(SIXTH));
        assertThat(notices(
                        address(RouteMessage.NEWADDR, ETH0, SIXTH, 0x40),
                        address(RouteMessage.NEWADDR, ETH0, SIXTH, 0x48)))
                .as("a duplicate")
                .isEmpty();
    }

    @Test
    void theOtherEndOfAPointToPointLinkIsNotOurs() {
        var message = new RouteMessage.Address(
                RouteMessage.NEWADDR,
                2,
                32,
                0,
                0,
                ETH0,
                List.of(new Attribute(1, IpAddress.of("198.51.100.1").raw()), new Attribute(2, SPOKE.raw())));
        assertThat(notices(message)).containsExactly(new Notice.AddressAdded(SPOKE));
    }

    @Test
    void aBridgesNewsAboutItsPortIsNotTheLinksEnd() {
        var port = new RouteMessage.Link(RouteMessage.DELLINK, 7, 1, ETH0, 0, 0, List.of());
        assertThat(notices(added(ETH0, SPOKE), port)).containsExactly(new Notice.AddressAdded(SPOKE));
    }

    @Test
    void messagesThatAreTooShortAreNothing() {
        for (var message : Recorded.of("answer", "links-and-addresses")) {
            for (int length = 0; length < 8; length++) {
                assertThat(RouteMessage.decode(new NetlinkMessage(
                                message.type(), 0, 0, 0, message.payload().slice(0, length))))
                        .isEmpty();
            }
        }
    }

    private static List<Notice> notices(RouteMessage... messages) {
        var notices = new ArrayList<Notice>();
        var addresses = Addresses.NONE;
        for (var message : messages) {
            var change = addresses.after(message);
            notices.addAll(change.notices());
            addresses = change.next();
        }
        return notices;
    }

    private static RouteMessage link(int index, boolean up) {
        return new RouteMessage.Link(RouteMessage.NEWLINK, 0, 1, index, up ? 1 : 0, 0, List.of());
    }

    private static RouteMessage added(int link, IpAddress address) {
        return address(RouteMessage.NEWADDR, link, address, 0);
    }

    private static RouteMessage removed(int link, IpAddress address) {
        return address(RouteMessage.DELADDR, link, address, 0);
    }

    private static RouteMessage address(int type, int link, IpAddress address, int flags) {
        var attributes = new ArrayList<Attribute>();
        attributes.add(new Attribute(1, address.raw()));
        attributes.add(new Attribute(8, Bytes.of(new byte[] {(byte) flags, 0, 0, 0})));
        return new RouteMessage.Address(type, address.isV4() ? 2 : 10, address.bits(), flags, 0, link, attributes);
    }
}
