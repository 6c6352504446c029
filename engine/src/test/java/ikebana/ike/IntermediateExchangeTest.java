package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.Examples;
import ikebana.auth.Endpoint;
import ikebana.auth.Profile;
import ikebana.crypto.KeyExchangeMethod;
import ikebana.crypto.SeededEntropy;
import ikebana.settings.IkeSettings;
import ikebana.wire.Bytes;
import ikebana.wire.EncryptedFragment;
import ikebana.wire.ExchangeType;
import ikebana.wire.Header;
import ikebana.wire.IkeSpi;
import ikebana.wire.IpAddress;
import ikebana.wire.KeyExchange;
import ikebana.wire.Message;
import ikebana.wire.MessageId;
import ikebana.wire.Notify;
import ikebana.wire.NotifyType;
import ikebana.wire.Payload;
import ikebana.wire.Secret;
import ikebana.wire.UdpAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A second key exchange in IKE_INTERMEDIATE (RFC 9242, RFC 9370), between two ends of ours.
class IntermediateExchangeTest {
    private static final IpAddress HERE = IpAddress.of("192.0.2.1");
    private static final IpAddress THERE = IpAddress.of("192.0.2.2");
    private static final String ONE = Examples.IKE;
    private static final String TWO = Examples.IKE + "-ke1_mlkem768";

    private UnaryOperator<Datagram> onItsWay = UnaryOperator.identity();
    private final End.Between between = new End.Between() {
        @Override
        void carries(End from, Datagram datagram) {
            var carried = onItsWay.apply(datagram);
            var path = new Path(datagram.path().remote(), datagram.path().local());
            (from == a ? b : a).hears(new Datagram(path, carried.bytes()));
        }
    };
    private End a = end(HERE, TWO);
    private End b = end(THERE, TWO);

    /// Each message in one datagram, so that it can be changed.
    private static final IkeSettings SETTINGS =
            Examples.settings(Examples.SETTINGS.halfOpen(), Duration.ofSeconds(1), 8000);

    private End end(IpAddress address, String... ike) {
        return end(address, SETTINGS, ike);
    }

    private End end(IpAddress address, IkeSettings settings, String... ike) {
        Profile profile = Examples.profile(address, ike);
        return new End(profile, settings, new SeededEntropy(address.equals(HERE) ? 1 : 2), between);
    }

    private void dial() {
        var path = new Path(new UdpAddress(HERE, 500), new UdpAddress(THERE, 500));
        var dial = new Dial(new Endpoint("dmvpn", HERE, THERE), a.profile, 0);
        a.perform(a.machine.dial(new IkeSpi(1), path, dial, between.now));
    }

    private void untilTheResponderIs(Class<? extends Phase> phase) {
        while (b.state.isEmpty() || !phase.isInstance(b.is().phase()))
            between.agenda.removeFirst().run();
    }

    /// Changes what is inside the first message of a kind, as only somebody with its keys can.
    private void changes(ExchangeType exchange, boolean response, UnaryOperator<List<Payload>> change) {
        var done = new boolean[1];
        onItsWay = datagram -> {
            var header = Header.peek(datagram.bytes()).orElseThrow();
            if (done[0] || !header.exchange().equals(exchange) || header.response() != response) return datagram;
            done[0] = true;
            var keys = Wiretap.of(a.is()).orElseThrow(); // it has no others before it has the answer
            return new Datagram(datagram.path(), keys.changed(datagram.bytes(), change));
        };
    }

    private static Negotiated established(End end) {
        assertThat(end.is().phase()).as("%s: %s", end.is(), end.said).isInstanceOf(Phase.Established.class);
        return ((Phase.Established) end.is().phase()).agreed().negotiated();
    }

    private Stream<Header> said() {
        return between.wire.stream().map(it -> Header.peek(it.bytes()).orElseThrow());
    }

    private long said(ExchangeType exchange) {
        return said().filter(it -> it.exchange().equals(exchange)).count();
    }

