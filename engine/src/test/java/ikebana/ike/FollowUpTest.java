package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.Examples;
import ikebana.auth.Childless;
import ikebana.auth.Endpoint;
import ikebana.auth.Profile;
import ikebana.crypto.Entropy;
import ikebana.crypto.IkeKeys;
import ikebana.crypto.KeyExchangeMethod;
import ikebana.crypto.KeyExchanges;
import ikebana.crypto.KeyPair;
import ikebana.crypto.SeededEntropy;
import ikebana.settings.IkeSettings;
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
import ikebana.wire.Secret;
import ikebana.wire.UdpAddress;
import ikebana.wire.Unknown;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.BiPredicate;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Two key exchanges in a rekeying (RFC 9370 2.2.4), between two ends of ours. How it goes well is told by the
/// transcripts `rekey-*-second-key-exchange*`, too.
class FollowUpTest {
    private static final IpAddress HERE = IpAddress.of("192.0.2.1");
    private static final IpAddress THERE = IpAddress.of("192.0.2.2");
    private static final String ONE = Examples.IKE;
    private static final String TWO = Examples.IKE + "-ke1_mlkem768";
    private static final String ESP = "aes256gcm16-x25519-ke1_mlkem768";
    private static final ExchangeType FOLLOW_UP = ExchangeType.Known.IKE_FOLLOWUP_KE;
    private static final ExchangeType CREATE = ExchangeType.Known.CREATE_CHILD_SA;

    /// Each message in one datagram, so that it can be changed.
    private static final IkeSettings WHOLE =
            Examples.settings(Examples.SETTINGS.halfOpen(), Duration.ofSeconds(1), 8000);

    /// What is rekeyed.
    enum Of {
        IKE,
        CHILD;

        void growsOld(End end) {
            if (this == CHILD) {
                end.happens(new Input.GrewOld(wanted(end).pair().outbound().id()));
                return;
            }
            end.state = Optional.of(end.is().in(established(end).renewingAt(Instant.EPOCH)));
            end.happens(new Input.Woke());
        }
    }

    private BiPredicate<End, Header> lost = (_, _) -> false;
    private UnaryOperator<List<Payload>> detour = payloads -> payloads;
    private final List<Secret> results = new ArrayList<>();

    private final End.Between between = new End.Between() {
        @Override
        void carries(End from, Datagram datagram) {
            var header = Header.peek(datagram.bytes()).orElseThrow();
            if (lost.test(from, header)) return;
            var bytes = datagram.bytes();
            var keys = Wiretap.of(from.is());
            if (keys.isPresent()) {
                var payloads = keys.get().read(bytes);
                var changed = detour.apply(payloads);
                if (!changed.equals(payloads)) bytes = keys.get().changed(bytes, _ -> changed);
            }
            var path = new Path(datagram.path().remote(), datagram.path().local());
            (from == a ? b : a).hears(new Datagram(path, bytes));
        }
    };
    private End a = end(HERE, WHOLE, TWO);
    private End b = end(THERE, WHOLE, TWO);

    /// Remembers what a's key exchanges come to.
    private final class Listening implements KeyExchanges {
        @Override
        public KeyPair generate(KeyExchangeMethod method, Entropy entropy) {
            return KeyExchanges.REAL.generate(method, entropy);
        }

        @Override
        public Optional<KeyExchangeMethod.Answer> answer(KeyExchangeMethod method, Bytes theirs, Entropy entropy) {
            return KeyExchanges.REAL.answer(method, theirs, entropy);
        }

        @Override
        public Optional<Secret> agree(KeyExchangeMethod method, KeyPair ours, Bytes answer) {
            var result = KeyExchanges.REAL.agree(method, ours, answer);
            result.ifPresent(secret -> results.add(Secret.owning(secret.expose())));
            return result;
        }
    }

    private End end(IpAddress address, IkeSettings settings, String... ike) {
        return end(Examples.withEsp(Examples.profile(address, ike), ESP), settings);
    }

