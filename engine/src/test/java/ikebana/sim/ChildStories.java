package ikebana.sim;

import ikebana.auth.Childless;
import ikebana.control.Order;
import ikebana.sim.Story.Side;
import ikebana.wire.Notify;
import ikebana.wire.NotifyType;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/// IKE SAs with more than one child, and without any.
final class ChildStories extends Chapter {
    static final Map<String, Supplier<String>> ALL = Map.ofEntries(
            story("further-child", twoChildren(), twoChildren(), story -> {
                story.packet(story.a, story.b, Host.KEYS.getFirst());
                story.packet(story.a, story.b, Host.KEYS.getLast());
                story.packet(story.b, story.a, Host.KEYS.getLast());
                story.time(Duration.ofSeconds(6), "both children grow old");
                story.packet(story.b, story.a, Host.KEYS.getLast());
                story.packet(story.a, story.b, Host.KEYS.getFirst());
                story.order(story.a, new Order.Down(endpoint(story)), "down");
            }),
            story("further-child-at-once", withoutAge(), withoutAge(), story -> {
                story.packet(story.a, story.b, Host.KEYS.getFirst());
                story.happens("packets with the other key from a to b and from b to a", () -> {
                    story.a.inject(story.b, Host.KEYS.getLast());
                    story.b.inject(story.a, Host.KEYS.getLast());
                });
                story.time(Duration.ofSeconds(12), "time passes");
                story.packet(story.a, story.b, Host.KEYS.getLast());
                story.packet(story.b, story.a, Host.KEYS.getLast());
            }),
            story("further-child-refused", withoutAge(), withoutAge(), story -> {
                story.packet(story.a, story.b, Host.KEYS.getFirst());
                story.fate("b has no room", answered(Notify.of(NotifyType.NO_ADDITIONAL_SAS)));
                story.packet(story.a, story.b, Host.KEYS.getLast());
                story.time(Duration.ofSeconds(2), "time passes");
                story.packet(story.a, story.b, Host.KEYS.getLast());
                story.packet(story.a, story.b, Host.KEYS.getFirst());
            }),
            story("childless", childless(Childless.PREFER), childless(Childless.ALLOW), story -> {
                dial(story);
                story.packet(story.b, story.a);
                story.order(story.a, new Order.Down(endpoint(story)), "down");
            }),
            story("childless-not-taken", childless(Childless.PREFER), new Side(), Chapter::dial),
            story("childless-refused", childless(Childless.PREFER), childless(Childless.ALLOW), story -> {
                story.fate("b makes no child", answered(Notify.of(NotifyType.NO_PROPOSAL_CHOSEN)));
                story.packet(story.a, story.b);
                story.time(Duration.ofSeconds(6), "time passes");
            }),
            story("childless-not-now", childless(Childless.PREFER), childless(Childless.ALLOW), story -> {
                story.fate("b makes no child now", answered(Notify.of(NotifyType.TEMPORARY_FAILURE)));
                story.packet(story.a, story.b);
                story.time(Duration.ofSeconds(3), "time passes");
                story.packet(story.a, story.b);
            }));

    /// Two GRE keys, each with a child of its own; a's grow old.
    private static Side twoChildren() {
        return side(side -> {
            side.childPerSelector = true;
            side.lifetime = soft(Optional.of(Duration.ofSeconds(7)), Optional.empty());
        });
    }

    private static Side childless(Childless how) {
        return side(side -> side.childless = how);
    }

    private static Side withoutAge() {
        return side(side -> side.childPerSelector = true);
    }
}