    private static List<Payload> value(KeyExchangeMethod method, int length) {
        return List.of(new KeyExchange(method.transformId(), Bytes.of(new byte[length])));
    }

    // ---- it comes to something

    @Test
    void bothEndsComeToOneSetOfKeysOfBothExchanges() {
        dial();
        untilTheResponderIs(Phase.AwaitIntermediateRequest.class);
        var first =
                ((Phase.AwaitIntermediateRequest) b.is().phase()).negotiated().keys();
        var before = Bytes.of(first.d().expose());
        between.settle();
        assertThat(established(a).keys()).isEqualTo(established(b).keys());
        assertThat(Bytes.of(established(a).keys().d().expose())).isNotEqualTo(before);
        assertThat(established(a).keys().suite()).hasToString(TWO);
        assertThat(said(ExchangeType.Known.IKE_INTERMEDIATE)).isEqualTo(2);
        assertThat(said().filter(it -> it.exchange().equals(ExchangeType.Known.IKE_AUTH)))
                .extracting(Header::messageId)
                .containsOnly(new MessageId(2));
    }

    @Test
    void theKeysOfTheFirstExchangeAreWipedWhenThoseOfTheSecondAreThere() {
        dial();
        untilTheResponderIs(Phase.AwaitIntermediateRequest.class);
        var first =
                ((Phase.AwaitIntermediateRequest) b.is().phase()).negotiated().keys();
        untilTheResponderIs(Phase.AwaitAuthRequest.class);
        assertThat(first.d()).isEqualTo(Secret.owning(new byte[32]));
        assertThat(first.ei()).isEqualTo(Secret.owning(new byte[36]));
    }

    @ParameterizedTest
    @ValueSource(strings = {"mlkem512", "mlkem1024", "ecp384", "modp3072"})
    void otherMethodsAddThemselvesAsWell(String method) {
        a = end(HERE, Examples.IKE + "-ke1_" + method);
        b = end(THERE, Examples.IKE + "-ke1_mlkem768-ke1_" + method);
        dial();
        between.settle();
        assertThat(established(a).keys()).isEqualTo(established(b).keys());
        assertThat(established(b).keys().suite().additional().orElseThrow().keyword())
                .isEqualTo(method);
    }

    @Test
    void itsMessagesMayGoInFragments() {
        var small = Examples.settings(Examples.SETTINGS.halfOpen(), Duration.ofSeconds(1), 576);
        a = end(HERE, small, TWO);
        b = end(THERE, small, TWO);
        dial();
        between.settle();
        assertThat(established(a).keys()).isEqualTo(established(b).keys());
        assertThat(between.wire.stream()
                        .map(it -> ((Message.Decoded.Whole) Message.decode(it.bytes())).message())
                        .filter(it -> it.header().exchange().equals(ExchangeType.Known.IKE_INTERMEDIATE)))
                .hasSizeGreaterThan(4)
                .allMatch(it -> it.payloads().getLast() instanceof EncryptedFragment);
    }

    @Test
    void aLostAnswerIsSaidAgainWithTheSameBytes() {
        dial();
        untilTheResponderIs(Phase.AwaitAuthRequest.class);
        var before = b.is();
        var request = a.is().window().flight().orElseThrow().datagrams().getFirst();
        between.agenda.clear();
        b.hears(new Datagram(b.is().path(), request));
        assertThat(b.is()).isEqualTo(before);
        between.settle();
        assertThat(established(a).keys()).isEqualTo(established(b).keys());
    }

    // ---- what AUTH covers

    /// Header and generic header with lengths that count neither IV nor ICV, then the payloads (RFC 9242 3.3.2).
    @Test
    void aMessageIsCoveredAsItWouldBeUnsealed() {
        var header = Header.of(
                new IkeSpi(0x0102030405060708L),
                new IkeSpi(0x1112131415161718L),
                ExchangeType.Known.IKE_INTERMEDIATE,
                true,
                false,
                new MessageId(1));
        List<Payload> payloads = List.of(new KeyExchange(36, Bytes.ofHex("aabbcc")));
        assertThat(IntAuth.covered(header, payloads, Message.encodeChain(payloads)))
                .isEqualTo(Bytes.ofHex("0102030405060708" + "1112131415161718" + "2e202b20" + "00000001" + "0000002b"
                        + "2200000f" + "0000000b" + "00240000" + "aabbcc"));
    }

