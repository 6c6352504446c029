package ikebana.sim;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.crypto.Encryption;
import ikebana.crypto.EspSuite;
import ikebana.kernel.Direction;
import ikebana.kernel.Lifetime;
import ikebana.kernel.Notice;
import ikebana.kernel.Prefix;
import ikebana.kernel.Reply;
import ikebana.kernel.Request;
import ikebana.kernel.Selector;
import ikebana.kernel.State;
import ikebana.kernel.StateId;
import ikebana.wire.IpAddress;
import ikebana.wire.Secret;
import ikebana.wire.Spi;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// It ages as Linux 6.1 was seen to.
class StrictKernelTest {
    private final Story story = Story.of(new Story.Side(), new Story.Side());
    private final Host host = story.a;
    private final List<String> told = new ArrayList<>();

    @Test
    void aStateGrowsOldAndEnds() {
        install();
        story.pass(Duration.ofSeconds(21));
        assertThat(told).containsExactly("6 old", "20 over");
    }

    @Test
    void aClockThatIsSetBackLetsItLiveLongerEvenIfItIsRightAgainLater() {
        install();
        story.pass(Duration.ofSeconds(3));
        host.clock.set(Duration.ofHours(-1));
        story.pass(Duration.ofSeconds(20));
        host.clock.set(Duration.ZERO);
        story.pass(Duration.ofSeconds(20));
        assertThat(told).isEmpty();
    }

    @Test
    void aClockThatIsSetForwardDoesNotEndItBeforeItHasGrownOld() {
        install();
        story.pass(Duration.ofSeconds(3));
        host.clock.set(Duration.ofHours(1));
        story.pass(Duration.ofSeconds(20));
        assertThat(told).containsExactly("6 old", "20 over");
    }

    private void install() {
        var began = host.machine.now();
        host.kernel.listen(notice -> {
            if (!(notice instanceof Notice.Expired expired)) return;
            long after = Duration.between(began, host.machine.now()).toSeconds();
            told.add("%d %s".formatted(after, expired.hard() ? "over" : "old"));
        });
        var peer = IpAddress.of("192.0.2.9");
        var lifetime = new Lifetime(
                Optional.of(Duration.ofSeconds(6)),
                Optional.of(Duration.ofSeconds(20)),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
        var reply = host.kernel.ask(new Request.InstallState(new State(
                new StateId(new Spi(0x1000), host.address),
                peer,
                Direction.IN,
                7,
                new Selector(Prefix.host(peer), Prefix.host(host.address), Selector.GRE, Optional.empty()),
                new EspSuite(Encryption.AES_GCM_16_256, Optional.empty(), false),
                Secret.owning(new byte[36]),
                Secret.owning(new byte[0]),
                Optional.empty(),
                0,
                32,
                lifetime)));
        assertThat(reply).isEqualTo(new Reply.Done());
    }
}
