package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.auth.Endpoint;
import ikebana.auth.Identity;
import ikebana.ike.Ledger.Happening;
import ikebana.ike.Ledger.Order;
import ikebana.wire.IkeSpi;
import ikebana.wire.IpAddress;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Both ends are proven: may this IKE SA stand, beside or instead of another?
class GateTest extends OneEndpoint {
    @Test
    void aPeerThatBeginsTunnelAfterTunnelIsRefusedTheFourth() {
        responderStands(FIRST);
        for (int number = 2; number <= 3; number++) {
            begins(new IkeSpi(number));
            assertThat(happens(asks(new IkeSpi(number), HIGH, false)))
                    .containsExactly(admitted(new IkeSpi(number), true));
        }
        begins(new IkeSpi(4));
        assertThat(happens(asks(new IkeSpi(4), HIGH, false)))
                .containsExactly(new Order.Tell(
                        new IkeSpi(4),
                        new Input.NotAdmitted(new Ticket(4), "192.0.2.2 has begun more than 3 tunnels at once")));
    }

    @Test
    void whatStandsWithoutAChildIsNotCrossedByWhatBeginsLater() {
        var ours = dials();
        happens(new Happening.AdmissionAsked(
                ours,
                new Effect.AskAdmission(
                        new Ticket(1), ENDPOINT, PEER, true, true, LOW, false, Optional.empty(), List.of())));
        begins(SECOND);
        assertThat(happens(asks(SECOND, HIGH, true))).containsExactly(closed(ours, "the peer has begun anew", false));
    }

    @Test
    void aPeerThatHasLostItsMemoryIsGoneBeforeItComesAnew() {
        responderStands(FIRST);
        begins(SECOND);
        assertThat(happens(asks(SECOND, LOW, true))).containsExactly(closed(FIRST, "the peer has begun anew", false));
        assertThat(ends(FIRST, "the peer has begun anew")).singleElement().matches(OneEndpoint::isGone);
        assertThat(happens(new Happening.GoneHeard(ENDPOINT)))
                .containsExactly(new Order.Forget(ENDPOINT), admitted(SECOND, false));
        assertThat(stands(SECOND, false)).anyMatch(OneEndpoint::isUp);
    }

    @Test
    void aPeerThatComesAgainWithoutInitialContactHasAuthenticatedAnewAndNothingIsGone() {
        responderStands(FIRST);
        begins(SECOND);
        assertThat(happens(asks(SECOND, LOW, false))).containsExactly(admitted(SECOND, true));
        assertThat(stands(SECOND, true)).isEmpty();
        assertThat(ends(FIRST, "the peer deleted the IKE SA")).hasOnlyElementsOfType(Order.Passed.class);
        assertThat(ends(SECOND, "the peer is dead")).anyMatch(OneEndpoint::isGone);
    }

    @Test
    void aDialMayBeginWhileGoneRunsButNotAuthenticate() {
        responderStands(FIRST);
        now = now.plusSeconds(60);
        assertThat(ends(FIRST, "the peer is dead")).anyMatch(OneEndpoint::isGone);
        var spi = dials();
        var question = new Effect.MayAuthenticate(new Ticket(5), ENDPOINT);
        assertThat(happens(new Happening.ClearanceAsked(spi, question))).isEmpty();
        assertThat(happens(new Happening.GoneHeard(ENDPOINT)))
                .containsExactly(
                        new Order.Forget(ENDPOINT), new Order.Tell(spi, new Input.Cleared(new Ticket(5), true)));
    }

    @Test
    void aSuccessorForWhomTheHooksHaveNoTimeIsRefusedAndNotLetThrough() {
        responderStands(FIRST);
        ends(FIRST, "the peer is dead");
        begins(SECOND);
        assertThat(happens(asks(SECOND, LOW, true))).isEmpty();
        assertThat(happens(new Happening.GoneUnheard(ENDPOINT)))
                .containsExactly(new Order.Tell(
                        SECOND,
                        new Input.NotAdmitted(new Ticket(2), "the hooks of the tunnel before are still to run")));
        assertThat(happens(new Happening.GoneHeard(ENDPOINT))).containsExactly(new Order.Forget(ENDPOINT));
    }

    @Test
    void anotherIdentityBehindTheSameAddressIsRefusedAndTheFirstStays() {
        responderStands(FIRST);
        begins(SECOND);
        assertThat(happens(asks(SECOND, Identity.of("somebody.example"), false, true, HIGH, true)))
                .containsExactly(new Order.Tell(
                        SECOND,
                        new Input.NotAdmitted(
                                new Ticket(2), "dmvpn 192.0.2.1 -> 192.0.2.2 stands with 192.0.2.2 already")));
    }

    @Test
    void anSpiThatAnotherTunnelHasIsRefusedAndStaysTheOthers() {
        responderStands(FIRST);
        begins(SECOND);
        var elsewhere = new Endpoint("dmvpn", OURS, IpAddress.of("192.0.2.9"));
        var asked = new Effect.AskAdmission(
                new Ticket(2),
                elsewhere,
                Identity.of(elsewhere.remote()),
                false,
                true,
                HIGH,
                false,
                Optional.empty(),
                LedgerTestChild.states((int) FIRST.value()));
        assertThat(happens(new Happening.AdmissionAsked(SECOND, asked)))
                .containsExactly(new Order.Tell(
                        SECOND, new Input.NotAdmitted(new Ticket(2), "it names an SPI that another tunnel has")));
        ends(SECOND, "refused");
        var soft = LedgerTestChild.states((int) FIRST.value()).getFirst();
        assertThat(happens(new Happening.Expired(soft, false)))
                .containsExactly(new Order.Tell(FIRST, new Input.GrewOld(soft)));
    }
}
