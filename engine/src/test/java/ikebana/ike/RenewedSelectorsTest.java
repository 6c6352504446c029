package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.Examples;
import ikebana.crypto.SeededEntropy;
import ikebana.wire.ExchangeType;
import ikebana.wire.IpAddress;
import ikebana.wire.Notify;
import ikebana.wire.NotifyType;
import ikebana.wire.Payload;
import ikebana.wire.TrafficSelector;
import ikebana.wire.TrafficSelectors;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/// A successor carries what its predecessor did (RFC 7296 2.9.2): neither end makes it narrower, and of a
/// peer that does nothing is taken.
class RenewedSelectorsTest {
    private static final IpAddress FIRST = IpAddress.of("0.0.0.0");
    private static final IpAddress LAST = IpAddress.of("255.255.255.255");

    private Couple couple = new Couple(
            Examples.profile(Couple.HERE), Examples.profile(Couple.THERE), new SeededEntropy(1), new SeededEntropy(2));

    private void stands() {
        couple.dials();
        couple.forget();
    }

    private static TrafficSelector with(TrafficSelector one, int first, int last) {
        return new TrafficSelector(one.tsType(), one.protocol(), first, last, one.start(), one.end());
    }

    private static UnaryOperator<List<Payload>> selectors(UnaryOperator<TrafficSelectors> change) {
        return payloads -> payloads.stream()
                .map(payload -> payload instanceof TrafficSelectors selectors ? change.apply(selectors) : payload)
                .toList();
    }

    private static TrafficSelectors ports(TrafficSelectors selectors, int first, int last) {
        return new TrafficSelectors(
                selectors.ofInitiator(),
                selectors.selectors().stream()
                        .map(one -> with(one, first, last))
                        .toList());
    }

    /// What is said about the successor goes another way.
    private void on(boolean response, UnaryOperator<List<Payload>> change) {
        couple.detour = letter -> letter.header().exchange().equals(ExchangeType.Known.CREATE_CHILD_SA)
                        && letter.header().response() == response
                ? change.apply(letter.payloads())
                : letter.payloads();
    }

    private static List<Payload> all(List<Payload> payloads) {
        return selectors(it -> new TrafficSelectors(
                        it.ofInitiator(),
                        it.selectors().stream()
                                .map(one -> new TrafficSelector(one.tsType(), 0, 0, 0xffff, FIRST, LAST))
                                .toList()))
                .apply(payloads);
    }

    private List<Payload> answer() {
        return couple.said.stream()
                .filter(letter -> letter.is(false, true, ExchangeType.Known.CREATE_CHILD_SA))
                .findFirst()
                .orElseThrow()
                .payloads();
    }

    @Test
    void aPeerThatNarrowsInItsAnswerHasItDeleted_andThePredecessorGoesOn() {
        stands();
        var before = Couple.wanted(couple.a, Couple.FLOW).getFirst();
        on(true, selectors(it -> ports(it, 7, 7)));
        couple.renewsChild(couple.a);
        couple.carryAll();
        assertThat(Couple.wanted(couple.a, Couple.FLOW)).singleElement().satisfies(child -> {
            assertThat(child.inbound()).isEqualTo(before.inbound());
            assertThat(child.selectors()).isEqualTo(before.selectors());
        });
        assertThat(Couple.wanted(couple.b, Couple.FLOW))
                .singleElement()
                .satisfies(child -> assertThat(child.theirs()).isEqualTo(before.inbound()));
        assertThat(couple.said)
                .anyMatch(letter -> letter.fromA() && letter.delete().isPresent());
    }

    @Test
    void aWishForMoreIsAnsweredAsAgreed() {
        stands();
        isAnsweredAsAgreed(Couple.FLOW);
    }

    @Test
    void soItIsWhereEachKeyHasAChildOfItsOwn() {
        couple = new Couple(new SeededEntropy(1), new SeededEntropy(2));
        couple.dials();
        couple.wantsAnother(couple.a);
        couple.carryAll();
        couple.forget();
        isAnsweredAsAgreed(Couple.OTHER_FLOW);
        couple.forget();
        isAnsweredAsAgreed(Couple.FLOW);
    }

    private void isAnsweredAsAgreed(int flow) {
        var before = Couple.wanted(couple.b, flow).getFirst();
        on(false, RenewedSelectorsTest::all);
        couple.renewsChild(couple.a, flow);
        couple.carryAll();
        // which end began that one changes, and so does whose selectors are the initiator's
        assertThat(answer())
                .contains(
                        before.selectors().reversed().initiators(),
                        before.selectors().reversed().responders());
        assertThat(Couple.wanted(couple.b, flow)).singleElement().satisfies(child -> {
            assertThat(child.inbound()).isNotEqualTo(before.inbound());
            assertThat(child.selectors()).isEqualTo(before.selectors());
        });
    }

    @Test
    void aWishForLessIsRefused_andThePredecessorGoesOn() {
        stands();
        var before = Couple.wanted(couple.b, Couple.FLOW).getFirst();
        on(false, selectors(it -> ports(it, 1, 1000)));
        couple.renewsChild(couple.a);
        couple.carryAll();
        assertThat(answer()).containsExactly(Notify.of(NotifyType.TS_UNACCEPTABLE));
        assertThat(Couple.wanted(couple.b, Couple.FLOW))
                .singleElement()
                .satisfies(child -> assertThat(child.inbound()).isEqualTo(before.inbound()));
    }
}
