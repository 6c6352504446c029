package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.Examples;
import ikebana.auth.Endpoint;
import ikebana.auth.Profile;
import ikebana.crypto.KeyExchanges;
import ikebana.crypto.SeededEntropy;
import ikebana.kernel.Acquire;
import ikebana.kernel.GreKey;
import ikebana.kernel.Prefix;
import ikebana.kernel.Reply;
import ikebana.kernel.Request;
import ikebana.kernel.Selector;
import ikebana.kernel.State;
import ikebana.negotiation.GreSelectors;
import ikebana.wire.IkeSpi;
import ikebana.wire.IpAddress;
import ikebana.wire.Message;
import ikebana.wire.Notify;
import ikebana.wire.NotifyType;
import ikebana.wire.Payload;
import ikebana.wire.SecurityAssociation;
import ikebana.wire.TrafficSelectors;
import ikebana.wire.UdpAddress;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// One IKE SA, and for each GRE key a child of its own (RFC 7296 1.3.1).
class FurtherChildrenTest {
    private static final IpAddress HERE = IpAddress.of("192.0.2.1");
    private static final IpAddress THERE = IpAddress.of("192.0.2.2");
    private static final GreKey ONE = GreKey.of("1234");
    /// Its halves differ, so that it matters which is whose port.
    private static final GreKey TWO = GreKey.of("305419896");

    private static final int OF_ONE = Examples.REQID;
    private static final int OF_TWO = Examples.REQID + 1;

    private UnaryOperator<List<Payload>> wayBack = payloads -> payloads;

    private final End.Between between = new End.Between() {
        @Override
        void carries(End from, Datagram datagram) {
            var to = from == a ? b : a;
            var bytes = datagram.bytes();
            var keys = to.state.flatMap(Wiretap::of);
            if (keys.isPresent() && from == b) {
                var payloads = keys.get().read(bytes);
                var changed = wayBack.apply(payloads);
                if (!changed.equals(payloads)) bytes = keys.get().changed(bytes, _ -> changed);
            }
            to.hears(new Datagram(
                    new Path(datagram.path().remote(), datagram.path().local()), bytes));
        }
    };
    private final End a = new End(profile(HERE, ONE, TWO), new SeededEntropy(1), between);
    private final End b = new End(profile(THERE, ONE, TWO), new SeededEntropy(2), between);

    private static Profile profile(IpAddress local, GreKey... keys) {
        return Examples.withChildrenFor(Examples.profile(local), keys);
    }

    @BeforeEach
    void stands() {
        var path = new Path(new UdpAddress(HERE, 500), new UdpAddress(THERE, 500));
        var dial = new Dial(new Endpoint("dmvpn", HERE, THERE), a.profile, 0);
        a.perform(a.machine.dial(new IkeSpi(1), path, dial, between.now));
        between.settle();
    }

    private static Phase.Established established(End end) {
        return (Phase.Established) end.is().phase();
    }

    private static Set<Integer> carried(End end) {
        return established(end).children().stream()
                .filter(child -> child.outbound() instanceof ChildSa.InUse && child.isWanted())
                .map(ChildSa::reqid)
                .collect(Collectors.toSet());
    }

    private static Acquire acquire(End from, int sequence) {
        var source = from.profile.local() instanceof Profile.Listed(var own) ? own.getFirst() : HERE;
        var destination = source.equals(HERE) ? THERE : HERE;
        var selector = new Selector(Prefix.host(source), Prefix.host(destination), Selector.GRE, Optional.of(TWO));
        return new Acquire(sequence, OF_TWO, source, destination, selector);
    }

    private static List<State> installed(End end) {
        return end.asked.stream()
                .filter(Request.InstallState.class::isInstance)
                .map(request -> ((Request.InstallState) request).state())
                .toList();
    }

    @Test
    void theFirstChildIsForTheFirstKey_andItsPortsAreOnTheWire() {
        assertThat(carried(a)).containsExactly(OF_ONE);
        assertThat(carried(b)).containsExactly(OF_ONE);
        var selectors = established(a).agreed().child().orElseThrow().selectors();
        assertThat(selectors.initiators().selectors().getFirst().startPort()).isEqualTo(ONE.high());
        assertThat(selectors.responders().selectors().getFirst().endPort()).isEqualTo(ONE.low());
    }

    @Test
    void aPacketOfTheOtherKeyMakesAFurtherChild_whoseOutboundStateTakesTheLarvalsPlace() {
        a.happens(new Input.Wanted(acquire(a, 77)));
        between.settle();
        assertThat(carried(a)).containsExactlyInAnyOrder(OF_ONE, OF_TWO);
        assertThat(carried(b)).containsExactlyInAnyOrder(OF_ONE, OF_TWO);
        assertThat(installed(a).getLast().acquireSequence()).isEqualTo(77);
        assertThat(established(a).demands()).isEmpty();
    }

