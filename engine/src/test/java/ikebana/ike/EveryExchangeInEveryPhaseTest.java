package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.Examples;
import ikebana.auth.Endpoint;
import ikebana.crypto.SeededEntropy;
import ikebana.wire.Bytes;
import ikebana.wire.Delete;
import ikebana.wire.ExchangeType;
import ikebana.wire.Header;
import ikebana.wire.IkeSpi;
import ikebana.wire.IpAddress;
import ikebana.wire.Message;
import ikebana.wire.MessageId;
import ikebana.wire.Notify;
import ikebana.wire.NotifyType;
import ikebana.wire.Payload;
import ikebana.wire.PayloadType;
import ikebana.wire.UdpAddress;
import ikebana.wire.Unknown;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/// Whatever a peer says, whenever: each exchange, as a request and as a response, in the clear, sealed with
/// the SA's own keys and sealed with others, in each phase of the machine. Nothing throws; in the clear
/// nothing that has keys is moved; and what is answered to an authentic message is what the RFC has for it,
/// or silence. Daemons have ended by building an error for a phase that had not the keys for it
/// (CVE-2019-12312).
class EveryExchangeInEveryPhaseTest {
    private static final List<ExchangeType> EXCHANGES = List.of(
            ExchangeType.Known.IKE_SA_INIT,
            ExchangeType.Known.IKE_AUTH,
            ExchangeType.Known.CREATE_CHILD_SA,
            ExchangeType.Known.INFORMATIONAL,
            ExchangeType.Known.IKE_INTERMEDIATE,
            ExchangeType.Known.IKE_FOLLOWUP_KE,
            ExchangeType.of(0),
            ExchangeType.of(33), // IKEv1's
            ExchangeType.of(38),
            ExchangeType.of(255));

    private static final List<List<Payload>> SAYINGS = List.of(
            List.of(),
            List.of(Delete.ikeSa()),
            List.of(Notify.of(NotifyType.AUTHENTICATION_FAILED)),
            List.of(Notify.of(NotifyType.INVALID_SYNTAX)),
            List.of(Notify.of(NotifyType.COOKIE, Bytes.of(new byte[8]))),
            // one that has to be understood, and one that cannot be read
            List.of(new Unknown(200, true, Bytes.EMPTY)),
            List.of(new Unknown(PayloadType.Known.NOTIFY.code(), false, Bytes.ofHex("00"))));

    /// One end in a phase, with the keys that its peer has for it.
    private record Moment(String phase, boolean dialled, End end, SaState state, Optional<Wiretap> keys) {}

    private final Map<String, Moment> moments = new TreeMap<>();
    private final Deque<Runnable> mail = new ArrayDeque<>();

    private final End.Between between = new End.Between() {
        @Override
        void carries(End from, Datagram datagram) {
            var path = new Path(datagram.path().remote(), datagram.path().local());
            mail.add(() -> (from == a ? b : a).hears(new Datagram(path, datagram.bytes())));
        }
    };
    private final End a = end(Couple.HERE, 1);
    private final End b = end(Couple.THERE, 2);

    private End end(IpAddress own, long seed) {
        var profile = Examples.profile(own, Examples.IKE + "-ke1_mlkem768");
        var whole = Examples.settings(Examples.SETTINGS.halfOpen(), Duration.ofSeconds(1), 8000);
        return new End(profile, whole, new SeededEntropy(seed), between);
    }

    /// One thing happens after the other, and each phase that an end is in meanwhile is remembered.
    private void goesOn() {
        while (!between.agenda.isEmpty() || !mail.isEmpty()) {
            remember();
            (between.agenda.isEmpty() ? mail : between.agenda).removeFirst().run();
        }
        remember();
    }

    private void remember() {
        for (var end : List.of(a, b)) {
            if (end.state.isEmpty()) continue;
            var state = end.is();
            var name = "%s %s%s"
                    .formatted(end == a ? "A" : "B", state.phase().getClass().getSimpleName(), detail(state));
            moments.putIfAbsent(name, new Moment(name, end == a, end, state, Wiretap.of(state)));
        }
    }

