package ikebana.sim;

import ikebana.auth.Endpoint;
import ikebana.kernel.Lifetime;
import ikebana.sim.Story.Fate;
import ikebana.sim.Story.Side;
import ikebana.wire.ExchangeType;
import ikebana.wire.Header;
import ikebana.wire.Payload;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// What the chapters of the stories are told with.
abstract class Chapter {
    static final Fate ARRIVES = new Fate.Arrives();
    static final Fate LOST = new Fate.Lost();

    static Map.Entry<String, Supplier<String>> story(String name, Side a, Side b, Consumer<Story> what) {
        return Map.entry(name, () -> {
            var story = Story.of(a, b);
            what.accept(story);
            return story.transcript();
        });
    }

    static Side side(Consumer<Side> how) {
        var side = new Side();
        how.accept(side);
        return side;
    }

    static void dial(Story story) {
        story.packet(story.a, story.b);
    }

    static void happyPath(Story story) {
        dial(story);
        story.packet(story.a, story.b);
        story.packet(story.b, story.a);
    }

    static Endpoint endpoint(Story story) {
        return new Endpoint("dmvpn", story.a.address, story.b.address);
    }

    static Story.Destiny once(ExchangeType exchange, boolean response, Fate fate) {
        var met = new AtomicInteger();
        return (_, header) ->
                header.exchange().equals(exchange) && header.response() == response && met.getAndIncrement() == 0
                        ? fate
                        : ARRIVES;
    }

    /// The first answer is another one.
    static Story.Destiny answered(Payload payload) {
        return once(ExchangeType.Known.CREATE_CHILD_SA, true, new Fate.Changed(_ -> List.of(payload)));
    }

    static boolean isAuth(Header header) {
        return header.exchange().equals(ExchangeType.Known.IKE_AUTH);
    }

    static Lifetime soft(Optional<Duration> time, Optional<Long> packets) {
        return new Lifetime(time, Optional.empty(), Optional.empty(), Optional.empty(), packets, Optional.empty());
    }
}