    @Test
    void afterARefusalAnOrderIsAskedForAgainAndAPacketIsForgotten() {
        var desk = new Desk(Examples.SETTINGS, new SeededEntropy(3), KeyExchanges.REAL);
        for (int sequence : List.of(0, 5)) {
            var wanting = (Phase.Established)
                    Demands.wanted(a.is(), acquire(a, sequence)).next().phase();
            var refused = Demands.refused(wanting, OF_TWO, desk, between.now);
            assertThat(Demands.next(refused)).isEmpty();
            var rested = Demands.due(a.is().in(refused), between.now.plusSeconds(2), refused)
                    .next();
            assertThat(Demands.next((Phase.Established) rested.phase()).isPresent())
                    .isEqualTo(sequence == 0);
        }
    }

    @Test
    void ofTwoAcquiresForOneKeyTheKernelKnowsTheLater() {
        a.happens(new Input.Wanted(acquire(a, 77)));
        a.happens(new Input.Wanted(acquire(a, 5)));
        between.settle();
        assertThat(installed(a).getLast().acquireSequence()).isEqualTo(77);
    }

    @Test
    void whoeverHasAnsweredMayAsk_andEitherEndRenewsTheChildOfAnotherKey() {
        b.happens(new Input.Wanted(acquire(b, 5)));
        between.settle();
        for (var end : List.of(a, b)) {
            var old = established(end).children().stream()
                    .filter(child -> child.isWanted() && child.reqid() == OF_TWO)
                    .findFirst()
                    .orElseThrow();
            end.happens(new Input.GrewOld(old.pair().outbound().id()));
            between.settle();
            assertThat(established(end).child(old.inbound()).filter(ChildSa::isWanted))
                    .isEmpty();
            assertThat(carried(a)).containsExactlyInAnyOrder(OF_ONE, OF_TWO);
            assertThat(carried(b)).containsExactlyInAnyOrder(OF_ONE, OF_TWO);
        }
    }

    @Test
    void inThePlaceOfWhatThePeerHadAskedForWeAskForTheSamePorts() {
        b.happens(new Input.Wanted(acquire(b, 5)));
        between.settle();
        var child = established(a).children().getLast();
        var wish = established(a).agreed().insteadOf(child);
        assertThat(wish.reqid()).isEqualTo(OF_TWO);
        assertThat(wish.selectors()).isEqualTo(GreSelectors.between(HERE, THERE, Optional.of(TWO)));
    }

    @Test
    void bothAskAtOnce_andOneChildIsLeft() {
        a.happens(new Input.Wanted(acquire(a, 5)));
        b.happens(new Input.Wanted(acquire(b, 6)));
        between.settle();
        for (var end : List.of(a, b)) {
            assertThat(established(end).children().stream()
                            .filter(child -> child.isWanted() && child.reqid() == OF_TWO))
                    .hasSize(1);
            assertThat(established(end).demands()).isEmpty();
            assertThat(end.said).isEmpty();
        }
        assertThat(carried(a)).contains(OF_TWO);
        assertThat(carried(b)).contains(OF_TWO);
    }

    @Test
    void whatGrewOldWhileAnotherWasMadeForThePeerIsRenewedAtOnce() {
        var first = established(a).children().getFirst();
        b.happens(new Input.Wanted(acquire(b, 5)));
        while (established(a).answering().isEmpty())
            between.agenda.removeFirst().run();
        a.happens(new Input.GrewOld(first.pair().outbound().id()));
        while (established(a).answering().isPresent())
            between.agenda.removeFirst().run();
        assertThat(established(a).asked()).containsInstanceOf(Phase.Creation.class);
        between.settle();
        assertThat(established(a).child(first.inbound()).filter(ChildSa::isWanted))
                .isEmpty();
        assertThat(carried(a)).containsExactlyInAnyOrder(OF_ONE, OF_TWO);
    }

    @Test
    void theEndOfOneChildIsNotTheEndOfTheIkeSa() {
        a.happens(new Input.Wanted(acquire(a, 5)));
        between.settle();
        var first = established(a).children().getFirst();
        a.happens(new Input.ChildEnded(first.pair().inbound().id()));
        between.settle();
        assertThat(carried(a)).containsExactly(OF_TWO);
        assertThat(carried(b)).containsExactly(OF_TWO);
        assertThat(a.said).isEmpty();
        assertThat(b.said).isEmpty();
        var last = established(a).children().getLast();
        a.happens(new Input.ChildEnded(last.pair().inbound().id()));
        between.settle();
        assertThat(a.said).containsExactly("the child's lifetime is over");
        assertThat(b.said).containsExactly("the peer deleted the IKE SA");
    }