    private End end(Profile profile, IkeSettings settings) {
        var address = profile.local().contains(HERE) ? HERE : THERE;
        var entropy = new SeededEntropy(address.equals(HERE) ? 1 : 2);
        return new End(profile, settings, entropy, new Listening(), between);
    }

    private void dials() {
        var path = new Path(new UdpAddress(HERE, 500), new UdpAddress(THERE, 500));
        var dial = new Dial(new Endpoint("dmvpn", HERE, THERE), a.profile, 0);
        a.perform(a.machine.dial(new IkeSpi(1), path, dial, between.now));
    }

    private void stands() {
        dials();
        between.settle();
        between.wire.clear();
        results.clear();
    }

    private static Phase.Established established(End end) {
        assertThat(end.is().phase()).as("%s: %s", end.is(), end.said).isInstanceOf(Phase.Established.class);
        return (Phase.Established) end.is().phase();
    }

    private static Negotiated inUse(End end) {
        return established(end).agreed().negotiated();
    }

    private static ChildSa wanted(End end) {
        return established(end).children().stream()
                .filter(ChildSa::isWanted)
                .reduce((_, later) -> later)
                .orElseThrow();
    }

    private void later(Duration duration) {
        between.now = between.now.plus(duration);
        for (var end : List.of(a, b)) {
            for (int turn = 0; turn < 5; turn++) end.happens(new Input.Woke());
        }
        between.settle();
    }

    private void calms() {
        lost = (_, _) -> false;
        detour = payloads -> payloads;
        for (int second = 0; second < 60; second++) later(Duration.ofSeconds(1));
    }

    /// The same keys at both ends, of an IKE SA and of one pair that mirrors the other.
    private void bothHaveTheSame() {
        assertThat(inUse(a).keys()).isEqualTo(inUse(b).keys());
        assertThat(inUse(a).spiI()).isEqualTo(inUse(b).spiI());
        assertThat(inUse(a).spiR()).isEqualTo(inUse(b).spiR());
        assertThat(inUse(a).keys().suite()).hasToString(TWO);
        assertThat(established(a).children()).hasSize(1);
        assertThat(established(b).children()).hasSize(1);
        assertThat(wanted(a).pair().inbound().encryptionKey())
                .isEqualTo(wanted(b).pair().outbound().encryptionKey());
        assertThat(wanted(b).pair().inbound().encryptionKey())
                .isEqualTo(wanted(a).pair().outbound().encryptionKey());
        for (var end : List.of(a, b)) {
            assertThat(end.is().others()).isEmpty();
            assertThat(end.is().passing()).isEmpty();
            assertThat(end.is().window().flight()).isEmpty();
            assertThat(end.said).isEmpty();
        }
    }

    private List<Header> said(ExchangeType exchange) {
        return between.wire.stream()
                .map(it -> Header.peek(it.bytes()).orElseThrow())
                .filter(it -> it.exchange().equals(exchange))
                .toList();
    }

    /// What was said, as whoever has the keys of before and of now reads it.
    private List<Payload> read(Wiretap keys, ExchangeType exchange, boolean response) {
        return between.wire.stream()
                .map(Datagram::bytes)
                .filter(it -> Header.peek(it)
                        .filter(header -> header.exchange().equals(exchange) && header.response() == response)
                        .isPresent())
                .flatMap(it -> keys.read(it).stream())
                .toList();
    }

    // ---- it comes to something

    @ParameterizedTest
    @EnumSource
    void whoeverAsks_bothHaveTheSameInTheEnd(Of of) {
        for (var asks : List.of(true, false)) {
            a = end(HERE, WHOLE, TWO);
            b = end(THERE, WHOLE, TWO);
            stands();
            var before = inUse(a).keys();
            var child = wanted(a).inbound();
            of.growsOld(asks ? a : b);
            between.settle();
            calms();
            bothHaveTheSame();
            assertThat(said(FOLLOW_UP)).hasSize(2);
            assertThat(inUse(a).keys().equals(before)).isEqualTo(of == Of.CHILD);
            assertThat(wanted(a).inbound().equals(child)).isEqualTo(of == Of.IKE);
        }
    }

