package ikebana.sim;

import ikebana.auth.Endpoint;
import ikebana.auth.IkeLifetime;
import ikebana.control.Order;
import ikebana.sim.Story.Fate;
import ikebana.sim.Story.Side;
import ikebana.wire.Bytes;
import ikebana.wire.ExchangeType;
import ikebana.wire.Notify;
import ikebana.wire.NotifyType;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/// What was made of two key exchanges is renewed with two (RFC 9370 2.2.4).
final class TwoKeyExchangeStories extends Chapter {
    private static final String ANOTHER_LINK =
            ", and a's first IKE_FOLLOWUP_KE request has another link than b has given it: 00";

    static final Map<String, Supplier<String>> ALL = Map.ofEntries(
            renewed("rekey-ike-second-key-exchange", true, "", (_, _) -> ARRIVES),
            renewed("rekey-child-second-key-exchange", false, "", (_, _) -> ARRIVES),
            renewed(
                    "rekey-ike-second-key-exchange-lost",
                    true,
                    ", and b's first IKE_FOLLOWUP_KE response is lost",
                    once(ExchangeType.Known.IKE_FOLLOWUP_KE, true, LOST)),
            renewed(
                    "rekey-child-second-key-exchange-lost",
                    false,
                    ", and a's first IKE_FOLLOWUP_KE request is lost",
                    once(ExchangeType.Known.IKE_FOLLOWUP_KE, false, LOST)),
            renewed("rekey-ike-second-key-exchange-wrong-link", true, ANOTHER_LINK, withAnotherLink()),
            renewed("rekey-child-second-key-exchange-wrong-link", false, ANOTHER_LINK, withAnotherLink()),
            Map.entry("rekey-ike-second-key-exchange-at-once", TwoKeyExchangeStories::ikeSasAtOnce),
            Map.entry("rekey-child-second-key-exchange-at-once", TwoKeyExchangeStories::childrenAtOnce),
            endedHalfWay("rekey-ike-second-key-exchange-deleted", true),
            endedHalfWay("rekey-child-second-key-exchange-deleted", false));

    /// What a has made of two key exchanges gets a successor of two.
    ///
    /// @param more what else is to be said of it than that it happens
    private static Map.Entry<String, Supplier<String>> renewed(
            String name, boolean ike, String more, Story.Destiny destiny) {
        return story(name, withTwoKeyExchanges(ike, true), withTwoKeyExchanges(ike, false), story -> {
            dial(story);
            story.fate((ike ? "a renews its keys" : "a's child grows old") + more, destiny);
            story.time(Duration.ofSeconds(15), "time passes");
            story.packet(story.a, story.b);
            story.packet(story.b, story.a);
        });
    }

    /// The smallest encapsulation, which fits into one datagram.
    private static Side withTwoKeyExchanges(boolean ike, boolean ages) {
        return side(side -> {
            side.ike = "aes256gcm16-prfsha256-x25519-ke1_mlkem512";
            side.esp = "aes256gcm16-x25519-ke1_mlkem512";
            if (ages && ike) side.ikeLifetime = new IkeLifetime(Optional.of(Duration.ofSeconds(10)));
            if (ages && !ike) side.lifetime = soft(Optional.of(Duration.ofSeconds(10)), Optional.empty());
        });
    }

    /// B is told to end it while the second key exchange is still to come.
    private static Map.Entry<String, Supplier<String>> endedHalfWay(String name, boolean ike) {
        return story(name, withTwoKeyExchanges(ike, true), withTwoKeyExchanges(ike, false), story -> {
            dial(story);
            story.fate(
                    "a's first IKE_FOLLOWUP_KE request is lost", once(ExchangeType.Known.IKE_FOLLOWUP_KE, false, LOST));
            while (!story.transcript().contains("a -> b  IKE_FOLLOWUP_KE request")) story.pass(Duration.ofMillis(10));
            var endpoint = new Endpoint("dmvpn", story.b.address, story.a.address);
            story.order(story.b, new Order.Down(endpoint), "down");
            story.time(Duration.ofSeconds(3), "time passes");
        });
    }

    /// Both ends want another IKE SA in the same moment: the first seed in which they do.
    private static String ikeSasAtOnce() {
        var both = withTwoKeyExchanges(true, true);
        both.ikeLifetime = new IkeLifetime(Optional.of(Duration.ofSeconds(3)));
        return IntStream.range(1, 10_000)
                .mapToObj(seed -> {
                    var story = Story.of(both, both, 100, seed);
                    dial(story);
                    story.time(Duration.ofMillis(2_200), "both renew their keys");
                    story.packet(story.a, story.b);
                    return story.transcript();
                })
                .filter(told -> told.contains("a -> b  CREATE_CHILD_SA request 3")
                        && told.contains("b -> a  CREATE_CHILD_SA request 0"))
                .findFirst()
                .orElseThrow();
    }

    /// A child grows old with its first packet, at both ends at once.
    private static String childrenAtOnce() {
        var both = withTwoKeyExchanges(false, false);
        both.lifetime = soft(Optional.empty(), Optional.of(1L));
        var story = Story.of(both, both, 100, 1);
        dial(story);
        story.packetsBothWays();
        story.time(Duration.ofSeconds(6), "time passes");
        return story.transcript();
    }

    private static Story.Destiny withAnotherLink() {
        return once(
                ExchangeType.Known.IKE_FOLLOWUP_KE,
                false,
                new Fate.Changed(payloads -> List.of(
                        payloads.getFirst(), Notify.of(NotifyType.ADDITIONAL_KEY_EXCHANGE, Bytes.ofHex("00")))));
    }
}