    @Test
    void aRefusalRests_thenTheKernelForgetsThePacket_andTheNextOneAsksAgain() {
        var refused = acquire(a, 5);
        wayBack = payloads -> Message.first(payloads, SecurityAssociation.class).isPresent()
                ? List.of(Notify.of(NotifyType.NO_ADDITIONAL_SAS))
                : payloads;
        a.happens(new Input.Wanted(refused));
        between.settle();
        assertThat(a.said).isEmpty();
        assertThat(a.asked).doesNotContain(new Request.DropLarval(refused));
        var until = Demands.wakeAt(established(a)).orElseThrow();
        assertThat(until).isAfter(between.now);
        assertThat(a.is().wakeAt(Examples.SETTINGS).orElseThrow()).isEqualTo(until);
        between.now = until;
        a.happens(new Input.Woke());
        assertThat(a.asked).contains(new Request.DropLarval(refused));
        wayBack = payloads -> payloads;
        a.happens(new Input.Wanted(acquire(a, 6)));
        between.settle();
        assertThat(carried(a)).containsExactlyInAnyOrder(OF_ONE, OF_TWO);
    }

    @Test
    void aRefusalForOneKeyDoesNotEndTheWaitForAnothers() {
        var lost = established(a).agreed().insteadOf(established(a).children().getFirst());
        var bare = new Phase.Bare(lost, between.now.plusSeconds(2), 1);
        a.state = Optional.of(a.is().in(established(a).bare(Optional.of(bare))));
        wayBack = payloads -> Message.first(payloads, SecurityAssociation.class).isPresent()
                ? List.of(Notify.of(NotifyType.NO_ADDITIONAL_SAS))
                : payloads;
        a.happens(new Input.Wanted(acquire(a, 5)));
        between.settle();
        assertThat(established(a).bare()).contains(bare);
    }

    @Test
    void whatOurKernelRefusesIsNotAskedForAgainAtOnce() {
        between.kernel = new Reply.Refused(Reply.Why.OTHER, "no buffer space available");
        a.happens(new Input.Wanted(acquire(a, 5)));
        between.settle();
        assertThat(a.said).isEmpty();
        assertThat(carried(a)).containsExactly(OF_ONE);
        assertThat(established(a).demands())
                .singleElement()
                .satisfies(demand -> assertThat(demand.restUntil()).isPresent());
    }

    @Test
    void withTheIkeSaItsDemandsEnd_andTheNextPacketDials() {
        var waiting = acquire(a, 5);
        a.happens(new Input.Wanted(waiting));
        a.happens(new Input.Close("it is over", false));
        assertThat(a.asked).contains(new Request.DropLarval(waiting));
        var late = acquire(a, 6);
        a.happens(new Input.Wanted(late));
        assertThat(a.asked).contains(new Request.DropLarval(late));
    }

    @Test
    void ofAWideOfferAFurtherChildIsForAKeyThatHasNone() {
        var wide = established(a).agreed().endpoint();
        var all = GreSelectors.between(wide.local(), wide.remote());
        var taken = Narrowed.of(b.profile, all.initiators(), all.responders(), HERE, THERE, Set.of(OF_ONE));
        assertThat(taken.orElseThrow().flow().reqid()).isEqualTo(OF_TWO);
        var first = Narrowed.of(b.profile, all.initiators(), all.responders(), HERE, THERE, Set.of());
        assertThat(first.orElseThrow().flow().reqid()).isEqualTo(OF_ONE);
        var again = Narrowed.of(b.profile, all.initiators(), all.responders(), HERE, THERE, Set.of(OF_ONE, OF_TWO));
        assertThat(again.orElseThrow().flow().reqid()).isEqualTo(OF_ONE);
    }

    @Test
    void aKeyThatNobodyHasIsNoneOfOurs() {
        var other = GreSelectors.between(HERE, THERE, Optional.of(GreKey.of("9")));
        assertThat(Narrowed.of(b.profile, other.initiators(), other.responders(), HERE, THERE, Set.of()))
                .isEmpty();
    }

    @Test
    void anAnswerForAnotherKeyIsNotBelieved() {
        wayBack = payloads -> payloads.stream()
                .map(payload -> payload instanceof TrafficSelectors selectors
                        ? of(GreSelectors.between(HERE, THERE), selectors.ofInitiator())
                        : payload)
                .toList();
        a.happens(new Input.Wanted(acquire(a, 5)));
        between.settle();
        assertThat(carried(a)).containsExactly(OF_ONE);
        assertThat(carried(b)).containsExactly(OF_ONE);
    }

    private static Payload of(GreSelectors selectors, boolean ofInitiator) {
        return ofInitiator ? selectors.initiators() : selectors.responders();
    }
}