    private static String detail(SaState state) {
        if (!(state.phase() instanceof Phase.Established established)) return "";
        return " %s%s%s%s"
                .formatted(
                        established
                                .asked()
                                .map(it -> " asks " + it.getClass().getSimpleName())
                                .orElse(""),
                        established.answering().map(_ -> " answering").orElse(""),
                        established.awaited().map(_ -> " awaiting").orElse(""),
                        state.others().isEmpty() ? "" : " of several");
    }

    private void lives() {
        var path = new Path(new UdpAddress(Couple.HERE, 500), new UdpAddress(Couple.THERE, 500));
        var dial = new Dial(new Endpoint("dmvpn", Couple.HERE, Couple.THERE), a.profile, 0);
        a.perform(a.machine.dial(new IkeSpi(1), path, dial, between.now));
        goesOn();
        var first =
                Couple.established(a).children().getFirst().pair().outbound().id();
        happens(b, new Input.Probe());
        happens(a, new Input.GrewOld(first));
        b.state = Optional.of(b.is().in(Couple.established(b).renewingAt(between.now)));
        happens(b, new Input.Woke());
        happens(a, new Input.Close("that is all", false));
    }

    private void happens(End end, Input input) {
        end.happens(input);
        goesOn();
    }

    @Test
    void nothingThrows_andWhatIsNotAuthenticMovesNobodyWhoHasKeys() {
        lives();
        assertThat(moments.keySet())
                .hasSizeGreaterThan(20)
                .contains(
                        "A AwaitInitResponse",
                        "A AwaitAuthResponse",
                        "B AwaitAuthRequest",
                        "A Deleting",
                        "B Lingering");
        each(moment -> {
            for (var said : inTheClear(moment)) {
                var after = step(moment, said);
                if (moment.keys().isPresent()) {
                    assertThat(after.next()).as("%s: %s", moment, said).isEqualTo(moment.state());
                    // a repetition of what was answered is answered again; nothing else is
                    assertThat(after.effects()).as("%s", moment).allMatch(effect -> effect instanceof Effect.Ignored);
                }
            }
            for (var said : sealed(moment, false)) {
                var after = step(moment, said);
                assertThat(after.next()).as("%s: %s", moment, said).isEqualTo(moment.state());
                assertThat(after.effects()).as("%s", moment).allMatch(effect -> effect instanceof Effect.Ignored);
            }
        });
    }

    @Test
    void whatIsAuthenticIsAnsweredOnce_withAnErrorOrNothingOrNotAtAll() {
        lives();
        var answered = new TreeMap<String, Integer>();
        each(moment -> {
            for (var said : sealed(moment, true)) {
                var after = step(moment, said);
                var header = Header.peek(said).orElseThrow();
                var sent = after.effects().stream()
                        .filter(Effect.Send.class::isInstance)
                        .map(effect -> ((Effect.Send) effect).datagram().bytes())
                        .filter(bytes -> Header.peek(bytes).orElseThrow().response())
                        .toList();
                // a response is never answered, and a request once
                assertThat(sent).as("%s: %s", moment, header).hasSizeLessThanOrEqualTo(header.response() ? 0 : 1);
                for (var bytes : sent) {
                    var answer = Header.peek(bytes).orElseThrow();
                    assertThat(answer.exchange()).as(moment.phase()).isEqualTo(header.exchange());
                    assertThat(answer.messageId()).as(moment.phase()).isEqualTo(header.messageId());
                    var payloads = moment.keys().orElseThrow().read(bytes);
                    isFitting(moment, header.exchange(), payloads);
                    answered.merge(moment.phase(), 1, Integer::sum);
                }
            }
        });
        assertThat(answered.keySet())
                .anyMatch(it -> it.contains("Established"))
                .anyMatch(it -> it.contains("Deleting"));
        assertThat(answered.keySet()).contains("B AwaitAuthRequest");
    }