    /// RFC 9370 2.2.4, calculated by hand.
    @Test
    void aPeerMayTakeTheOfferWithoutAnyKeyExchange() {
        a = end(Examples.withEsp(Examples.profile(HERE, ONE), ESP, "aes256gcm16-esn-noesn"), WHOLE);
        b = end(Examples.withEsp(Examples.profile(THERE, ONE), "aes256gcm16-esn-noesn"), WHOLE);
        stands();
        var old = wanted(a);
        Of.CHILD.growsOld(a);
        between.settle();
        assertThat(wanted(a).inbound()).isNotEqualTo(old.inbound());
        assertThat(results).isEmpty();
        assertThat(wanted(a).pair().inbound().encryptionKey())
                .isEqualTo(wanted(b).pair().outbound().encryptionKey());
        assertThat(wanted(b).pair().inbound().encryptionKey())
                .isEqualTo(wanted(a).pair().outbound().encryptionKey());
    }

    @Test
    void theKeysOfTheNextIkeSaComeFromBothExchanges() throws GeneralSecurityException {
        stands();
        var d = inUse(a).keys().d().expose();
        Of.IKE.growsOld(a);
        between.settle();
        assertThat(results).hasSize(2);
        var next = inUse(a);
        var skeyseed = hmac(
                d,
                results.get(0).expose(),
                next.nonceI().toArray(),
                next.nonceR().toArray(),
                results.get(1).expose());
        var stream = plus(
                skeyseed,
                32 + 36 + 36 + 32 + 32,
                next.nonceI().toArray(),
                next.nonceR().toArray(),
                next.spiI().toBytes().toArray(),
                next.spiR().toBytes().toArray());
        assertThat(stream).isEqualTo(all(next.keys()));
    }

    private static byte[] all(IkeKeys keys) {
        return joined(Stream.of(keys.d(), keys.ei(), keys.er(), keys.pi(), keys.pr())
                .map(Secret::expose)
                .toArray(byte[][]::new));
    }

    /// The same of a child: KEYMAT = prf+(SK_d, SK(0) | Ni | Nr | SK(1)).
    @Test
    void theKeysOfAChildComeFromBothExchanges() throws GeneralSecurityException {
        stands();
        var keys = Wiretap.of(a.is()).orElseThrow();
        Of.CHILD.growsOld(a);
        between.settle();
        assertThat(results).hasSize(2);
        var nonceI = Message.first(read(keys, CREATE, false), Nonce.class).orElseThrow();
        var nonceR = Message.first(read(keys, CREATE, true), Nonce.class).orElseThrow();
        var keymat = plus(
                inUse(a).keys().d().expose(),
                36 + 36,
                results.get(0).expose(),
                nonceI.data().toArray(),
                nonceR.data().toArray(),
                results.get(1).expose());
        var made = wanted(a).pair();
        assertThat(keymat)
                .isEqualTo(joined(
                        made.outbound().encryptionKey().expose(),
                        made.inbound().encryptionKey().expose()));
    }

    private static byte[] hmac(byte[] key, byte[]... data) throws GeneralSecurityException {
        var mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(joined(data));
    }

    private static byte[] plus(byte[] key, int length, byte[]... seed) throws GeneralSecurityException {
        var stream = new byte[0];
        var last = new byte[0];
        for (int number = 1; stream.length < length; number++) {
            last = hmac(key, last, joined(seed), new byte[] {(byte) number});
            stream = joined(stream, last);
        }
        return Arrays.copyOf(stream, length);
    }

    private static byte[] joined(byte[]... parts) {
        var out = new java.io.ByteArrayOutputStream();
        for (var part : parts) out.writeBytes(part);
        return out.toByteArray();
    }

