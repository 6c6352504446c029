package ikebana.sim;

import ikebana.auth.Ppk;
import ikebana.sim.Story.Fate;
import ikebana.sim.Story.Side;
import ikebana.wire.Bytes;
import ikebana.wire.ExchangeType;
import ikebana.wire.Header;
import ikebana.wire.IkeSpi;
import ikebana.wire.KeyExchange;
import ikebana.wire.Message;
import ikebana.wire.MessageId;
import ikebana.wire.Nonce;
import ikebana.wire.Notify;
import ikebana.wire.NotifyType;
import ikebana.wire.Payload;
import ikebana.wire.TrafficSelectors;
import ikebana.wire.Unknown;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/// IKE_SA_INIT and IKE_AUTH, and what keeps a tunnel from coming up.
final class BeginningStories extends Chapter {
    static final Map<String, Supplier<String>> ALL = Map.ofEntries(
            story("happy-path", new Side(), new Side(), Chapter::happyPath),
            story("ppk", withPpk("hub", false), withPpk("hub", false), Chapter::dial),
            story("ppk-that-both-require", withPpk("hub", true), withPpk("hub", true), Chapter::dial),
            story("ppk-of-the-initiator-alone", withPpk("hub", false), new Side(), Chapter::dial),
            story("ppk-that-the-responder-lacks", withPpk("hub", false), withPpk("other", false), Chapter::dial),
            story("ppk-that-the-initiator-insists-on", withPpk("hub", true), withPpk("other", false), Chapter::dial),
            story("ppk-that-the-responder-insists-on", new Side(), withPpk("hub", true), Chapter::dial),
            story(
                    "ppk-of-another-value",
                    withPpk("hub", false),
                    side(side -> {
                        side.ppk = Optional.of(new Ppk("hub", false));
                        side.ppkValue = "another";
                    }),
                    Chapter::dial),
            story("second-key-exchange", withSecondKeyExchange(), withSecondKeyExchange(), Chapter::dial),
            story("second-key-exchange-wanted-by-one", withSecondKeyExchange(), new Side(), Chapter::dial),
            story("second-key-exchange-lost", withSecondKeyExchange(), withSecondKeyExchange(), story -> {
                story.fate(
                        "the IKE_INTERMEDIATE response is lost", once(ExchangeType.Known.IKE_INTERMEDIATE, true, LOST));
                dial(story);
                story.time(Duration.ofSeconds(1), "time passes");
            }),
            Map.entry("cookie-then-invalid-ke", () -> cookieThenInvalidKe()),
            Map.entry("invalid-ke-then-cookie", () -> invalidKeThenCookie()),
            story("lost-answer", new Side(), new Side(), story -> {
                story.fate("the first IKE_AUTH response is lost", once(ExchangeType.Known.IKE_AUTH, true, LOST));
                story.packet(story.a, story.b);
            }),
            story("wrong-psk", new Side(), side(side -> side.psk = "another"), Chapter::dial),
            story(
                    "unknown-identity",
                    side(side -> side.id = Optional.of("spoke.example")),
                    side(side -> side.remote = "*.example.org"),
                    Chapter::dial),
            story("unexpected-responder", side(side -> side.remote = "*.example.org"), new Side(), Chapter::dial),
            story(
                    "no-common-ike-proposal",
                    new Side(),
                    side(side -> side.ike = "aes128gcm16-prfsha256-x25519"),
                    story -> {
                        dial(story);
                        story.time(Duration.ofSeconds(10), "time passes");
                    }),
            story("no-common-esp-proposal", new Side(), side(side -> side.esp = "aes128gcm16"), Chapter::dial),
            changed("no-transport-mode-asked", false, BeginningStories::withoutTransportMode),
            changed("no-transport-mode-agreed", true, BeginningStories::withoutTransportMode),
            changed("selectors-unacceptable", false, BeginningStories::withOtherSelectors),
            changed("critical-payload", false, BeginningStories::withCriticalPayload),
            changed("critical-payload-answered", true, BeginningStories::withCriticalPayload),
            story("malformed-payload", new Side(), new Side(), story -> {
                story.fate(
                        "what is inside the IKE_AUTH request cannot be read",
                        once(ExchangeType.Known.IKE_AUTH, false, new Fate.Garbled()));
                story.packet(story.a, story.b);
            }),
            story("half-open", new Side(), new Side(), story -> {
                story.fate("no IKE_AUTH arrives", (_, header) -> isAuth(header) ? LOST : ARRIVES);
                story.packet(story.a, story.b);
                story.time(Duration.ofSeconds(31), "time passes");
            }));

