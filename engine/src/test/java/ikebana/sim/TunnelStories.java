package ikebana.sim;

import ikebana.control.Order;
import ikebana.kernel.Lifetime;
import ikebana.sim.Story.Fate;
import ikebana.sim.Story.Side;
import ikebana.wire.Bytes;
import ikebana.wire.Delete;
import ikebana.wire.ExchangeType;
import ikebana.wire.IpAddress;
import ikebana.wire.Notify;
import ikebana.wire.NotifyType;
import ikebana.wire.Payload;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/// A tunnel that stands: how it is found dead or moved, how it meets another, and how it ends.
final class TunnelStories extends Chapter {
    private static final IpAddress NAT = IpAddress.of("198.51.100.9");

    static final Map<String, Supplier<String>> ALL = Map.ofEntries(
            story("nat", new Side(), new Side(), story -> {
                story.nat(story.a, NAT);
                happyPath(story);
                story.time(Duration.ofSeconds(25), "nothing is said for a while");
                story.packet(story.b, story.a);
            }),
            story("nat-at-both-ends", new Side(), new Side(), story -> {
                story.nat(story.a, NAT);
                story.forwarded(story.b, IpAddress.of("198.51.100.10"));
                happyPath(story);
            }),
            story("nat-new-port", new Side(), new Side(), story -> {
                var nat = story.nat(story.a, NAT);
                dial(story);
                story.happens("the NAT forgets its mappings", nat::forget);
                story.packet(story.b, story.a);
                story.packet(story.a, story.b);
                story.packet(story.b, story.a);
                story.happens("the NAT forgets its mappings", nat::forget);
                story.time(Duration.ofSeconds(32), "nothing is said for a while");
                story.packet(story.b, story.a);
            }),
            story("nat-new-address", new Side(), new Side(), story -> {
                var nat = story.nat(story.a, NAT);
                dial(story);
                story.happens("the NAT has another address, 198.51.100.99", () -> {
                    nat.movesTo(IpAddress.of("198.51.100.99"));
                    story.a.outer = nat.outside();
                });
                story.packet(story.a, story.b);
                story.packet(story.a, story.b);
                story.packet(story.b, story.a);
            }),
            story("delete-ike", new Side(), new Side(), story -> {
                dial(story);
                story.order(story.a, new Order.Down(endpoint(story)), "down");
                story.time(Duration.ofSeconds(6), "time passes");
            }),
            story("down-while-dialling", new Side(), new Side(), story -> {
                story.fate("the first IKE_AUTH response is lost", once(ExchangeType.Known.IKE_AUTH, true, LOST));
                story.packet(story.a, story.b, Duration.ofMillis(200));
                story.order(story.a, new Order.Down(endpoint(story)), "down");
                story.time(Duration.ofSeconds(6), "time passes");
            }),
            story("delete-child", new Side(), new Side(), TunnelStories::deleteChild),
            story("mobike", new Side(), new Side(), TunnelStories::mobike),
            story("restarted-peer-asked", new Side(), new Side(), story -> {
                dial(story);
                story.reboot(story.b);
                story.time(Duration.ofSeconds(40), "nothing is said for a while");
            }),
            story("restarted-peer-without-token-asked", new Side(), withoutCrashTokens(), story -> {
                dial(story);
                story.reboot(story.b);
                story.time(Duration.ofSeconds(40), "nothing is said for a while");
            }),
            story("liveness-answered", new Side(), new Side(), story -> {
                dial(story);
                story.time(Duration.ofSeconds(31), "nothing is said for a while");
            }),
            story("liveness-traffic", new Side(), new Side(), story -> {
                dial(story);
                for (int i = 0; i < 4; i++) {
                    story.packet(story.a, story.b);
                    story.packet(story.b, story.a);
                    story.time(Duration.ofSeconds(10), "ten seconds pass");
                }
            }),
            story(
                    "inactivity",
                    side(side -> side.inactivity = Optional.of(Duration.ofSeconds(20))),
                    new Side(),
                    story -> {
                        dial(story);
                        story.packet(story.b, story.a);
                        story.time(Duration.ofSeconds(32), "no packet passes");
                        story.packet(story.a, story.b);
                    }),
            story("liveness-dead", new Side(), new Side(), story -> {
                dial(story);
                story.die(story.b);
                story.time(Duration.ofSeconds(40), "nothing is said for a while");
            }),
            Map.entry("crossing-what-b-began-stays", () -> crossing(1)),
            Map.entry("crossing-what-a-began-stays", () -> crossing(2)),
            story("crossing-held-back", new Side(), new Side(), story -> {
                story.fate("the first IKE_AUTH request is lost", once(ExchangeType.Known.IKE_AUTH, false, LOST));
                story.packetsBothWays();
                story.time(Duration.ofSeconds(12), "time passes");
                story.packet(story.a, story.b);
            }),
            story("initial-contact", new Side(), new Side(), story -> {
                dial(story);
                story.crash(story.a);
                story.time(Duration.ofSeconds(6), "time passes");
            }),
            story("hard-expire", side(side -> side.lifetime = hardTime(20)), new Side(), story -> {
                dial(story);
                story.time(Duration.ofSeconds(21), "the kernel's hard limit comes");
                story.packet(story.a, story.b);
            }),
            story("orders", new Side(), new Side(), story -> {
                story.order(story.a, new Order.Up(endpoint(story), Duration.ofSeconds(5)), "up");
                story.order(story.a, new Order.Up(endpoint(story), Duration.ofSeconds(5)), "up");
                story.order(story.b, new Order.ListTunnels(), "list");
                story.order(story.a, new Order.Down(endpoint(story)), "down");
                story.order(story.a, new Order.Down(endpoint(story)), "down");
            }));

