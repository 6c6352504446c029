package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.Examples;
import ikebana.auth.Childless;
import ikebana.auth.Endpoint;
import ikebana.crypto.SeededEntropy;
import ikebana.kernel.Acquire;
import ikebana.kernel.Direction;
import ikebana.kernel.Prefix;
import ikebana.kernel.Request;
import ikebana.kernel.Selector;
import ikebana.wire.Header;
import ikebana.wire.IkeSpi;
import ikebana.wire.IpAddress;
import ikebana.wire.Message;
import ikebana.wire.Payload;
import ikebana.wire.SecurityAssociation;
import ikebana.wire.TrafficSelectors;
import ikebana.wire.UdpAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// IKE SAs that begin without a child (RFC 6023). How it goes well is told by the transcripts `childless*`.
class ChildlessTest {
    private static final IpAddress HERE = IpAddress.of("192.0.2.1");
    private static final IpAddress THERE = IpAddress.of("192.0.2.2");

    private UnaryOperator<List<Payload>> detour = payloads -> payloads;

    /// A's wish for a child does not arrive, as if it had none.
    private boolean silent;

    /// What b asks waits here, if anywhere.
    private Optional<List<Datagram>> late = Optional.empty();

    private final End.Between between = new End.Between() {
        @Override
        void carries(End from, Datagram datagram) {
            var to = from == a ? b : a;
            var bytes = datagram.bytes();
            var header = Header.peek(bytes).orElseThrow();
            if (from == b && late.isPresent() && !header.response()) {
                late.get().add(datagram);
                return;
            }
            var keys = to.state.flatMap(Wiretap::of);
            if (keys.isPresent() && from == a) {
                var payloads = keys.get().read(bytes);
                boolean asks = !Header.peek(bytes).orElseThrow().response();
                if (silent
                        && asks
                        && Message.first(payloads, SecurityAssociation.class).isPresent()) return;
                var changed = detour.apply(payloads);
                if (!changed.equals(payloads)) bytes = keys.get().changed(bytes, _ -> changed);
            }
            to.hears(new Datagram(
                    new Path(datagram.path().remote(), datagram.path().local()), bytes));
        }
    };
    private End a = end(HERE, Childless.PREFER);
    private End b = end(THERE, Childless.ALLOW);

    private End end(IpAddress address, Childless childless) {
        return end(address, childless, address.equals(HERE) ? 1 : 2);
    }

    private End end(IpAddress address, Childless childless, long seed) {
        return new End(Examples.with(Examples.profile(address), childless), new SeededEntropy(seed), between);
    }

    private void dials(int acquireSequence) {
        var path = new Path(new UdpAddress(HERE, 500), new UdpAddress(THERE, 500));
        var dial = new Dial(new Endpoint("dmvpn", HERE, THERE), a.profile, acquireSequence);
        a.perform(a.machine.dial(new IkeSpi(1), path, dial, between.now));
        between.settle();
    }

    private static Phase.Established established(End end) {
        return (Phase.Established) end.is().phase();
    }

    private static List<Effect.Established> told(End end) {
        return end.effects.stream()
                .filter(Effect.Established.class::isInstance)
                .map(Effect.Established.class::cast)
                .toList();
    }

    @Test
    void theTunnelIsToldWhenItsFirstChildCarriesTraffic_onceAtEachEnd() {
        dials(9);
        for (var end : List.of(a, b)) {
            assertThat(established(end).children()).hasSize(1);
            assertThat(told(end)).hasSize(1);
            assertThat(told(end).getFirst().child().inbound().reqid()).isEqualTo(Examples.REQID);
            assertThat(told(end).getFirst().view().children()).hasSize(1);
        }
        var outbound = (Request.InstallState) a.asked.getLast();
        assertThat(outbound.state().acquireSequence()).isEqualTo(9);
    }

    @Test
    void aResponderLetsItStandWithoutAChild_andMakesOneWhenAPacketWantsIt() {
        silent = true;
        dials(0);
        between.now = between.now.plus(Duration.ofSeconds(5));
        b.happens(new Input.Woke());
        between.settle();
        assertThat(b.said).isEmpty();
        assertThat(told(b)).isEmpty();
        var selector = new Selector(Prefix.host(THERE), Prefix.host(HERE), Selector.GRE, Optional.empty());
        b.happens(new Input.Wanted(new Acquire(4, Examples.REQID, THERE, HERE, selector)));
        between.settle();
        assertThat(told(b)).hasSize(1);
        assertThat(established(b).children()).hasSize(1);
        assertThat(told(a)).hasSize(1);
    }

