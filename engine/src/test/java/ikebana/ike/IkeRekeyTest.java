package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.Examples;
import ikebana.auth.Endpoint;
import ikebana.crypto.SeededEntropy;
import ikebana.wire.Bytes;
import ikebana.wire.ExchangeType;
import ikebana.wire.Header;
import ikebana.wire.IkeSpi;
import ikebana.wire.IpAddress;
import ikebana.wire.Message;
import ikebana.wire.MessageId;
import ikebana.wire.Notify;
import ikebana.wire.NotifyType;
import ikebana.wire.UdpAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.BiPredicate;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What two ends do to an IKE SA that gets new keys, when it does not go as planned (RFC 7296 2.8.2, 2.25.2). How
/// it goes well is told by the transcripts `rekey-ike-*`.
class IkeRekeyTest {
    private static final IpAddress HERE = IpAddress.of("192.0.2.1");
    private static final IpAddress THERE = IpAddress.of("192.0.2.2");
    private static final Duration AFTER = Duration.ofHours(1);

    /// Which messages do not arrive.
    private BiPredicate<End, Header> lost = (_, _) -> false;

    private final End.Between between = new End.Between() {
        @Override
        void carries(End from, Datagram datagram) {
            var header = Header.peek(datagram.bytes()).orElseThrow();
            if (!lost.test(from, header)) (from == a ? b : a).hears(turned(datagram.path(), datagram.bytes()));
        }
    };
    private final End a = new End(Examples.renewing(Examples.profile(HERE), AFTER), new SeededEntropy(1), between);
    private final End b = new End(Examples.renewing(Examples.profile(THERE), AFTER), new SeededEntropy(2), between);

    private static Datagram turned(Path path, Bytes bytes) {
        return new Datagram(new Path(path.remote(), path.local()), bytes);
    }

    @BeforeEach
    void stands() {
        var path = new Path(new UdpAddress(HERE, 500), new UdpAddress(THERE, 500));
        var dial = new Dial(new Endpoint("dmvpn", HERE, THERE), a.profile, 0);
        a.perform(a.machine.dial(new IkeSpi(1), path, dial, between.now));
        between.settle();
        between.now = between.now.plus(AFTER);
    }

    private static Phase.Established established(End end) {
        return (Phase.Established) end.is().phase();
    }

    private static Negotiated inUse(End end) {
        return established(end).agreed().negotiated();
    }

    private static void growsOld(End end) {
        end.happens(new Input.Woke());
    }

    private void later(Duration duration) {
        between.now = between.now.plus(duration);
        for (var end : List.of(a, b)) {
            for (int turn = 0; turn < 5; turn++) end.happens(new Input.Woke());
        }
        between.settle();
    }

    /// The same keys, SPIs and children at both ends, and an answer over them.
    private void bothHaveTheSame() {
        assertThat(inUse(a).spiI()).isEqualTo(inUse(b).spiI());
        assertThat(inUse(a).spiR()).isEqualTo(inUse(b).spiR());
        assertThat(inUse(a).keys()).isEqualTo(inUse(b).keys());
        assertThat(inUse(a).initiator()).isNotEqualTo(inUse(b).initiator());
        assertThat(established(a).children()).hasSize(1);
        assertThat(established(b).children()).hasSize(1);
        for (var end : List.of(a, b)) {
            int before = between.wire.size();
            end.happens(new Input.Probe());
            between.settle();
            assertThat(between.wire).hasSize(before + 2);
            assertThat(end.is().window().flight()).isEmpty();
        }
    }

    @Test
    void theChildrenAreInherited_andTheKernelIsNotAsked() {
        int asked = a.asked.size();
        var old = inUse(a);
        growsOld(a);
        between.settle();
        bothHaveTheSame();
        assertThat(inUse(a).spiI()).isNotEqualTo(old.spiI());
        assertThat(inUse(a).keys().d()).isNotEqualTo(old.keys().d());
        assertThat(a.asked).hasSize(asked);
        assertThat(a.is().others()).isEmpty();
    }

    @Test
    void whoBringsMessagesKnowsTheNewSpiBeforeTheFirstIsSent() {
        int before = a.effects.size();
        growsOld(a);
        var effects = a.effects.subList(before, a.effects.size());
        var spi = ((Phase.Renewal) established(a).asked().orElseThrow()).spi();
        assertThat(effects.getFirst()).isEqualTo(new Effect.KnownBy(Set.of(spi)));
        assertThat(effects.get(1)).isInstanceOf(Effect.Send.class);
    }

    @Test
    void theOneThatAskedMayRenewWhatItHasRenewed() {
        for (int generation = 0; generation < 20; generation++) {
            growsOld(generation % 2 == 0 ? a : b);
            between.settle();
            bothHaveTheSame();
            later(AFTER);
        }
        assertThat(a.said).isEmpty();
        assertThat(a.is().others()).hasSizeLessThan(3);
        assertThat(b.is().others()).hasSizeLessThan(3);
    }