    private static Side withPpk(String id, boolean required) {
        return side(side -> side.ppk = Optional.of(new Ppk(id, required)));
    }

    /// The smallest of its kind, which fits into one datagram.
    private static Side withSecondKeyExchange() {
        return side(side -> side.ike = "aes256gcm16-prfsha256-x25519-ke1_mlkem512");
    }

    private static Map.Entry<String, Supplier<String>> changed(
            String name, boolean response, UnaryOperator<List<Payload>> how) {
        return story(name, new Side(), new Side(), story -> {
            story.fate(
                    "the sender of the first IKE_AUTH %s says something else"
                            .formatted(response ? "response" : "request"),
                    once(ExchangeType.Known.IKE_AUTH, response, new Fate.Changed(how)));
            story.packet(story.a, story.b);
        });
    }

    private static String cookieThenInvalidKe() {
        var story = Story.of(
                side(side -> side.ike = "aes256gcm16-prfsha256-ecp256-x25519"),
                side(side -> side.ike = "aes256gcm16-prfsha256-x25519-ecp256"),
                0,
                1);
        dial(story);
        return story.transcript();
    }

    private static String invalidKeThenCookie() {
        var story = Story.of(
                side(side -> side.ike = "aes256gcm16-prfsha256-ecp256-x25519"),
                side(side -> side.ike = "aes256gcm16-prfsha256-x25519-ecp256"),
                1,
                1);
        story.fate("a's second IKE_SA_INIT request is lost", second());
        story.packet(story.a, story.b, Duration.ofMillis(200)); // less than a retransmission takes
        story.stranger(story.b, knock());
        story.time(Duration.ofSeconds(1), "time passes");
        return story.transcript();
    }

    private static Story.Destiny second() {
        var met = new AtomicInteger();
        return (from, header) -> from.name.equals("a")
                        && header.exchange().equals(ExchangeType.Known.IKE_SA_INIT)
                        && met.incrementAndGet() == 2
                ? LOST
                : ARRIVES;
    }

    private static Bytes knock() {
        var header = Header.of(new IkeSpi(7), IkeSpi.NONE, ExchangeType.Known.IKE_SA_INIT, false, true, MessageId.ZERO);
        var value = new byte[32];
        value[0] = 9; // the base point
        return new Message(
                        header,
                        List.of(
                                ikebana.negotiation.Selection.offerIke(
                                        List.of(ikebana.negotiation.IkeProposal.of("aes256gcm16-prfsha256-x25519"))),
                                new KeyExchange(31, Bytes.of(value)),
                                new Nonce(Bytes.of(new byte[32]))))
                .encode();
    }

    private static List<Payload> withoutTransportMode(List<Payload> payloads) {
        return payloads.stream()
                .filter(payload -> !(payload instanceof Notify notify && notify.is(NotifyType.USE_TRANSPORT_MODE)))
                .toList();
    }

    private static List<Payload> withOtherSelectors(List<Payload> payloads) {
        return payloads.stream()
                .map(payload -> payload instanceof TrafficSelectors selectors ? forUdp(selectors) : payload)
                .toList();
    }

    private static Payload forUdp(TrafficSelectors selectors) {
        return new TrafficSelectors(
                selectors.ofInitiator(),
                selectors.selectors().stream()
                        .map(one -> new ikebana.wire.TrafficSelector(
                                one.tsType(), 17, one.startPort(), one.endPort(), one.start(), one.end()))
                        .toList(),
                selectors.strange());
    }

    private static List<Payload> withCriticalPayload(List<Payload> payloads) {
        var all = new ArrayList<>(payloads);
        all.add(new Unknown(200, true, Bytes.EMPTY));
        return all;
    }
}