    /// What there is to say to a request that is not what a peer of that phase says.
    private static void isFitting(Moment moment, ExchangeType exchange, List<Payload> payloads) {
        boolean stands = moment.state().phase() instanceof Phase.Established;
        boolean isFree = exchange.equals(ExchangeType.Known.INFORMATIONAL);
        if (stands && !isFree)
            assertThat(payloads).as("%s %s", moment, exchange).isNotEmpty();
        if (payloads.isEmpty()) return;
        assertThat(payloads).as("%s %s", moment, exchange).hasSize(1).allSatisfy(payload -> {
            assertThat(payload).isInstanceOf(Notify.class);
            assertThat(((Notify) payload).notifyType())
                    .isIn(
                            NotifyType.INVALID_SYNTAX.code(),
                            NotifyType.TEMPORARY_FAILURE.code(),
                            NotifyType.STATE_NOT_FOUND.code(),
                            NotifyType.UNSUPPORTED_CRITICAL_PAYLOAD.code(),
                            NotifyType.AUTHENTICATION_FAILED.code());
        });
    }

    private void each(Consumer<Moment> check) {
        moments.values().forEach(check);
    }

    private Step<SaState, Effect> step(Moment moment, Bytes said) {
        var path = moment.state().path();
        return moment.end().machine.step(moment.state(), between.now, new Input.Arrived(new Datagram(path, said)));
    }

    /// The IDs that are about to be used, and one that is not.
    private static List<MessageId> ids(SaState state, boolean response) {
        var window = state.window();
        var next = response ? window.flight().map(Window.InFlight::id).orElse(window.next()) : window.expected();
        return List.of(next, next.next());
    }

    private static Header header(Moment moment, ExchangeType exchange, boolean response, MessageId id) {
        var known = moment.keys().map(keys -> keys.keys().getFirst());
        var initiator = known.map(Wiretap.Keys::initiator).orElse(new IkeSpi(1));
        var responder = known.map(Wiretap.Keys::responder).orElse(new IkeSpi(2));
        // whoever began this generation is whoever dialled, but for what has been renewed
        boolean fromInitiator = moment.state().phase() instanceof Phase.Established established
                ? !established.agreed().negotiated().initiator()
                : moment.state().phase() instanceof Phase.Deleting deleting
                        ? !deleting.negotiated().initiator()
                        : !moment.dialled();
        return Header.of(initiator, responder, exchange, response, fromInitiator, id);
    }

    private static List<Bytes> inTheClear(Moment moment) {
        var all = new ArrayList<Bytes>();
        for (boolean response : new boolean[] {false, true}) {
            for (var exchange : EXCHANGES) {
                for (var id : ids(moment.state(), response)) {
                    for (var payloads : SAYINGS) {
                        all.add(new Message(header(moment, exchange, response, id), payloads).encode());
                    }
                }
            }
        }
        return all;
    }

    /// @param truly with the keys of this SA, or with the right ones turned round
    private static List<Bytes> sealed(Moment moment, boolean truly) {
        if (moment.keys().isEmpty()) return List.of();
        var keys = moment.keys().get().keys().getFirst().keys();
        var all = new ArrayList<Bytes>();
        for (boolean response : new boolean[] {false, true}) {
            for (var exchange : EXCHANGES) {
                for (var id : ids(moment.state(), response)) {
                    for (var payloads : SAYINGS) {
                        var header = header(moment, exchange, response, id);
                        boolean ofInitiator = header.fromInitiator() == truly;
                        var protection = ofInitiator ? keys.fromInitiator() : keys.fromResponder();
                        var chain = Message.encodeChain(payloads);
                        var associated = Message.associatedData(
                                header, Message.firstType(payloads), protection.sealedLength(chain.length()));
                        var iv = protection.nextIv(1L << 40, new SeededEntropy(3));
                        all.add(Bytes.concat(associated, protection.seal(associated, iv, chain)));
                    }
                }
            }
        }
        return all;
    }
}