    private static Side withoutCrashTokens() {
        var side = new Side();
        side.tellsCrashTokens = false;
        return side;
    }

    private static Lifetime hardTime(int seconds) {
        return new Lifetime(
                Optional.empty(),
                Optional.of(Duration.ofSeconds(seconds)),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    /// RFC 4555: we do not say that we know it, and a peer that does says so all the same.
    private static void mobike(Story story) {
        story.fate(
                "a knows MOBIKE",
                once(
                        ExchangeType.Known.IKE_AUTH,
                        false,
                        new Fate.Changed(with(
                                Notify.of(NotifyType.MOBIKE_SUPPORTED),
                                Notify.of(NotifyType.ADDITIONAL_IP4_ADDRESS, Bytes.ofHex("c6336407"))))));
        dial(story);
        story.fate(
                "whoever asks whether the other lives claims to have moved",
                once(
                        ExchangeType.Known.INFORMATIONAL,
                        false,
                        new Fate.Changed(with(
                                Notify.of(NotifyType.UPDATE_SA_ADDRESSES),
                                Notify.of(NotifyType.COOKIE2, Bytes.of(new byte[16]))))));
        story.time(Duration.ofSeconds(31), "nothing is said for a while");
        story.packet(story.a, story.b);
        story.packet(story.b, story.a);
    }

    private static UnaryOperator<List<Payload>> with(Payload... more) {
        return payloads -> {
            var all = new ArrayList<>(payloads);
            all.addAll(List.of(more));
            return all;
        };
    }

    /// We never delete a child alone; others do.
    private static void deleteChild(Story story) {
        dial(story);
        var spi = story.b.kernel.states().stream()
                .filter(state -> state.id().destination().equals(story.b.address))
                .findFirst()
                .orElseThrow()
                .id()
                .spi();
        story.fate(
                "instead of asking whether a lives, b deletes its child",
                once(ExchangeType.Known.INFORMATIONAL, false, new Fate.Changed(_ -> List.of(Delete.esp(spi)))));
        story.time(Duration.ofSeconds(37), "nothing is said for a while");
    }

    private static String crossing(int seed) {
        var story = Story.of(new Side(), new Side(), 100, seed);
        story.packetsBothWays();
        story.time(Duration.ofSeconds(12), "time passes");
        story.packet(story.a, story.b);
        return story.transcript();
    }
}