    @Test
    void bothMacsAndTheMessageIdOfIkeAuthAreBehindTheRest() {
        dial();
        between.settle();
        var auth = established(a).intAuth();
        assertThat(auth).isEqualTo(established(b).intAuth());
        assertThat(auth.octets())
                .isEqualTo(Bytes.concat(auth.ofInitiator(), auth.ofResponder(), Bytes.ofHex("00000002")));
        assertThat(auth.ofInitiator()).isNotEqualTo(auth.ofResponder());
        assertThat(established(a).ourOctets(Bytes.EMPTY))
                .isEqualTo(established(b).theirOctets(Bytes.EMPTY));
        assertThat(IntAuth.NONE.octets()).isEqualTo(Bytes.EMPTY);
    }

    /// What is added is of no meaning, and both have the same keys: only AUTH shows it.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whoeverChangesOneOfItsMessagesIsFoundOutInIkeAuth(boolean response) {
        changes(ExchangeType.Known.IKE_INTERMEDIATE, response, payloads -> {
            var more = new ArrayList<>(payloads);
            more.add(Notify.of(NotifyType.NON_FIRST_FRAGMENTS_ALSO));
            return more;
        });
        dial();
        between.settle();
        assertThat(a.is().phase()).isNotInstanceOf(Phase.Established.class);
        assertThat(b.said).singleElement().asString().contains("has another pre-shared key");
        assertThat(a.said).singleElement().asString().contains("AUTHENTICATION_FAILED");
    }

    // ---- with whom it does not work

    @Test
    void aPeerWithoutItIsMetWithAProposalThatHasNone() {
        a = end(HERE, TWO, ONE);
        b = end(THERE, ONE);
        dial();
        between.settle();
        assertThat(established(a).keys().suite()).hasToString(ONE);
        assertThat(said(ExchangeType.Known.IKE_INTERMEDIATE)).isZero();
        assertThat(established(a).keys()).isEqualTo(established(b).keys());
    }

    @Test
    void aPeerThatAsksForNoneIsRefusedWhereItIsDemanded() {
        a = end(HERE, ONE);
        b = end(THERE, TWO);
        dial();
        between.settle();
        assertThat(b.said)
                .singleElement()
                .asString()
                .contains("no common IKE proposal")
                .contains("ke1_mlkem768");
    }

    /// RFC 9370 2.2.1: whoever offers it without IKE_INTERMEDIATE has none of it.
    @Test
    void withoutTheNotifyItIsNotChosen() {
        var without = (UnaryOperator<List<Payload>>) payloads -> payloads.stream()
                .filter(it -> !(it instanceof Notify notify && notify.is(NotifyType.INTERMEDIATE_EXCHANGE_SUPPORTED)))
                .toList();
        onItsWay = datagram -> switch (Message.decode(datagram.bytes())) {
            case Message.Decoded.Whole(var message)
            when message.header().exchange().equals(ExchangeType.Known.IKE_SA_INIT) ->
                new Datagram(
                        datagram.path(), new Message(message.header(), without.apply(message.payloads())).encode());
            case Message.Decoded _ -> datagram;
        };
        dial();
        between.settle();
        assertThat(b.said).singleElement().asString().contains("no common IKE proposal");
    }

    // ---- bad input

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 1183, 1185, 4000})
    void aValueOfAnotherLengthIsRefused(int length) {
        changes(ExchangeType.Known.IKE_INTERMEDIATE, false, _ -> value(KeyExchangeMethod.ML_KEM_768, length));
        dial();
        between.settle();
        assertThat(b.said).singleElement().asString().contains("second key exchange without a value for mlkem768");
        assertThat(a.said).containsExactly("the peer refused our second key exchange: INVALID_SYNTAX");
    }

    @Test
    void anotherMethodThanTheAgreedOneIsRefused() {
        changes(ExchangeType.Known.IKE_INTERMEDIATE, false, _ -> value(KeyExchangeMethod.ML_KEM_512, 800));
        dial();
        between.settle();
        assertThat(b.said).singleElement().asString().contains("without a value for mlkem768");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1087, 1089, 1184})
    void anAnswerOfAnotherLengthEndsIt(int length) {
        changes(ExchangeType.Known.IKE_INTERMEDIATE, true, _ -> value(KeyExchangeMethod.ML_KEM_768, length));
        dial();
        between.settle();
        assertThat(a.said).containsExactly("the peer answered our second key exchange with a value that nobody sends");
    }

    @Test
    void anAnswerWithoutAValueEndsIt() {
        changes(ExchangeType.Known.IKE_INTERMEDIATE, true, _ -> List.of());
        dial();
        between.settle();
        assertThat(a.said).containsExactly("an IKE_INTERMEDIATE response without KE");
    }

    @Test
    void aForgedMessageChangesNothing() {
        dial();
        untilTheResponderIs(Phase.AwaitIntermediateRequest.class);
        between.agenda.removeFirst().run(); // the answer to IKE_SA_INIT
        var request = between.wire.getLast();
        var flipped = request.bytes().toArray();
        flipped[flipped.length - 1] ^= 1;
        var before = b.is();
        b.hears(new Datagram(b.is().path(), Bytes.of(flipped)));
        assertThat(b.is()).isEqualTo(before);
        between.settle();
        assertThat(established(a).keys()).isEqualTo(established(b).keys());
    }

    /// It was agreed to, and IKE_AUTH comes without it: under the keys of the first exchange it is authentic.
    @Test
    void whoeverLeavesItOutIsTold() {
        dial();
        untilTheResponderIs(Phase.AwaitIntermediateRequest.class);
        between.agenda.removeFirst().run();
        var keys = Wiretap.of(a.is()).orElseThrow();
        between.agenda.clear();
        var asked = between.wire.getLast().bytes().toArray();
        asked[18] = (byte) ExchangeType.Known.IKE_AUTH.code();
        b.hears(new Datagram(b.is().path(), keys.changed(Bytes.of(asked), it -> it)));
        assertThat(b.said).containsExactly("the peer has left out the second key exchange that it had agreed to");
        assertThat(keys.read(between.wire.getLast().bytes())).containsExactly(Notify.of(NotifyType.INVALID_SYNTAX));
    }

    @Test
    void oneMoreThanWasAgreedIsPassedOver() {
        dial();
        untilTheResponderIs(Phase.AwaitAuthRequest.class);
        between.agenda.removeFirst().run(); // the answer: the initiator asks whether it may authenticate
        var keys = Wiretap.of(a.is()).orElseThrow();
        var again = between.wire.get(2).bytes().toArray(); // our request of that exchange
        again[23] = 2; // the next message ID
        var before = b.is();
        b.hears(new Datagram(b.is().path(), keys.changed(Bytes.of(again), 0, Bytes.EMPTY)));
        assertThat(b.is()).isEqualTo(before);
        assertThat(b.effects).contains(new Effect.Ignored("not an IKE_AUTH request"));
        between.settle();
        assertThat(established(a).keys()).isEqualTo(established(b).keys());
    }

    @Test
    void whereNoneWasAgreedItIsPassedOver() {
        a = end(HERE, ONE);
        b = end(THERE, ONE);
        dial();
        untilTheResponderIs(Phase.AwaitAuthRequest.class);
        var header = Header.of(
                new IkeSpi(1), new IkeSpi(2), ExchangeType.Known.IKE_INTERMEDIATE, false, true, new MessageId(1));
        var before = b.is();
        b.hears(new Datagram(b.is().path(), new Message(header, value(KeyExchangeMethod.ML_KEM_768, 1184)).encode()));
        assertThat(b.is()).isEqualTo(before);
        between.settle();
        assertThat(established(a).keys()).isEqualTo(established(b).keys());
    }
}