    @ParameterizedTest
    @EnumSource
    void whatIsTooLargeGoesInFragments(Of of) {
        a = end(HERE, Examples.SETTINGS, TWO);
        b = end(THERE, Examples.SETTINGS, TWO);
        stands();
        of.growsOld(a);
        between.settle();
        calms();
        bothHaveTheSame();
        assertThat(said(FOLLOW_UP).stream().filter(it -> !it.response())).hasSize(2);
        assertThat(between.wire)
                .allSatisfy(it -> assertThat(it.bytes().length()).isLessThan(1280));
    }

    /// Nothing is installed, and no IKE SA is there, before the second exchange is over.
    @ParameterizedTest
    @EnumSource
    void theFirstExchangeAloneMakesNothing(Of of) {
        stands();
        var before = b.asked.size();
        lost = (_, header) -> header.exchange().equals(FOLLOW_UP);
        of.growsOld(a);
        between.settle();
        assertThat(b.asked).hasSize(before);
        assertThat(b.is().others()).isEmpty();
        assertThat(b.is().furtherSpis()).isEmpty();
        assertThat(established(b).children()).hasSize(1);
        assertThat(established(b).awaited()).isPresent();
        calms();
        bothHaveTheSame();
    }

    @ParameterizedTest
    @EnumSource
    void whicheverMessageIsLost_itIsSaidAgain(Of of) {
        for (var exchange : List.of(CREATE, FOLLOW_UP)) {
            for (var response : List.of(true, false)) {
                a = end(HERE, WHOLE, TWO);
                b = end(THERE, WHOLE, TWO);
                stands();
                lost = (_, header) -> header.exchange().equals(exchange) && header.response() == response;
                of.growsOld(a);
                between.settle();
                lost = (_, _) -> false;
                later(Duration.ofSeconds(1));
                assertThat(said(FOLLOW_UP)).hasSizeGreaterThanOrEqualTo(2);
                calms();
                bothHaveTheSame();
                assertThat(said(CREATE).stream()
                                .filter(it -> !it.response())
                                .map(Header::messageId)
                                .distinct())
                        .hasSize(1);
            }
        }
    }

    // ---- it comes to nothing

    private List<Payload> answerTo(Of of, UnaryOperator<List<Payload>> change) {
        stands();
        var keys = Wiretap.of(b.is()).orElseThrow();
        var done = new boolean[1];
        detour = payloads -> {
            boolean asks = payloads.size() == 2
                    && payloads.getFirst() instanceof KeyExchange
                    && Message.has(payloads, NotifyType.ADDITIONAL_KEY_EXCHANGE);
            if (done[0] || !asks) return payloads;
            done[0] = true;
            return change.apply(payloads);
        };
        of.growsOld(a);
        between.settle();
        return read(keys, FOLLOW_UP, true);
    }

    private static final Notify NOT_FOUND = Notify.of(NotifyType.STATE_NOT_FOUND);

