package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.Examples;
import ikebana.auth.Identity;
import ikebana.control.Answer;
import ikebana.control.Event;
import ikebana.control.Tunnel;
import ikebana.crypto.SeededEntropy;
import ikebana.ike.Ledger.Happening;
import ikebana.ike.Ledger.Order;
import ikebana.wire.IkeSpi;
import ikebana.wire.UdpAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Two hosts behind one NAT are one endpoint, and one of them has to wait.
class SiblingsTest extends OneEndpoint {
    private void spokeStandsBehindNat(int port) {
        begins(FIRST);
        assertThat(happens(asksThroughNat(FIRST, PEER, port, true))).containsExactly(admitted(FIRST, false));
        stands(FIRST, false);
    }

    private static Order refused(IkeSpi spi) {
        var why = "dmvpn 192.0.2.1 -> 192.0.2.2 stands with 192.0.2.2 already";
        return new Order.Tell(spi, new Input.NotAdmitted(new Ticket(spi.value()), why));
    }

    private static Order probed(IkeSpi spi) {
        return new Order.Tell(spi, new Input.Probe());
    }

    private void identityIsShared() {
        ledger = new Ledger(SETTINGS, List.of(Examples.sharingIdentity(PROFILE)), new SeededEntropy(1));
    }

    @Test
    void aSiblingBehindTheSameNatIsRefusedAloudAndWhetherTheFirstLivesIsFoundOut() {
        spokeStandsBehindNat(4500);
        begins(SECOND);
        var sibling = Identity.of("somebody.example");
        assertThat(happens(asksThroughNat(SECOND, sibling, 4501, true)))
                .containsExactly(
                        refused(SECOND),
                        new Order.Announce(new Event.SiblingBehindNat(ENDPOINT, now, PEER, sibling)),
                        probed(FIRST));
        assertThat(ends(SECOND, "refused")).hasOnlyElementsOfType(Order.Passed.class);
        // when the first has gone there is room
        ends(FIRST, "the peer is dead");
        happens(new Happening.GoneHeard(ENDPOINT));
        begins(new IkeSpi(3));
        assertThat(happens(asksThroughNat(new IkeSpi(3), sibling, 4501, true)))
                .containsExactly(admitted(new IkeSpi(3), false));
    }

    @Test
    void theSameIdentityBehindTheSameNatHasComeAnewAndReplaces() {
        spokeStandsBehindNat(4500);
        begins(SECOND);
        assertThat(happens(asksThroughNat(SECOND, PEER, 4501, true)))
                .containsExactly(closed(FIRST, "the peer has begun anew", false));
    }

    @Test
    void aSharedIdentityIsRefusedASecondTimeUntilTheFirstIsDead() {
        identityIsShared();
        spokeStandsBehindNat(4500);
        for (boolean initialContact : List.of(true, false)) {
            begins(SECOND);
            assertThat(happens(asksThroughNat(SECOND, PEER, 4501, initialContact)))
                    .containsExactly(
                            refused(SECOND),
                            new Order.Announce(new Event.SiblingBehindNat(ENDPOINT, now, PEER, PEER)),
                            probed(FIRST));
            ends(SECOND, "refused");
        }
        assertThat(ends(FIRST, "the peer is dead")).anyMatch(OneEndpoint::isGone);
        happens(new Happening.GoneHeard(ENDPOINT));
        begins(SECOND);
        assertThat(happens(asksThroughNat(SECOND, PEER, 4501, true))).containsExactly(admitted(SECOND, false));
    }

    @Test
    void aSharedIdentityThatComesFromTheVeryPortIsTheSameHost() {
        identityIsShared();
        spokeStandsBehindNat(4500);
        assertThat(happens(new Happening.Moved(FIRST, new UdpAddress(THEIRS, 4600))))
                .containsExactly(new Order.Passed(
                        "dmvpn 192.0.2.1 -> 192.0.2.2: a NAT has given the peer another port, 192.0.2.2:4600"));
        begins(SECOND);
        assertThat(happens(asksThroughNat(SECOND, PEER, 4600, true)))
                .containsExactly(closed(FIRST, "the peer has begun anew", false));
    }

    @Test
    void aSharedIdentityWithoutANatIsTheSameHost() {
        identityIsShared();
        responderStands(FIRST);
        begins(SECOND);
        assertThat(happens(asks(SECOND, LOW, true))).containsExactly(closed(FIRST, "the peer has begun anew", false));
    }

    @Test
    void espFromElsewhereIsToldToItsSaAndANewPortIsSeenInTheList() {
        spokeStandsBehindNat(4500);
        var inbound = LedgerTestChild.of(1).inbound().id();
        var elsewhere = new UdpAddress(THEIRS, 4600);
        assertThat(happens(new Happening.Remapped(inbound, elsewhere)))
                .containsExactly(new Order.Tell(FIRST, new Input.Remapped(elsewhere)));
        happens(new Happening.Moved(FIRST, elsewhere));
        assertThat(ordered(7, new ikebana.control.Order.DescribeTunnel(ENDPOINT)))
                .singleElement()
                .isInstanceOfSatisfying(
                        Order.Reply.class,
                        reply -> assertThat(
                                        ((Answer.Done) reply.answer()).tunnel().ikeSas())
                                .extracting(Tunnel.IkeSaView::remote)
                                .containsExactly(elsewhere));
    }
}
