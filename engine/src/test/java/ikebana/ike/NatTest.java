package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.Examples;
import ikebana.auth.Credentials;
import ikebana.auth.Endpoint;
import ikebana.auth.IdentityPattern;
import ikebana.auth.PreSharedKey;
import ikebana.auth.Profile;
import ikebana.crypto.Entropy;
import ikebana.crypto.SeededEntropy;
import ikebana.settings.IkeSettings;
import ikebana.settings.Ports;
import ikebana.wire.IkeSpi;
import ikebana.wire.IpAddress;
import ikebana.wire.Secret;
import ikebana.wire.UdpAddress;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// A spoke behind a NAT dials a hub: both see it, and say so.
class NatTest {
    private static final IpAddress INSIDE = IpAddress.of("10.0.0.2");
    private static final IpAddress OUTSIDE = IpAddress.of("203.0.113.7");
    private static final IpAddress HUB = IpAddress.of("192.0.2.1");
    private static final int SHIFT = 20_000;
    private static final Ports PORTS = new Ports(500, 4500);
    private static final IkeSettings SETTINGS = Examples.SETTINGS;

    private final List<Datagram> wire = new ArrayList<>();
    private final Deque<Runnable> agenda = new ArrayDeque<>();
    private final End spoke = new End(INSIDE, new SeededEntropy(1));
    private final End hub = new End(HUB, new SeededEntropy(2));

    /// What one end does, as soon as the other has done what it did.
    private final class End {
        final Profile profile;
        final IkeSa machine;
        final Credentials credentials;
        final List<String> said = new ArrayList<>();
        Optional<SaState> state = Optional.empty();

        End(IpAddress address, Entropy entropy) {
            profile = Examples.profile(address);
            machine = new IkeSa(SETTINGS, PORTS, List.of(profile), entropy);
            var key = new PreSharedKey(IdentityPattern.of("*"), Secret.copyOf(new byte[] {1, 2, 3}));
            credentials = new Credentials(Map.of("dmvpn", List.of(key)), entropy);
        }

        void perform(Step<SaState, Effect> step) {
            state = Optional.of(step.next());
            for (var effect : step.effects()) {
                switch (effect) {
                    case Effect.Send(var datagram) -> {
                        wire.add(datagram);
                        agenda.add(() -> translated(datagram));
                    }
                    case Effect.AskCredentials(var ticket, var question) ->
                        agenda.add(() -> happens(new Input.CredentialsSaid(ticket, credentials.answer(question))));
                    case Effect.MayAuthenticate(var ticket, var _) ->
                        agenda.add(() -> happens(new Input.Cleared(ticket, true)));
                    case Effect.Finished(var _, var why) -> said.add(why);
                    case Effect.AskAdmission _, Effect.AskKernel _, Effect.Established _ ->
                        throw new AssertionError("nothing is to be installed behind a NAT: " + effect);
                    case Effect.Confirmed _, Effect.Ignored _, Effect.Retired _ -> {}
                }
            }
        }

        void happens(Input input) {
            perform(machine.step(state.orElseThrow(), Instant.EPOCH, input));
        }
    }

    /// The NAT: outside, the spoke has another address and other ports.
    private void translated(Datagram datagram) {
        var path = datagram.path();
        if (path.local().ip().equals(INSIDE)) {
            var seen = new UdpAddress(OUTSIDE, path.local().port() + SHIFT);
            arrives(hub, new Datagram(new Path(path.remote(), seen), datagram.bytes()));
        } else {
            assertThat(path.remote().ip()).isEqualTo(OUTSIDE);
            var inside = new UdpAddress(INSIDE, path.remote().port() - SHIFT);
            arrives(spoke, new Datagram(new Path(inside, path.local()), datagram.bytes()));
        }
    }

    private void arrives(End end, Datagram datagram) {
        if (end.state.isEmpty()) {
            end.perform(end.machine.answer(new IkeSpi(2), datagram, Instant.EPOCH));
        } else {
            end.happens(new Input.Arrived(datagram));
        }
    }

    @Test
    void whatFollowsTheDiscoveryOfANatGoesByTheSecondPortAndTheTunnelIsRefusedWithASentence() {
        var path = new Path(new UdpAddress(INSIDE, 500), new UdpAddress(HUB, 500));
        var dial = new Dial(new Endpoint("dmvpn", INSIDE, HUB), spoke.profile, 0);
        spoke.perform(spoke.machine.dial(new IkeSpi(1), path, dial, Instant.EPOCH));
        while (!agenda.isEmpty()) agenda.poll().run();

        assertThat(wire.stream().map(Datagram::path).map(Path::toString))
                .startsWith(
                        "10.0.0.2:500 -> 192.0.2.1:500",
                        "192.0.2.1:500 -> 203.0.113.7:20500",
                        "10.0.0.2:4500 -> 192.0.2.1:4500",
                        "192.0.2.1:4500 -> 203.0.113.7:24500");
        assertThat(wire.stream().skip(2).map(sent -> sent.path().local().port()))
                .containsOnly(4500);
        assertThat(spoke.said).singleElement().asString().contains("NAT");
        assertThat(hub.said).singleElement().asString().contains("NAT");
        assertThat(spoke.state.orElseThrow().isClosed()).isTrue();
        // the spoke's deletion has reached the hub, whose own is no longer repeated
        assertThat(hub.state.orElseThrow().window().flight()).isEmpty();
    }
}