    @ParameterizedTest
    @EnumSource
    void anotherLink_orNone_isNotFound_andAskedForAnewLater(Of of) {
        for (var wrong : List.of(
                List.of(Notify.of(NotifyType.ADDITIONAL_KEY_EXCHANGE, Bytes.of(new byte[16]))),
                List.of(Notify.of(NotifyType.ADDITIONAL_KEY_EXCHANGE)),
                List.<Notify>of())) {
            a = end(HERE, WHOLE, TWO);
            b = end(THERE, WHOLE, TWO);
            var said = answerTo(
                    of,
                    payloads -> Stream.concat(Stream.of(payloads.getFirst()), wrong.stream())
                            .toList());
            assertThat(said).containsExactly(NOT_FOUND);
            assertThat(established(b).awaited()).isPresent();
            assertThat(established(a).asked()).isEmpty();
            assertThat(a.is().passing()).isEmpty();
            between.wire.clear();
            calms();
            bothHaveTheSame();
            assertThat(said(FOLLOW_UP)).hasSize(2);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aValueThatNobodySendsIsRefused_andWhatWasHalfMadeIsForgotten(Of of) {
        var said = answerTo(of, payloads -> List.of(new KeyExchange(36, Bytes.of(new byte[1183])), payloads.getLast()));
        assertThat(said).containsExactly(Notify.of(NotifyType.INVALID_SYNTAX));
        assertThat(established(b).awaited()).isEmpty();
        assertThat(b.is().passing()).isEmpty();
        calms();
        bothHaveTheSame();
    }

    @Test
    void whatNobodyHasAskedForChangesNothing() {
        stands();
        a.happens(new Input.Probe());
        between.settle();
        between.wire.clear();
        var before = established(b);
        var insider = Insider.of(a.is(), new SeededEntropy(9)).orElseThrow();
        var chain = List.<Payload>of(
                new KeyExchange(36, Bytes.of(new byte[1184])),
                Notify.of(NotifyType.ADDITIONAL_KEY_EXCHANGE, Bytes.of(new byte[16])));
        var bytes =
                insider.says(FOLLOW_UP, false, insider.next(), Message.firstType(chain), Message.encodeChain(chain), 1);
        b.hears(new Datagram(new Path(new UdpAddress(THERE, 500), new UdpAddress(HERE, 500)), bytes));
        assertThat(Wiretap.of(a.is()).orElseThrow().read(between.wire.getFirst().bytes()))
                .containsExactly(NOT_FOUND);
        assertThat(established(b)).isEqualTo(before);
    }

    /// It comes too late: it has to begin anew.
    @ParameterizedTest
    @EnumSource
    void aPeerThatNeverComesIsForgotten(Of of) {
        stands();
        lost = (_, header) -> header.exchange().equals(FOLLOW_UP);
        of.growsOld(a);
        between.settle();
        var kept = b.is().passing();
        assertThat(kept).hasSize(1);
        // meanwhile we ask for nothing of the kind ourselves
        var asked = said(CREATE).size();
        Of.CHILD.growsOld(b);
        assertThat(said(CREATE)).hasSize(asked);
        assertThat(b.is().wakeAt(WHOLE)).hasValueSatisfying(at -> assertThat(at).isAfter(between.now));
        between.now = between.now.plus(WHOLE.halfOpen().lifetime());
        b.happens(new Input.Woke());
        assertThat(established(b).awaited()).isEmpty();
        assertThat(kept.getFirst()).isEqualTo(Secret.owning(new byte[32]));
        lost = (_, _) -> false;
        calms();
        bothHaveTheSame();
    }

    /// RFC 9370 2.2.4: after several times it is an error of the peer's.
    @ParameterizedTest
    @EnumSource
    void aPeerThatForgetsEachTimeIsLeft(Of of) {
        stands();
        detour = FollowUpTest::withAnotherLink;
        of.growsOld(a);
        between.settle();
        for (int second = 0; second < 300 && a.said.isEmpty(); second++) later(Duration.ofSeconds(1));
        assertThat(a.said).containsExactly("the peer forgets each time what it has half agreed to");
        assertThat(said(FOLLOW_UP).stream().filter(Header::response)).hasSizeBetween(4, 6);
    }

    /// Whatever else a peer says to it, however often, is a refusal like any other.
    @ParameterizedTest
    @EnumSource
    void aPeerThatRefusesOftenAndForgetsOnceIsNotLeft(Of of) {
        stands();
        int[] answers = {0};
        detour = payloads -> {
            if (!payloads.equals(List.of(NOT_FOUND))) return withAnotherLink(payloads);
            return List.of(++answers[0] > 6 ? NOT_FOUND : Notify.of(NotifyType.TEMPORARY_FAILURE));
        };
        of.growsOld(a);
        between.settle();
        for (int second = 0; second < 900 && answers[0] < 7; second++) later(Duration.ofSeconds(1));
        assertThat(answers[0]).isEqualTo(7);
        assertThat(a.said).isEmpty();
        assertThat(established(a).age().forgotten()).isEqualTo(1);
    }

    /// What has come to something in between begins the count anew.
    @Test
    void aPeerThatForgetsNowAndThenIsNotLeft() {
        stands();
        for (int time = 0; time < 8; time++) {
            detour = FollowUpTest::withAnotherLink;
            Of.CHILD.growsOld(a);
            between.settle();
            assertThat(established(a).age().forgotten()).isEqualTo(1);
            detour = payloads -> payloads;
            calms();
        }
        assertThat(a.said).isEmpty();
    }

    private static List<Payload> withAnotherLink(List<Payload> payloads) {
        return payloads.size() == 2
                        && payloads.getFirst() instanceof KeyExchange
                        && Message.has(payloads, NotifyType.ADDITIONAL_KEY_EXCHANGE)
                ? List.of(payloads.getFirst(), Notify.of(NotifyType.ADDITIONAL_KEY_EXCHANGE, Bytes.ofHex("00")))
                : payloads;
    }

    /// One half is kept, whatever a peer begins.
    @ParameterizedTest
    @EnumSource
    void aPeerThatBeginsWithoutEndIsRememberedOnce(Of of) {
        stands();
        detour = FollowUpTest::withAnotherLink;
        var kept = new ArrayList<Secret>();
        for (int time = 0; time < 2; time++) {
            of.growsOld(a);
            between.settle();
            assertThat(b.is().passing()).hasSize(1);
            kept.addAll(b.is().passing());
            a.state = Optional.of(a.is().in(established(a).replace(wanted(a).with(new ChildSa.Stays()))));
        }
        assertThat(said(FOLLOW_UP)).hasSize(4);
        var zeros = Secret.owning(new byte[32]);
        assertThat(kept.stream().filter(it -> !it.equals(zeros))).hasSize(1);
    }

    /// The peer believes in what it has made, and we do not know it: a child is deleted, an IKE SA is left.
    @ParameterizedTest
    @EnumSource
    void anAnswerThatWeCannotUseEndsWhatThePeerHasMade(Of of) {
        List<UnaryOperator<List<Payload>>> ways = List.of(
                _ -> List.of(new KeyExchange(36, Bytes.of(new byte[7]))),
                _ -> List.of(new KeyExchange(35, Bytes.of(new byte[768]))),
                payloads -> List.of(payloads.getFirst(), new Unknown(200, true, Bytes.EMPTY)));
        for (var way : ways) {
            detour = payloads -> payloads;
            a = end(HERE, WHOLE, TWO);
            b = end(THERE, WHOLE, TWO);
            stands();
            detour = payloads ->
                    payloads.size() == 1 && payloads.getFirst() instanceof KeyExchange ? way.apply(payloads) : payloads;
            of.growsOld(a);
            between.settle();
            if (of == Of.IKE) {
                assertThat(a.said).hasSize(1).first().asString().contains("none that we can use");
                continue;
            }
            assertThat(said(ExchangeType.Known.INFORMATIONAL)).isNotEmpty();
            for (var end : List.of(a, b)) {
                assertThat(established(end).children().stream().filter(ChildSa::isWanted))
                        .hasSize(1);
            }
            calms();
            bothHaveTheSame();
        }
    }

    /// What has been left answers, too, and knows of nothing.
    @Test
    void overAnIkeSaThatHasBeenLeftNothingIsAwaited() {
        stands();
        var insider = Insider.of(a.is(), new SeededEntropy(9)).orElseThrow();
        var keys = Wiretap.of(a.is()).orElseThrow();
        Of.IKE.growsOld(a);
        between.settle();
        between.wire.clear();
        var left = b.is().others().getFirst();
        assertThat(left.isLeft()).isTrue();
        var chain = List.<Payload>of(Notify.of(NotifyType.ADDITIONAL_KEY_EXCHANGE, Bytes.of(new byte[16])));
        var bytes = insider.says(
                FOLLOW_UP,
                false,
                left.window().expected().value(),
                Message.firstType(chain),
                Message.encodeChain(chain),
                1);
        b.hears(new Datagram(new Path(new UdpAddress(THERE, 500), new UdpAddress(HERE, 500)), bytes));
        assertThat(read(keys, FOLLOW_UP, true)).containsExactly(NOT_FOUND);
    }

    /// Meanwhile others may have taken the places that there are.
    @Test
    void thereIsRoomWhenItIsMade_orItIsNot() {
        stands();
        var another = wanted(b);
        preferChildless();
        lost = (_, header) -> header.exchange().equals(FOLLOW_UP);
        dials();
        between.settle();
        var full = established(b);
        for (int number = 0; number < WHOLE.mostChildren(); number++) full = full.plus(another);
        b.state = Optional.of(b.is().in(full));
        var keys = Wiretap.of(b.is()).orElseThrow();
        lost = (_, _) -> false;
        later(Duration.ofSeconds(1));
        assertThat(read(keys, FOLLOW_UP, true)).contains(Notify.of(NotifyType.NO_ADDITIONAL_SAS));
        assertThat(b.is().passing()).isEmpty();
    }

    // ---- something comes in between

    @ParameterizedTest
    @EnumSource
    void whoeverIsAskedWhetherItLivesMeanwhileSaysSo(Of of) {
        stands();
        lost = (_, header) -> header.exchange().equals(FOLLOW_UP);
        of.growsOld(a);
        between.settle();
        b.happens(new Input.Probe());
        between.settle();
        assertThat(b.is().window().flight()).isEmpty();
        calms();
        bothHaveTheSame();
    }

    @ParameterizedTest
    @EnumSource
    void whoeverClosesMeanwhile_leavesNothingAtThePeer(Of of) {
        for (var closer : List.of(true, false)) {
            for (var response : List.of(true, false)) {
                a = end(HERE, WHOLE, TWO);
                b = end(THERE, WHOLE, TWO);
                stands();
                lost = (_, header) -> header.exchange().equals(FOLLOW_UP) && header.response() == response;
                of.growsOld(a);
                between.settle();
                (closer ? a : b).happens(new Input.Close("that is all", false));
                between.settle();
                lost = (_, _) -> false;
                for (int second = 0; second < 120; second++) later(Duration.ofSeconds(1));
                for (var end : List.of(a, b)) {
                    assertThat(end.is().phase()).isNotInstanceOf(Phase.Established.class);
                    assertThat(end.is().phase()).isNotInstanceOf(Phase.Deleting.class);
                    assertThat(end.is().furtherSpis()).isEmpty();
                    assertThat(end.is().passing()).isEmpty();
                    assertThat(end.said).noneMatch(why -> why.contains("dead"));
                }
            }
        }
    }

    /// The hard limit has come, or somebody has ended it by hand: what is made is a child like any other.
    @Test
    void thePredecessorMayEndMeanwhile() {
        stands();
        lost = (_, header) -> header.exchange().equals(FOLLOW_UP);
        Of.CHILD.growsOld(a);
        between.settle();
        var old = wanted(b);
        b.state = Optional.of(b.is().in(established(b).minus(old)));
        assertThat(established(b).isWithoutChildren()).isFalse();
        calms();
        assertThat(wanted(b).inbound()).isNotEqualTo(old.inbound());
        assertThat(wanted(b).replaces()).isEmpty();
        assertThat(wanted(b).outbound()).isInstanceOf(ChildSa.InUse.class);
        assertThat(inUse(a).keys()).isEqualTo(inUse(b).keys());
    }

    // ---- both at once

    @ParameterizedTest
    @EnumSource
    void bothAtOnce_inWhateverOrder(Of of) {
        for (long order = 1; order <= 40; order++) {
            a = end(HERE, WHOLE, TWO);
            b = end(THERE, WHOLE, TWO);
            stands();
            of.growsOld(a);
            of.growsOld(b);
            shuffled(order);
            calms();
            bothHaveTheSame();
        }
    }

    private void shuffled(long order) {
        var dice = new Random(order);
        while (!between.agenda.isEmpty()) {
            if (dice.nextBoolean()) between.agenda.addLast(between.agenda.removeFirst());
            between.agenda.removeFirst().run();
        }
    }

    /// Whose wish comes second stops after CREATE_CHILD_SA: there is one series, and nothing to delete.
    @ParameterizedTest
    @EnumSource
    void bothAtOnce_oneStops(Of of) {
        stands();
        of.growsOld(a);
        of.growsOld(b);
        between.settle();
        assertThat(said(CREATE)).hasSize(4);
        assertThat(said(FOLLOW_UP)).hasSize(2);
        calms();
        bothHaveTheSame();
    }

    /// RFC 9370 2.2.4: the answer to a's wish is there, and b's comes late.
    @ParameterizedTest
    @EnumSource
    void whoeverIsHalfDoneRefusesTheSame(Of of) {
        stands();
        var keys = Wiretap.of(a.is()).orElseThrow();
        lost = (from, header) -> header.exchange().equals(FOLLOW_UP)
                || (from == b && header.exchange().equals(CREATE) && !header.response());
        of.growsOld(b);
        of.growsOld(a);
        between.settle();
        lost = (_, header) -> header.exchange().equals(FOLLOW_UP);
        between.wire.clear();
        later(Duration.ofSeconds(1));
        assertThat(read(keys, CREATE, true)).contains(Notify.of(NotifyType.TEMPORARY_FAILURE));
        calms();
        bothHaveTheSame();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void bothAtOnce_andHalfOfItIsLost(long seed) {
        for (var of : Of.values()) {
            a = end(HERE, WHOLE, TWO);
            b = end(THERE, WHOLE, TWO);
            stands();
            var dice = new Random(seed);
            lost = (_, _) -> dice.nextInt(3) == 0;
            of.growsOld(a);
            of.growsOld(b);
            between.settle();
            for (int second = 0; second < 3; second++) later(Duration.ofSeconds(1));
            calms();
            for (int minute = 0; minute < 2; minute++) calms();
            bothHaveTheSame();
        }
    }

    // ---- who has it

    @Test
    void whereTheIkeSaHasMadeOneExchange_itsSuccessorDoes() {
        a = end(HERE, WHOLE, TWO, ONE);
        b = end(THERE, WHOLE, ONE);
        stands();
        var keys = Wiretap.of(a.is()).orElseThrow();
        Of.IKE.growsOld(a);
        between.settle();
        assertThat(inUse(a).keys().suite()).hasToString(ONE);
        assertThat(inUse(a).keys()).isEqualTo(inUse(b).keys());
        assertThat(said(FOLLOW_UP)).isEmpty();
        assertThat(read(keys, CREATE, false).toString()).doesNotContain("type=6");
    }

    @Test
    void aPeerMayHaveASecondOneForAChildWhereOurProposalsAskForNone() {
        b = end(Examples.withEsp(Examples.profile(THERE, TWO), "aes256gcm16"), WHOLE);
        stands();
        Of.CHILD.growsOld(a);
        between.settle();
        calms();
        bothHaveTheSame();
        assertThat(said(FOLLOW_UP)).hasSize(2);
    }

    /// Its first child, of an IKE SA that began without.
    @Test
    void aChildThatReplacesNoneHasTwoKeyExchanges_too() {
        preferChildless();
        dials();
        between.settle();
        calms();
        bothHaveTheSame();
        assertThat(said(FOLLOW_UP)).hasSize(2);
    }

    private void preferChildless() {
        a = end(Examples.with(a.profile, Childless.PREFER), WHOLE);
        b = end(Examples.with(b.profile, Childless.PREFER), WHOLE);
    }
}