    /// Both have asked, and each has heard the other: all orders of the four messages of the two exchanges.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void bothAtOnce_inWhateverOrder(long order) {
        growsOld(a);
        growsOld(b);
        var dice = new Random(order);
        while (!between.agenda.isEmpty()) {
            if (dice.nextBoolean()) between.agenda.addLast(between.agenda.removeFirst());
            between.agenda.removeFirst().run();
        }
        bothHaveTheSame();
        for (int second = 0; second < 60; second++) later(Duration.ofSeconds(1));
        assertThat(a.is().others()).isEmpty();
        assertThat(b.is().others()).isEmpty();
        bothHaveTheSame();
    }

    @Test
    void anAnswerThatIsLost_isAskedForAgain() {
        lost = (from, header) -> from == b && header.response();
        growsOld(a);
        between.settle();
        lost = (_, _) -> false;
        later(Duration.ofSeconds(1));
        bothHaveTheSame();
    }

    @Test
    void whoHasAnsweredWaitsForThePeer_andNotForEver() {
        lost = (from, header) -> from == b && header.response();
        growsOld(a);
        between.settle();
        var old = inUse(b);
        b.happens(new Input.Probe());
        assertThat(b.is().window().flight()).isEmpty();
        between.now = between.now.plus(Examples.SETTINGS.crossingGrace());
        b.happens(new Input.Woke());
        assertThat(inUse(b)).isNotEqualTo(old);
        lost = (_, _) -> false;
        later(Duration.ofSeconds(1));
        bothHaveTheSame();
    }

    @Test
    void whileAChildIsBeingMade_thereIsNoSuccessorYet() {
        b.happens(new Input.GrewOld(
                established(b).children().getFirst().pair().outbound().id()));
        growsOld(a);
        between.settle();
        assertThat(between.wire)
                .anySatisfy(datagram -> assertThat(answers(datagram, NotifyType.TEMPORARY_FAILURE))
                        .isTrue());
        for (int second = 0; second < 20; second++) later(Duration.ofSeconds(1));
        bothHaveTheSame();
        assertThat(inUse(a).spiI()).isNotEqualTo(new IkeSpi(1));
        assertThat(a.said).isEmpty();
        assertThat(b.said).isEmpty();
    }

    private boolean answers(Datagram datagram, NotifyType type) {
        return List.of(a, b).stream()
                .map(end -> Wiretap.of(end.is()).orElseThrow().read(datagram.bytes()))
                .anyMatch(payloads -> Message.has(payloads, type));
    }

    /// RFC 7296 2.25.2: whoever goes while it is rekeyed goes, with all that comes of it.
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whoeverClosesMeanwhile_leavesNothingAtThePeer(boolean asker) {
        growsOld(a);
        if (!asker) {
            lost = (from, header) -> from == b && header.response();
            between.settle();
            lost = (_, _) -> false;
        }
        (asker ? a : b).happens(new Input.Close("that is all", false));
        between.settle();
        for (int second = 0; second < 90; second++) later(Duration.ofSeconds(1));
        assertThat(a.is().phase()).isNotInstanceOf(Phase.Established.class);
        assertThat(b.is().phase()).isNotInstanceOf(Phase.Established.class);
        assertThat(a.is().phase()).isNotInstanceOf(Phase.Deleting.class);
        assertThat(b.is().phase()).isNotInstanceOf(Phase.Deleting.class);
        assertThat(a.is().furtherSpis()).isEmpty();
        assertThat(b.is().furtherSpis()).isEmpty();
    }

    @Test
    void whoClosesWhileItAsks_isAnsweredAtOnce() {
        growsOld(a);
        a.happens(new Input.Close("that is all", false));
        between.settle();
        assertThat(a.is().phase()).isInstanceOf(Phase.Closed.class);
        assertThat(b.is().phase()).isInstanceOf(Phase.Lingering.class);
    }

    /// Whoever brings us messages still has to know the SPI under which the peer asks again.
    @Test
    void theLastAnswerOfARenewedSaIsRepeated() {
        growsOld(a);
        between.settle();
        var spi = inUse(b).ourSpi();
        lost = (from, header) -> from == b && header.response();
        a.happens(new Input.Close("that is all", false));
        between.settle();
        assertThat(b.is().phase()).isInstanceOf(Phase.Lingering.class);
        assertThat(b.is().furtherSpis()).contains(spi);
        lost = (_, _) -> false;
        later(Duration.ofSeconds(1));
        assertThat(a.is().phase()).isInstanceOf(Phase.Closed.class);
    }

    @Test
    void bothSayGoodbye_overDifferentOnes() {
        lost = (from, header) -> from == a && header.exchange().equals(ExchangeType.Known.INFORMATIONAL);
        growsOld(a);
        between.settle();
        lost = (from, _) -> from == b;
        b.happens(new Input.Close("that is all", false));
        between.settle();
        // what a says of the old one reaches b, which has not been heard over the new one
        between.now = between.now.plusSeconds(1);
        a.happens(new Input.Woke());
        between.settle();
        lost = (_, _) -> false;
        for (int second = 0; second < 10; second++) later(Duration.ofSeconds(1));
        assertThat(a.said).containsExactly("the peer deleted the IKE SA");
    }

    @Test
    void whatAStrangerSaysOverTheNextOneIsNotBelieved() {
        lost = (from, header) -> from == b && header.response();
        growsOld(a);
        between.settle();
        var next = b.is().next().orElseThrow().negotiated();
        var header = Header.of(next.spiI(), next.spiR(), ExchangeType.Known.INFORMATIONAL, false, true, MessageId.ZERO);
        var forged = new Message(header, List.of(Notify.of(NotifyType.AUTHENTICATION_FAILED))).encode();
        var before = b.is();
        b.hears(turned(new Path(new UdpAddress(HERE, 500), new UdpAddress(THERE, 500)), forged));
        assertThat(b.is()).isEqualTo(before);
    }

    @Test
    void aPeerThatAsksWithoutEndIsAnsweredWithALimit() {
        for (int time = 0; time < 30; time++) {
            growsOld(a);
            between.settle();
            between.now = between.now.plus(AFTER.dividedBy(1_000_000));
            a.state = Optional.of(a.is().in(established(a).renewingAt(between.now)));
        }
        assertThat(b.is().others()).hasSizeBetween(5, 8);
        assertThat(inUse(a).keys()).isEqualTo(inUse(b).keys());
    }
}
