package ikebana.kernel.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.crypto.SeededEntropy;
import ikebana.kernel.Acquire;
import ikebana.kernel.Direction;
import ikebana.kernel.GreKey;
import ikebana.kernel.Lifetime;
import ikebana.kernel.Notice;
import ikebana.kernel.Reply;
import ikebana.kernel.Request;
import ikebana.wire.Bytes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// What holds after whatever happens.
class EmbeddedKernelLawsTest {
    private static final int STEPS = 400;
    private final List<Host> peers =
            List.of(new Host("192.0.2.1"), new Host("192.0.2.2"), new Host("192.0.2.3"), new Host("2001:db8::1"));

    @Test
    void nothingThrows_theSameStoryEndsTheSame_andNothingIsLeftAtTheEnd() {
        for (long seed = 0; seed < 20; seed++) {
            var first = story(seed);
            var second = story(seed);
            assertThat(second.did()).as("seed %d", seed).isEqualTo(first.did());
            assertThat(second.last()).as("seed %d", seed).isEqualTo(first.last());
            assertThat(first.last().toString()).isEqualTo(second.last().toString());
        }
    }

    private record Story(KernelState last, List<Effect> did) {}

    private Story story(long seed) {
        var dice = new SplittableRandom(seed);
        var kernel = new EmbeddedKernel(new Limits(8, 12, 3, Duration.ofSeconds(30)), new SeededEntropy(seed));
        var state = KernelState.EMPTY;
        var now = Instant.EPOCH;
        var did = new ArrayList<Effect>();
        var acquires = new ArrayList<Acquire>();
        var packets = new ArrayList<EspPacket>();
        for (int i = 0; i < STEPS; i++) {
            now = dice.nextInt(4) == 0 && state.wakeAt().isPresent()
                    ? later(now, state.wakeAt().get())
                    : now.plusMillis(dice.nextInt(4000));
            var before = state;
            var seen = before.seen();
            var step = kernel.step(state, now, drawn(dice, acquires, packets));
            state = step.next();
            did.addAll(step.effects());
            for (var effect : step.effects()) {
                switch (effect) {
                    case Effect.Noticed(Notice.Acquired(var acquire)) -> acquires.add(acquire);
                    case Effect.SendEsp(var packet) -> packets.add(packet);
                    case Effect.Answered _,
                            Effect.Noticed _,
                            Effect.SendPlain _,
                            Effect.Delivered _,
                            Effect.Dropped _ -> {}
                }
            }
            lawful(seed, state, now);
            if (!before.seen().equals(seen)) throw new AssertionError("an old state has changed");
        }
        for (var left : state.installed()) {
            state = kernel.step(state, now, new Input.Asked(0, new Request.RemoveState(left.id())))
                    .next();
        }
        while (state.wakeAt().isPresent()) {
            state = kernel.step(state, state.wakeAt().get(), new Input.Woke()).next();
        }
        assertThat(state.seen()).as("seed %d", seed).isEmpty();
        assertThat(state.stateDatabase().outbound()).isEmpty();
        assertThat(state.stateDatabase().acquires()).isEmpty();
        return new Story(state, did);
    }

    private static Instant later(Instant a, Instant b) {
        return a.isAfter(b) ? a : b;
    }

    private static void lawful(long seed, KernelState state, Instant now) {
        assertThat(state.wakeAt().filter(at -> !at.isAfter(now)))
                .as("seed %d: what was due has happened", seed)
                .isEmpty();
        assertThat(state.policies()).hasSizeLessThanOrEqualTo(8);
        assertThat(state.installed()).hasSizeLessThanOrEqualTo(12);
        var larvals =
                state.seen().stream().filter(Reply.Larval.class::isInstance).toList();
        assertThat(larvals).hasSizeLessThanOrEqualTo(3);
        assertThat(state.stateDatabase().acquires()).hasSameSizeAs(larvals);
    }

    private Input drawn(SplittableRandom dice, List<Acquire> acquires, List<EspPacket> packets) {
        var from = peers.get(dice.nextInt(3));
        var to = peers.get(dice.nextInt(3));
        var any = peers.get(dice.nextInt(4));
        var sa = Sa.from(from, to, 0x1000 + dice.nextInt(6)).key(dice.nextInt(2));
        var direction = dice.nextBoolean() ? Direction.IN : Direction.OUT;
        return switch (dice.nextInt(14)) {
            case 0, 1 ->
                new Input.Asked(
                        dice.nextLong(),
                        new Request.InstallState(sa.lifetime(lifetime(dice))
                                .acquireSequence(dice.nextInt(5))
                                .state(direction)));
            case 2 -> new Input.Asked(dice.nextLong(), new Request.RemoveState(sa.id()));
            case 3 -> new Input.Asked(dice.nextLong(), new Request.DumpStates());
            case 4 -> {
                var host = new Host(any.address.toString());
                host.trap(dice.nextInt(3), dice.nextBoolean() ? Optional.empty() : Optional.of(Host.KEY), Host.REQID);
                var policy = host.state.policies().get(dice.nextInt(2));
                yield new Input.Asked(
                        dice.nextLong(),
                        dice.nextInt(4) == 0 ? new Request.RemovePolicy(policy) : new Request.InstallPolicy(policy));
            }
            case 5 ->
                acquires.isEmpty()
                        ? new Input.Woke()
                        : new Input.Asked(
                                dice.nextLong(), new Request.DropLarval(acquires.get(dice.nextInt(acquires.size()))));
            case 6 -> dice.nextInt(5) == 0 ? new Input.ListenerWent() : new Input.ListenerCame();
            case 7 -> dice.nextInt(3) == 0 ? new Input.AddressWent(any.address) : new Input.AddressCame(any.address);
            case 8 -> new Input.PlainArrived(from.gre(to, new GreKey(dice.nextInt(3)), "plain"));
            case 9, 10 ->
                new Input.EspArrived(
                        packets.isEmpty() || dice.nextInt(4) == 0
                                ? new EspPacket(from.address, to.address, Optional.empty(), noise(dice))
                                : packets.get(dice.nextInt(packets.size())));
            case 11 -> new Input.Woke();
            default -> new Input.PacketOut(from.gre(to, "out"));
        };
    }

    private static Bytes noise(SplittableRandom dice) {
        var bytes = new byte[dice.nextInt(60)];
        dice.nextBytes(bytes);
        return Bytes.of(bytes);
    }

    private static Lifetime lifetime(SplittableRandom dice) {
        return new Lifetime(
                seconds(dice), seconds(dice), number(dice, 60), number(dice, 90), number(dice, 4), number(dice, 6));
    }

    private static Optional<Duration> seconds(SplittableRandom dice) {
        return dice.nextBoolean() ? Optional.empty() : Optional.of(Duration.ofSeconds(dice.nextInt(1, 60)));
    }

    private static Optional<Long> number(SplittableRandom dice, int most) {
        return dice.nextInt(3) > 0 ? Optional.empty() : Optional.of(dice.nextLong(most));
    }
}
