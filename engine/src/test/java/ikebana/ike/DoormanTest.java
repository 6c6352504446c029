package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.auth.Endpoint;
import ikebana.auth.Identity;
import ikebana.crypto.SeededEntropy;
import ikebana.ike.Doorman.Decision;
import ikebana.settings.HalfOpen;
import ikebana.wire.Bytes;
import ikebana.wire.ExchangeType;
import ikebana.wire.Header;
import ikebana.wire.IkeSpi;
import ikebana.wire.IpAddress;
import ikebana.wire.Message;
import ikebana.wire.MessageId;
import ikebana.wire.Nonce;
import ikebana.wire.Notify;
import ikebana.wire.NotifyType;
import ikebana.wire.Payload;
import ikebana.wire.UdpAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DoormanTest {
    private static final HalfOpen LIMITS = new HalfOpen(2, 5, Duration.ofSeconds(30), Duration.ofSeconds(60));
    private static final Path PATH = new Path(address("192.0.2.1", 500), address("192.0.2.2", 500));

    private final Doorman doorman = new Doorman(LIMITS, CrashTokens.NONE, new SeededEntropy(1));
    private Doorman.State state = doorman.start(Instant.EPOCH);

    private static UdpAddress address(String ip, int port) {
        return new UdpAddress(IpAddress.of(ip), port);
    }

    private Decision arrives(Datagram datagram) {
        return arrives(datagram, Instant.EPOCH);
    }

    private Decision arrives(Datagram datagram, Instant at) {
        var opened = doorman.arrived(state, at, datagram);
        state = opened.next();
        return opened.decision();
    }

    private static Datagram newcomer(long spi, Path path, Optional<Bytes> cookie) {
        var payloads = new ArrayList<Payload>();
        cookie.ifPresent(bytes -> payloads.add(Notify.of(NotifyType.COOKIE, bytes)));
        payloads.add(new Nonce(Bytes.of(new byte[32])));
        var header =
                Header.of(new IkeSpi(spi), IkeSpi.NONE, ExchangeType.Known.IKE_SA_INIT, false, true, MessageId.ZERO);
        return new Datagram(path, new Message(header, payloads).encode());
    }

    private static Bytes cookieOf(Decision decision) {
        var answer = (Decision.Answer) decision;
        var message = ((Message.Decoded.Whole) Message.decode(answer.datagram().bytes())).message();
        return Message.notification(message.payloads(), NotifyType.COOKIE)
                .orElseThrow()
                .data();
    }

    @Test
    void aNewcomerIsWelcomeAndItsRepetitionGoesToTheSameSa() {
        var spi = ((Decision.Welcome) arrives(newcomer(1, PATH, Optional.empty()))).spi();
        assertThat(arrives(newcomer(1, PATH, Optional.empty()))).isEqualTo(new Decision.Deliver(spi));
    }

    @Test
    void aboveTheThresholdOnlyACookieOpensTheDoor() {
        arrives(newcomer(1, PATH, Optional.empty()));
        arrives(newcomer(2, PATH, Optional.empty()));
        var asked = arrives(newcomer(3, PATH, Optional.empty()));
        var cookie = cookieOf(asked);
        assertThat(arrives(newcomer(3, PATH, Optional.of(Bytes.ofHex("00"))))).isInstanceOf(Decision.Answer.class);
        assertThat(arrives(newcomer(3, PATH, Optional.of(cookie)))).isInstanceOf(Decision.Welcome.class);
    }

    @Test
    void inACrowdADemandForACookieIsAnsweredAtOnce_andWhoIsKnownOrShowsOneHasToArrive() {
        arrives(newcomer(1, PATH, Optional.empty()));
        assertThat(atOnce(newcomer(1, PATH, Optional.empty()))).isEmpty();
        arrives(newcomer(2, PATH, Optional.empty()));
        assertThat(atOnce(newcomer(3, PATH, Optional.empty())))
                .isEmpty(); // it changes the state: from now on it is crowded
        var asked = arrives(newcomer(3, PATH, Optional.empty()));

        assertThat(atOnce(newcomer(3, PATH, Optional.empty()))).contains(((Decision.Answer) asked).datagram());
        assertThat(atOnce(newcomer(2, PATH, Optional.empty()))).isEmpty();
        assertThat(atOnce(newcomer(3, PATH, Optional.of(cookieOf(asked))))).isEmpty();
        var late = Instant.EPOCH.plus(LIMITS.cookieLifetime());
        assertThat(doorman.answerAtOnce(state, late, newcomer(3, PATH, Optional.empty())))
                .isEmpty(); // the secret changes
    }

    private Optional<Datagram> atOnce(Datagram datagram) {
        return doorman.answerAtOnce(state, Instant.EPOCH, datagram);
    }

    @Test
    void aCookieIsBoundToSpiAddressAndPortAndGrowsOld() {
        arrives(newcomer(1, PATH, Optional.empty()));
        arrives(newcomer(2, PATH, Optional.empty()));
        var cookie = Optional.of(cookieOf(arrives(newcomer(3, PATH, Optional.empty()))));
        var elsewhere = new Path(PATH.local(), address("192.0.2.3", 500));
        var otherPort = new Path(PATH.local(), address("192.0.2.2", 501));
        assertThat(arrives(newcomer(4, PATH, cookie))).isInstanceOf(Decision.Answer.class);
        assertThat(arrives(newcomer(3, elsewhere, cookie))).isInstanceOf(Decision.Answer.class);
        assertThat(arrives(newcomer(3, otherPort, cookie))).isInstanceOf(Decision.Answer.class);
        var late = Instant.EPOCH.plusSeconds(61);
        arrives(newcomer(8, PATH, Optional.empty()), late);
        assertThat(arrives(newcomer(3, PATH, cookie), late.plusSeconds(61))).isInstanceOf(Decision.Answer.class);
    }

    @Test
    void beyondTheLimitThereIsSilenceUntilSomebodySettlesOrLeaves() {
        for (int spi = 1; spi <= 2; spi++) arrives(newcomer(spi, PATH, Optional.empty()));
        for (int spi = 3; spi <= 4; spi++) {
            var cookie = cookieOf(arrives(newcomer(spi, PATH, Optional.empty())));
            arrives(newcomer(spi, PATH, Optional.of(cookie)));
        }
        assertThat(arrives(newcomer(5, PATH, Optional.empty()))).isInstanceOf(Decision.Drop.class);
        var first = ((Decision.Deliver) arrives(newcomer(1, PATH, Optional.empty()))).spi();
        state = doorman.left(state, first);
        assertThat(arrives(newcomer(5, PATH, Optional.empty()))).isInstanceOf(Decision.Answer.class);

        var cookie = cookieOf(arrives(newcomer(5, PATH, Optional.empty())));
        arrives(newcomer(5, PATH, Optional.of(cookie)));
        assertThat(arrives(newcomer(6, PATH, Optional.empty()))).isInstanceOf(Decision.Drop.class);
        var second = ((Decision.Deliver) arrives(newcomer(2, PATH, Optional.empty()))).spi();
        state = doorman.settled(state, second);
        assertThat(arrives(newcomer(6, PATH, Optional.empty()))).isInstanceOf(Decision.Answer.class);
    }

    @Test
    void anAnswerToAStrangerIsLessThanThreeTimesWhatItSent() {
        arrives(newcomer(1, PATH, Optional.empty()));
        arrives(newcomer(2, PATH, Optional.empty()));
        var asks = newcomer(3, PATH, Optional.empty());
        var answer = (Decision.Answer) arrives(asks);
        assertThat(answer.datagram().bytes().length())
                .isLessThan(3 * asks.bytes().length());
    }

    @Test
    void aLengthThatIsNotTheDatagramsIsDropped() {
        var whole = newcomer(1, PATH, Optional.empty());
        var longer = new Datagram(PATH, Bytes.concat(whole.bytes(), Bytes.of((byte) 0)));
        assertThat(arrives(longer)).isInstanceOf(Decision.Drop.class);
        for (int length : List.of(0, 1, 27)) {
            assertThat(arrives(new Datagram(PATH, whole.bytes().slice(0, length))))
                    .isInstanceOf(Decision.Drop.class);
        }
    }

    @Test
    void anotherMajorVersionIsToldOurs() {
        var bytes = newcomer(1, PATH, Optional.empty()).bytes().toArray();
        bytes[17] = 0x30;
        var answer = (Decision.Answer) arrives(new Datagram(PATH, Bytes.of(bytes)));
        var message = ((Message.Decoded.Whole) Message.decode(answer.datagram().bytes())).message();
        assertThat(Message.has(message.payloads(), NotifyType.INVALID_MAJOR_VERSION))
                .isTrue();
    }

    @Test
    void anSaThatRetiresLeavesThePlaceOfAnotherThatItsRepeatedFirstMessageBegan() {
        var first = ((Decision.Welcome) arrives(newcomer(1, PATH, Optional.empty()))).spi();
        state = doorman.settled(state, first);
        var second = ((Decision.Welcome) arrives(newcomer(1, PATH, Optional.empty()))).spi();
        state = doorman.left(state, first);
        assertThat(arrives(newcomer(1, PATH, Optional.empty()))).isEqualTo(new Decision.Deliver(second));
    }

    @Test
    void oneAddressThatShowsCookiesDoesNotFillTheHouseAlone() {
        var wide = new Doorman(
                new HalfOpen(0, 1000, Duration.ofSeconds(30), Duration.ofSeconds(60)),
                CrashTokens.NONE,
                new SeededEntropy(1));
        state = wide.start(Instant.EPOCH);
        for (int number = 1; number <= 50; number++) {
            assertThat(begins(wide, number, PATH)).isInstanceOf(Decision.Welcome.class);
        }
        assertThat(begins(wide, 51, PATH)).isEqualTo(new Decision.Drop("too many half-open IKE SAs from one address"));
        var another = new Path(PATH.local(), address("192.0.2.3", 500));
        assertThat(begins(wide, 52, another)).isInstanceOf(Decision.Welcome.class);
    }

    @Test
    void addressesOfOneIpv6NetworkCountAsOne() {
        var wide = new Doorman(
                new HalfOpen(0, 1000, Duration.ofSeconds(30), Duration.ofSeconds(60)),
                CrashTokens.NONE,
                new SeededEntropy(1));
        state = wide.start(Instant.EPOCH);
        for (int number = 1; number <= 50; number++) {
            assertThat(begins(wide, number, from("2001:db8::" + number))).isInstanceOf(Decision.Welcome.class);
        }
        assertThat(begins(wide, 51, from("2001:db8::ffff:0:0:51"))).isInstanceOf(Decision.Drop.class);
        assertThat(begins(wide, 52, from("2001:db8:0:1::1"))).isInstanceOf(Decision.Welcome.class);
    }

    private static Path from(String source) {
        return new Path(address("2001:db8:1::1", 500), address(source, 500));
    }

    @Test
    void onceCrowdedCookiesAreDemandedUntilThreeQuartersOfTheThreshold() {
        var door = new Doorman(
                new HalfOpen(8, 100, Duration.ofSeconds(30), Duration.ofSeconds(60)),
                CrashTokens.NONE,
                new SeededEntropy(1));
        state = door.start(Instant.EPOCH);
        for (int number = 1; number <= 8; number++) comesIn(door, number);
        assertThat(comes(door, 9)).isInstanceOf(Decision.Answer.class);
        state = door.left(state, spis.get(0));
        assertThat(comes(door, 9)).isInstanceOf(Decision.Answer.class);
        state = door.left(state, spis.get(1));
        comesIn(door, 9);
        comesIn(door, 10);
        assertThat(comes(door, 11)).isInstanceOf(Decision.Answer.class);
    }

    private Decision comes(Doorman door, long spi) {
        var opened = door.arrived(state, Instant.EPOCH, newcomer(spi, PATH, Optional.empty()));
        state = opened.next();
        return opened.decision();
    }

    private void comesIn(Doorman door, long spi) {
        spis.add(((Decision.Welcome) comes(door, spi)).spi());
    }

    @Test
    void whoeverWasRefusedAndOnlyHearsItsLastAnswerAgainTakesNoPlace() {
        var first = ((Decision.Welcome) arrives(newcomer(1, PATH, Optional.empty()))).spi();
        arrives(newcomer(2, PATH, Optional.empty()));
        assertThat(arrives(newcomer(3, PATH, Optional.empty()))).isInstanceOf(Decision.Answer.class);
        var finished = new Ledger.Happening.Finished(first, Ending.REFUSAL, "a wrong AUTH");
        state = doorman.reported(state, finished);
        assertThat(arrives(newcomer(3, PATH, Optional.empty()))).isInstanceOf(Decision.Welcome.class);
    }

    @Test
    void aNatFullOfHonestSpokesComesInBecauseWhoeverAuthenticatesMakesRoom() {
        var wide = new Doorman(
                new HalfOpen(0, 1000, Duration.ofSeconds(30), Duration.ofSeconds(60)),
                CrashTokens.NONE,
                new SeededEntropy(1));
        state = wide.start(Instant.EPOCH);
        for (int number = 1; number <= 500; number++) {
            var path = new Path(PATH.local(), address("192.0.2.2", 10_000 + number));
            var welcome = (Decision.Welcome) begins(wide, number, path);
            // forty of them are on their way at any moment
            var before = (long) number - 40;
            if (before > 0) state = wide.settled(state, spis.get((int) before - 1));
            spis.add(welcome.spi());
        }
    }

    private final List<IkeSpi> spis = new ArrayList<>();

    /// With the cookie that it is asked for.
    private Decision begins(Doorman door, long spi, Path path) {
        var asked = door.arrived(state, Instant.EPOCH, newcomer(spi, path, Optional.empty()));
        var again = newcomer(spi, path, Optional.of(cookieOf(asked.decision())));
        var opened = door.arrived(asked.next(), Instant.EPOCH, again);
        state = opened.next();
        return opened.decision();
    }

    @Test
    void behindAClosedDoorOnlyThoseWhoAreInAreHeard() {
        var spi = ((Decision.Welcome) arrives(newcomer(1, PATH, Optional.empty()))).spi();
        state = doorman.closed(state);
        assertThat(arrives(newcomer(2, PATH, Optional.empty()))).isEqualTo(new Decision.Drop("the daemon is stopping"));
        assertThat(arrives(newcomer(1, PATH, Optional.empty()))).isEqualTo(new Decision.Deliver(spi));
    }

    // ---- IKE SAs that we do not have

    private static Datagram of(long spi, boolean response, int firstPayload) {
        var header = Header.of(
                new IkeSpi(7), new IkeSpi(spi), ExchangeType.Known.INFORMATIONAL, response, true, new MessageId(5));
        var bytes = new Message(header, List.of(new Nonce(Bytes.of(new byte[32]))))
                .encode()
                .toArray();
        bytes[16] = (byte) firstPayload; // nobody looks inside
        return new Datagram(PATH, Bytes.of(bytes));
    }

    @Test
    void whoeverAsksForAnIkeSaThatWeDoNotHaveIsToldSo() {
        for (int sealed : List.of(46, 53)) {
            var request = of(99, false, sealed);
            var answer = ((Decision.Answer) arrives(request)).datagram();
            assertThat(answer.path()).isEqualTo(PATH);
            assertThat(answer.bytes().length()).isLessThan(request.bytes().length());
            var message = ((Message.Decoded.Whole) Message.decode(answer.bytes())).message();
            assertThat(message.header().initiator()).isEqualTo(new IkeSpi(7));
            assertThat(message.header().responder()).isEqualTo(new IkeSpi(99));
            assertThat(message.header().exchange()).isEqualTo(ExchangeType.Known.INFORMATIONAL);
            assertThat(message.header().messageId()).isEqualTo(new MessageId(5));
            assertThat(message.header().response()).isTrue();
            assertThat(message.header().fromInitiator()).isFalse();
            assertThat(message.payloads()).containsExactly(Notify.of(NotifyType.INVALID_IKE_SPI));
        }
    }

    @Test
    void anAnswerForAnIkeSaThatWeDoNotHaveIsNotAnswered() {
        assertThat(arrives(of(99, true, 46))).isInstanceOf(Decision.Drop.class);
        assertThat(arrives(of(99, false, 40))).isInstanceOf(Decision.Drop.class);
    }

    @Test
    void onlySoManyAreToldInASecond() {
        for (int i = 0; i < LIMITS.unknownAnswered(); i++) {
            assertThat(arrives(of(99, false, 46))).isInstanceOf(Decision.Answer.class);
        }
        var later = Instant.EPOCH.plusMillis(999);
        assertThat(arrives(of(99, false, 46), later)).isInstanceOf(Decision.Drop.class);
        assertThat(arrives(of(99, false, 46), later.plusMillis(1))).isInstanceOf(Decision.Answer.class);
    }

    private static final Path MEMBER = new Path(PATH.local(), address("192.0.2.9", 500));
    private static final Endpoint MEMBERS =
            new Endpoint("dmvpn", PATH.local().ip(), MEMBER.remote().ip());

    /// As many strangers as are let in: four of five.
    private void isFullOfStrangers() {
        for (int spi = 1; spi <= 2; spi++) arrives(newcomer(spi, PATH, Optional.empty()));
        for (int spi = 3; spi <= 4; spi++) begins(doorman, spi, PATH);
        assertThat(arrives(newcomer(5, PATH, Optional.empty()))).isInstanceOf(Decision.Drop.class);
        assertThat(arrives(newcomer(6, MEMBER, Optional.empty()))).isInstanceOf(Decision.Drop.class);
    }

    @Test
    void whoHasAuthenticatedBeforeComesInWhereStrangersNoLongerDo() {
        isFullOfStrangers();
        var question = new Effect.AskAdmission(
                new Ticket(1),
                MEMBERS,
                Identity.of("spoke"),
                false,
                false,
                Bytes.EMPTY,
                false,
                Optional.empty(),
                List.of());
        state = doorman.reported(state, new Ledger.Happening.AdmissionAsked(new IkeSpi(77), question));
        assertThat(begins(doorman, 6, MEMBER)).isInstanceOf(Decision.Welcome.class);
        assertThat(arrives(newcomer(7, MEMBER, Optional.empty()))).isInstanceOf(Decision.Drop.class);
    }

    @Test
    void whoWasThereInTheLifeBeforeIsKnown() {
        state = doorman.reported(state, new Ledger.Happening.Remembered(Map.of(MEMBERS, Identity.of("spoke"))));
        for (int spi = 1; spi <= 2; spi++) arrives(newcomer(spi, PATH, Optional.empty()));
        for (int spi = 3; spi <= 4; spi++) begins(doorman, spi, PATH);
        assertThat(arrives(newcomer(5, PATH, Optional.empty()))).isInstanceOf(Decision.Drop.class);
        assertThat(begins(doorman, 6, MEMBER)).isInstanceOf(Decision.Welcome.class);
    }

    @Test
    void ofTooManyWhoAreKnownTheOneThatCameFirstIsForgotten() {
        var everybody = IntStream.rangeClosed(0, Doorstep.MOST_KNOWN)
                .mapToObj(number ->
                        IpAddress.of("10.%d.%d.%d".formatted(number >>> 16, number >>> 8 & 255, number & 255)))
                .toList();
        var doorstep = Doorstep.NOBODY.knowing(everybody.subList(0, Doorstep.MOST_KNOWN));
        doorstep = doorstep.knowing(List.of(everybody.getFirst())).knowing(List.of(everybody.getLast()));
        assertThat(doorstep.knows(everybody.get(1))).isFalse();
        assertThat(doorstep.knows(everybody.getFirst())).isTrue();
        assertThat(doorstep.knows(everybody.getLast())).isTrue();
    }
}
