package ikebana.sim;

import ikebana.auth.Childless;
import ikebana.auth.IkeLifetime;
import ikebana.control.Order;
import ikebana.sim.Story.Fate;
import ikebana.sim.Story.Side;
import ikebana.wire.Bytes;
import ikebana.wire.ExchangeType;
import ikebana.wire.Notify;
import ikebana.wire.NotifyType;
import ikebana.wire.SecurityAssociation;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/// New keys for children and for IKE SAs, and ends that prove themselves anew.
final class RenewalStories extends Chapter {
    static final Map<String, Supplier<String>> ALL = Map.ofEntries(
            story("reauthenticate", proving(10_000, 0), new Side(), RenewalStories::provenAnew),
            story("reauthenticate-as-told", new Side(), proving(0, 12_000), RenewalStories::provenAnew),
            story(
                    "reauthenticate-childless",
                    withoutAChild(proving(10_000, 0), Childless.PREFER),
                    withoutAChild(new Side(), Childless.ALLOW),
                    RenewalStories::provenAnew),
            story("reauthenticate-and-fail", proving(10_000, 14_000), new Side(), story -> {
                dial(story);
                story.fate(
                        "b does not believe a any more",
                        (_, header) -> header.exchange().equals(ExchangeType.Known.IKE_AUTH) && header.response()
                                ? new Fate.Changed(_ -> List.of(Notify.of(NotifyType.AUTHENTICATION_FAILED)))
                                : ARRIVES);
                story.time(Duration.ofSeconds(15), "time passes");
            }),
            rekey("rekey-child", "aes256gcm16", (_, _) -> ARRIVES),
            rekey("rekey-child-with-key-exchange", "aes256gcm16-x25519", (_, _) -> ARRIVES),
            Map.entry("rekey-child-at-once-what-a-began-stays", () -> rekeyAtOnce(1)),
            Map.entry("rekey-child-at-once-what-b-began-stays", () -> rekeyAtOnce(2)),
            rekey("rekey-child-not-now", "aes256gcm16", answered(Notify.of(NotifyType.TEMPORARY_FAILURE))),
            rekey(
                    "rekey-child-unknown",
                    "aes256gcm16",
                    answered(
                            new Notify(3, Bytes.ofHex("00000000"), NotifyType.CHILD_SA_NOT_FOUND.code(), Bytes.EMPTY))),
            rekeyIke("rekey-ike", (_, _) -> ARRIVES),
            Map.entry("rekey-ike-at-once-what-a-began-stays", () -> rekeyIkeAtOnce("b -> a")),
            Map.entry("rekey-ike-at-once-what-b-began-stays", () -> rekeyIkeAtOnce("a -> b")),
            Map.entry("rekey-ike-at-once-and-only-b-knows", RenewalStories::rekeyIkeUnseen),
            rekeyIke("rekey-ike-lost-goodbye", once(ExchangeType.Known.INFORMATIONAL, false, LOST)),
            rekeyIke("rekey-ike-unusable-answer", answered(new SecurityAssociation(List.of()))));

    /// A's child grows old after five seconds at the most.
    private static Map.Entry<String, Supplier<String>> rekey(String name, String esp, Story.Destiny destiny) {
        var ages = side(side -> {
            side.esp = esp;
            side.lifetime = soft(Optional.of(Duration.ofSeconds(5)), Optional.empty());
        });
        return story(name, ages, side(side -> side.esp = esp), story -> {
            dial(story);
            story.fate("the kernel's soft limit comes", destiny);
            story.time(Duration.ofSeconds(9), "time passes");
            story.packet(story.a, story.b);
            story.packet(story.b, story.a);
        });
    }

    /// A child grows old with its first packet, at both ends at once.
    private static String rekeyAtOnce(int seed) {
        var ages = side(side -> side.lifetime = soft(Optional.empty(), Optional.of(1L)));
        var story = Story.of(ages, ages, 100, seed);
        dial(story);
        story.packetsBothWays();
        story.time(Duration.ofSeconds(6), "time passes");
        return story.transcript();
    }

    /// The IKE SA that a has begun gets a successor, which carries on with the children.
    private static Map.Entry<String, Supplier<String>> rekeyIke(String name, Story.Destiny destiny) {
        return story(name, renewing(Duration.ofSeconds(10)), new Side(), story -> {
            dial(story);
            story.fate("a renews its keys", destiny);
            story.time(Duration.ofSeconds(15), "time passes");
            story.packet(story.a, story.b);
            story.packet(story.b, story.a);
            story.order(story.a, new Order.Down(endpoint(story)), "down");
        });
    }

    private static Side renewing(Duration after) {
        return side(side -> side.ikeLifetime = new IkeLifetime(Optional.of(after)));
    }

    /// Both ends want another IKE SA in the same moment. Jitter seldom has it so: the first seed in which it does.
    ///
    /// @param loser who deletes what it has made itself, the first message over it
    private static String rekeyIkeAtOnce(String loser) {
        return IntStream.range(1, 10_000)
                .mapToObj(RenewalStories::rekeyIkeSoon)
                .filter(told -> told.contains("a -> b  CREATE_CHILD_SA request 2")
                        && told.contains("b -> a  CREATE_CHILD_SA request 0")
                        && told.contains(loser + "  INFORMATIONAL request 0 { D(IKE) }"))
                .findFirst()
                .orElseThrow();
    }

    private static String rekeyIkeSoon(int seed) {
        var both = renewing(Duration.ofSeconds(3));
        var story = Story.of(both, both, 100, seed);
        dial(story);
        story.time(Duration.ofMillis(2_200), "both renew their keys");
        story.packet(story.a, story.b);
        story.packet(story.b, story.a);
        return story.transcript();
    }

    /// Both ends want another IKE SA, and what a says of it is lost until it is too late.
    private static String rekeyIkeUnseen() {
        var both = renewing(Duration.ofSeconds(3));
        var story = Story.of(both, both, 100, 31);
        dial(story);
        story.fate("both renew their keys", once(ExchangeType.Known.CREATE_CHILD_SA, false, LOST));
        story.time(Duration.ofMillis(2_500), "time passes");
        story.packet(story.a, story.b);
        story.packet(story.b, story.a);
        return story.transcript();
    }

    /// Both ends prove themselves anew, and no packet is lost to it.
    private static void provenAnew(Story story) {
        dial(story);
        story.time(Duration.ofSeconds(11), "time passes");
        story.packet(story.a, story.b);
        story.packet(story.b, story.a);
        story.time(Duration.ofSeconds(5), "time passes");
    }

    /// @param after when both ends are to prove themselves anew, in milliseconds; 0 is never
    /// @param limit how long what they have proven counts
    private static Side proving(int after, int limit) {
        return side(side -> side.ikeLifetime = new IkeLifetime(Optional.empty(), millis(after), millis(limit)));
    }

    private static Side withoutAChild(Side side, Childless how) {
        side.childless = how;
        return side;
    }

    private static Optional<Duration> millis(int number) {
        return number == 0 ? Optional.empty() : Optional.of(Duration.ofMillis(number));
    }
}
