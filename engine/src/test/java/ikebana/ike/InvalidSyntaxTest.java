package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.Examples;
import ikebana.auth.Endpoint;
import ikebana.crypto.SeededEntropy;
import ikebana.kernel.Request;
import ikebana.wire.Bytes;
import ikebana.wire.ExchangeType;
import ikebana.wire.Header;
import ikebana.wire.IkeSpi;
import ikebana.wire.IpAddress;
import ikebana.wire.KeyExchange;
import ikebana.wire.Message;
import ikebana.wire.Nonce;
import ikebana.wire.Notify;
import ikebana.wire.NotifyType;
import ikebana.wire.Payload;
import ikebana.wire.SecurityAssociation;
import ikebana.wire.TrafficSelectors;
import ikebana.wire.UdpAddress;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A request over an established IKE SA that no honest peer sends is answered with INVALID_SYNTAX, and with
/// that the IKE SA is over at both ends, without a DELETE (RFC 7296 2.21.3, RFC 6989 2.5).
class InvalidSyntaxTest {
    private static final IpAddress HERE = IpAddress.of("192.0.2.1");
    private static final IpAddress THERE = IpAddress.of("192.0.2.2");
    private static final Path PATH = new Path(new UdpAddress(HERE, 500), new UdpAddress(THERE, 500));
    private static final String READ = "the peer could not read our request (INVALID_SYNTAX)";

    /// What comes to b of a's request.
    enum Of {
        NO_NONCE_FOR_A_CHILD(false, without(Nonce.class)),
        NO_PROPOSAL_FOR_A_CHILD(false, without(SecurityAssociation.class)),
        NO_SELECTORS_FOR_A_CHILD(false, without(TrafficSelectors.class)),
        A_SHORT_VALUE_FOR_A_CHILD(false, withValue(31)),
        A_VALUE_THAT_COMES_TO_ZERO_FOR_A_CHILD(false, withValue(32)),
        NO_NONCE_FOR_NEW_KEYS(true, without(Nonce.class)),
        NO_VALUE_FOR_NEW_KEYS(true, without(KeyExchange.class)),
        A_LONG_VALUE_FOR_NEW_KEYS(true, withValue(33)),
        A_VALUE_THAT_COMES_TO_ZERO_FOR_NEW_KEYS(true, withValue(32));

        private final boolean ofIkeSa;
        private final UnaryOperator<List<Payload>> change;

        Of(boolean ofIkeSa, UnaryOperator<List<Payload>> change) {
            this.ofIkeSa = ofIkeSa;
            this.change = change;
        }

        private static UnaryOperator<List<Payload>> without(Class<? extends Payload> type) {
            return payloads ->
                    payloads.stream().filter(it -> !type.isInstance(it)).toList();
        }

        private static UnaryOperator<List<Payload>> withValue(int length) {
            return payloads -> payloads.stream()
                    .map(it -> it instanceof KeyExchange value
                            ? new KeyExchange(value.group(), Bytes.of(new byte[length]))
                            : it)
                    .toList();
        }
    }

    private UnaryOperator<List<Payload>> detour = payloads -> payloads;

    private final End.Between between = new End.Between() {
        @Override
        void carries(End from, Datagram datagram) {
            var path = new Path(datagram.path().remote(), datagram.path().local());
            var bytes = datagram.bytes();
            var keys = Wiretap.of(from.is());
            boolean isFirst = Header.peek(bytes).orElseThrow().exchange().equals(ExchangeType.Known.CREATE_CHILD_SA);
            if (from == a && isFirst && keys.isPresent()) bytes = keys.get().changed(bytes, detour);
            (from == a ? b : a).hears(new Datagram(path, bytes));
        }
    };
    private final End a = end(HERE, 1);
    private final End b = end(THERE, 2);

    private End end(IpAddress address, long seed) {
        var profile = Examples.withEsp(Examples.profile(address), "aes256gcm16-x25519");
        return new End(profile, new SeededEntropy(seed), between);
    }

    @BeforeEach
    void stands() {
        a.perform(a.machine.dial(
                new IkeSpi(1), PATH, new Dial(new Endpoint("dmvpn", HERE, THERE), a.profile, 0), between.now));
        between.settle();
        between.wire.clear();
    }

    private static Phase.Established established(End end) {
        return (Phase.Established) end.is().phase();
    }

    private static ChildSa child(End end) {
        return established(end).children().getFirst();
    }

    @ParameterizedTest
    @EnumSource
    void itIsTheEndAtBothEnds(Of of) {
        var keys = Wiretap.of(a.is()).orElseThrow();
        var children = List.of(child(a), child(b));
        detour = of.change;
        if (of.ofIkeSa) {
            a.state = Optional.of(a.is().in(established(a).renewingAt(Instant.EPOCH)));
            a.happens(new Input.Woke());
        } else {
            a.happens(new Input.GrewOld(child(a).pair().outbound().id()));
        }
        between.settle();
        assertThat(keys.read(between.wire.get(1).bytes())).containsExactly(Notify.of(NotifyType.INVALID_SYNTAX));
        assertThat(a.said).containsExactly(READ);
        assertThat(b.said).singleElement().asString().startsWith("the peer's request for ");
        for (var end : List.of(a, b)) {
            assertThat(end.is().phase()).isNotInstanceOf(Phase.Established.class);
            assertThat(end.is().passing()).isEmpty();
            var outbound = children.get(end == a ? 0 : 1).pair().outbound().id();
            assertThat(end.asked).contains(new Request.RemoveState(outbound));
        }
    }

    @Test
    void whatCannotBeReadAtAll_orHasAnExchangeThatNobodyKnows_isAnsweredSo() {
        var before = b.state;
        for (var exchange : List.of(ExchangeType.Known.INFORMATIONAL, ExchangeType.Known.IKE_AUTH)) {
            b.state = before;
            b.said.clear();
            var insider = Insider.of(a.is(), new SeededEntropy(9)).orElseThrow();
            boolean broken = exchange == ExchangeType.Known.INFORMATIONAL;
            var none = List.<Payload>of(Notify.of(NotifyType.INITIAL_CONTACT));
            var chain = broken ? Bytes.ofHex("0000ffff") : Message.encodeChain(none);
            var bytes = insider.says(exchange, false, insider.next(), Message.firstType(none), chain, 1);
            b.hears(new Datagram(new Path(PATH.remote(), PATH.local()), bytes));
            assertThat(b.said).hasSize(1);
            // whoever has not heard it asks again
            between.wire.clear();
            b.hears(new Datagram(new Path(PATH.remote(), PATH.local()), bytes));
            assertThat(Wiretap.of(a.is())
                            .orElseThrow()
                            .read(between.wire.getLast().bytes()))
                    .containsExactly(Notify.of(NotifyType.INVALID_SYNTAX));
        }
    }
}
