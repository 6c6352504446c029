package ikebana.negotiation;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.kernel.GreKey;
import ikebana.wire.IpAddress;
import ikebana.wire.TrafficSelector;
import ikebana.wire.TrafficSelectors;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// RFC 7296 2.9, with what the kernel makes of a GRE key in between.
class GreSelectorsTest {
    private static final IpAddress INITIATOR = IpAddress.of("192.0.2.2");
    private static final IpAddress RESPONDER = IpAddress.of("192.0.2.1");
    private static final IpAddress STRANGER = IpAddress.of("192.0.2.9");
    private static final GreKey KEY = GreKey.of("1234");
    private static final int GRE = 47;
    private static final int UDP = 17;
    private static final int ANY = 0;

    private static TrafficSelector selector(int protocol, int firstPort, int lastPort, IpAddress from, IpAddress to) {
        return new TrafficSelector(TrafficSelector.IPV4_RANGE, protocol, firstPort, lastPort, from, to);
    }

    private static TrafficSelector host(int protocol, int firstPort, int lastPort, IpAddress address) {
        return selector(protocol, firstPort, lastPort, address, address);
    }

    private static TrafficSelectors initiators(TrafficSelector... selectors) {
        return new TrafficSelectors(true, Arrays.asList(selectors));
    }

    private static TrafficSelectors responders(TrafficSelector... selectors) {
        return new TrafficSelectors(false, Arrays.asList(selectors));
    }

    private static Optional<GreSelectors> narrowed(TrafficSelectors initiators, TrafficSelectors responders) {
        return GreSelectors.narrow(initiators, responders, INITIATOR, RESPONDER, List.of(KEY));
    }

    @Test
    void allGreBetweenTheTwoHostsIsOfferedAndAnswered_andNoKeyIsInIt() {
        var ours = GreSelectors.between(INITIATOR, RESPONDER);

        assertThat(ours.initiators().selectors()).containsExactly(host(GRE, 0, 0xffff, INITIATOR));
        assertThat(ours.responders().selectors()).containsExactly(host(GRE, 0, 0xffff, RESPONDER));
        assertThat(narrowed(ours.initiators(), ours.responders())).contains(ours);
    }

    /// RFC 7296 2.9: the first may be the packet's own; a later and wider one is chosen all the same.
    @Test
    void theWidestThatIsOfferedIsTaken() {
        var everything = selector(ANY, 0, 0xffff, IpAddress.of("0.0.0.0"), IpAddress.of("255.255.255.255"));

        assertThat(narrowed(
                        initiators(host(GRE, KEY.high(), KEY.high(), INITIATOR), everything),
                        responders(host(GRE, KEY.low(), KEY.low(), RESPONDER), everything)))
                .contains(GreSelectors.between(INITIATOR, RESPONDER));
    }

    @Test
    void portsThatAreTheKeyAreAnsweredSoIfNothingWiderIsOffered() {
        var initiators = initiators(host(GRE, KEY.high(), KEY.high(), INITIATOR));
        var responders = responders(host(GRE, KEY.low(), KEY.low(), RESPONDER));

        assertThat(narrowed(initiators, responders)).contains(new GreSelectors(initiators, responders));
    }

    @Test
    void portsThatAreAnotherKeyAreRefused() {
        assertThat(narrowed(initiators(host(GRE, 0, 0, INITIATOR)), responders(host(GRE, 99, 99, RESPONDER))))
                .isEmpty();
    }

    @Test
    void otherHostsAndOtherProtocolsAreRefused() {
        var ours = GreSelectors.between(INITIATOR, RESPONDER);

        assertThat(narrowed(initiators(host(GRE, 0, 0xffff, STRANGER)), ours.responders()))
                .isEmpty();
        assertThat(narrowed(ours.initiators(), responders(host(GRE, 0, 0xffff, STRANGER))))
                .isEmpty();
        assertThat(narrowed(initiators(host(UDP, 0, 0xffff, INITIATOR)), responders(host(UDP, 0, 0xffff, RESPONDER))))
                .isEmpty();
    }

    @Test
    void aRangeThatEndsBeforeItBeginsHoldsNobody() {
        for (var begin : List.of("255.255.255.255", "192.0.2.0")) {
            var backwards = selector(GRE, 0, 0xffff, IpAddress.of(begin), IpAddress.of("0.0.0.0"));

            assertThat(narrowed(initiators(backwards), responders(backwards)))
                    .as(begin)
                    .isEmpty();
        }
    }

    @Test
    void anAnswerThatIsNotWhatWasOfferedCarriesNoTunnelOfOurs() {
        var ours = GreSelectors.between(INITIATOR, RESPONDER);

        assertThat(ours.accepts(ours.initiators(), ours.responders())).isTrue();
        assertThat(ours.accepts(initiators(host(GRE, 0, 0xffff, STRANGER)), ours.responders()))
                .isFalse();
        assertThat(ours.accepts(ours.initiators(), responders(host(UDP, 0, 0xffff, RESPONDER))))
                .isFalse();
        assertThat(ours.accepts(ours.initiators(), responders(host(GRE, 0, 0xffff, STRANGER))))
                .isFalse();
    }
}