    /// As long as it does not know whether the peer has its answer.
    @Test
    void besideAnIkeSaThatCarriesAResponderDoesNotSendOverTheFirstChildBeforeThePeerReceives() {
        b.isTheOnlyOne = false;
        dials(0);
        assertThat(told(a)).hasSize(1);
        assertThat(told(b)).isEmpty();
        assertThat(b.asked)
                .singleElement()
                .satisfies(
                        only -> assertThat(((Request.InstallState) only).state().direction())
                                .isEqualTo(Direction.IN));
        a.happens(new Input.Probe()); // its next request: it has the answer to the one before
        between.settle();
        assertThat(told(b)).hasSize(1);
        assertThat(b.asked).hasSize(2);
    }

    @Test
    void besideAnIkeSaThatEndsItSendsAtOnce() {
        b.isTheOnlyOne = false;
        dials(0);
        b.happens(new Input.TakeOver());
        between.settle();
        assertThat(told(b)).hasSize(1);
    }

    @Test
    void withItsLastChildItEndsLikeAnyOther() {
        dials(0);
        var child = established(b).children().getFirst();
        b.happens(new Input.ChildEnded(child.pair().inbound().id()));
        between.settle();
        assertThat(b.said).containsExactly("the child's lifetime is over");
        assertThat(a.said).containsExactly("the peer deleted the IKE SA");
    }

    @Test
    void whoeverDoesNotAllowItRefusesARequestWithoutAChild() {
        b = end(THERE, Childless.NEVER);
        detour = payloads -> payloads.stream()
                .filter(payload -> !(payload instanceof SecurityAssociation))
                .filter(payload -> !(payload instanceof TrafficSelectors))
                .toList();
        dials(0);
        assertThat(b.said).singleElement().asString().contains("an IKE_AUTH request without SA, TSi or TSr");
    }

    @Test
    void withAPeerThatDoesNotSaySoTheFirstChildIsMadeByIkeAuth() {
        b = end(THERE, Childless.NEVER);
        dials(0);
        assertThat(established(a).agreed().child()).isPresent();
        assertThat(told(a)).hasSize(1);
    }

    /// Both want the first child, and what b asks comes so late that a's has had a successor meanwhile. Whichever
    /// nonce is the lowest: one is left.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void whatCrossesAWishThatHasLongBeenGrantedLeavesOne(long seed) {
        a = end(HERE, Childless.PREFER, 10 * seed);
        b = end(THERE, Childless.ALLOW, 10 * seed + 1);
        silent = true;
        dials(0);
        var waiting = new ArrayList<Datagram>();
        late = Optional.of(waiting);
        var selector = new Selector(Prefix.host(THERE), Prefix.host(HERE), Selector.GRE, Optional.empty());
        b.happens(new Input.Wanted(new Acquire(4, Examples.REQID, THERE, HERE, selector)));
        between.settle();
        silent = false;
        passes(Duration.ofSeconds(2));
        a.happens(new Input.GrewOld(wanted(a).getFirst().pair().outbound().id()));
        between.settle();
        late = Optional.empty();
        between.carries(b, waiting.getFirst());
        between.settle();
        passes(Duration.ofMinutes(1));
        assertThat(wanted(a)).hasSize(1);
        assertThat(wanted(b)).hasSize(1);
        assertThat(wanted(a).getFirst().inbound())
                .isEqualTo(wanted(b).getFirst().theirs());
    }

    /// As long as one end asks for new keys, it refuses the other's wish for the first child (2.25.2), which goes on
    /// wishing for a minute only. Under loss they could refuse each other all the time.
    @Test
    void whoeverIsRefusedNewKeysBeforeThereIsAChildLetsThePeerHaveItFirst() {
        var profile = Examples.renewing(Examples.with(Examples.profile(THERE), Childless.ALLOW), Duration.ofSeconds(5));
        b = new End(profile, new SeededEntropy(2), between);
        silent = true;
        dials(0);
        passes(Duration.ofSeconds(6));
        assertThat(established(b).age().failures()).isEqualTo(1);
        assertThat(established(b).age().renewAt().orElseThrow())
                .isAfter(between.now.plus(Examples.SETTINGS.crossingGrace()).minusSeconds(2));
    }

    private static List<ChildSa> wanted(End end) {
        return established(end).children().stream().filter(ChildSa::isWanted).toList();
    }

    private void passes(Duration time) {
        for (long left = time.toSeconds(); left > 0; left--) {
            between.now = between.now.plusSeconds(1);
            a.happens(new Input.Woke());
            b.happens(new Input.Woke());
            between.settle();
        }
    }
}
