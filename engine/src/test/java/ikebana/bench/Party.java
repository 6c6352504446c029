package ikebana.bench;

import ikebana.Examples;
import ikebana.auth.Credentials;
import ikebana.auth.Endpoint;
import ikebana.auth.IdentityPattern;
import ikebana.auth.PreSharedKey;
import ikebana.auth.Profile;
import ikebana.crypto.Entropy;
import ikebana.ike.CrashTokens;
import ikebana.ike.Datagram;
import ikebana.ike.Dial;
import ikebana.ike.Doorman;
import ikebana.ike.Effect;
import ikebana.ike.IkeSa;
import ikebana.ike.Input;
import ikebana.ike.Path;
import ikebana.ike.SaState;
import ikebana.ike.Step;
import ikebana.kernel.Reply;
import ikebana.kernel.Request;
import ikebana.settings.Fragmentation;
import ikebana.settings.HalfOpen;
import ikebana.settings.IkeSettings;
import ikebana.settings.Ports;
import ikebana.settings.Retransmission;
import ikebana.wire.Header;
import ikebana.wire.IkeSpi;
import ikebana.wire.IpAddress;
import ikebana.wire.Secret;
import ikebana.wire.UdpAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// One end of many handshakes: the machines and the keys, and around them nothing that costs anything. What the ledger
/// and a kernel would be asked is granted at once.
final class Party {
    static final String KEY = "correct horse battery staple";
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final Duration LONG = Duration.ofHours(1);
    private static final IkeSettings SETTINGS = new IkeSettings(
            new Retransmission(Duration.ofMillis(500), 1.8, Duration.ofSeconds(10), 6, 0.1),
            new HalfOpen(100_000, 200_000, LONG, LONG),
            new Fragmentation(1280, 64, 64 * 1024),
            LONG,
            LONG,
            LONG,
            LONG,
            LONG,
            LONG,
            LONG,
            1);
    private static final Entropy ENTROPY = Entropy.secure();

    private final Profile profile;
    private final IkeSa machine;
    private final Credentials credentials;
    private final Doorman doorman = new Doorman(SETTINGS.halfOpen(), CrashTokens.NONE, ENTROPY);
    private final Map<IkeSpi, SaState> sas = new HashMap<>();
    private final List<Datagram> said = new ArrayList<>();
    private Doorman.State door = doorman.start(NOW);
    private int established;

    Party(IpAddress local, String suite) {
        profile = Examples.profile(local, suite);
        machine = new IkeSa(SETTINGS, new Ports(500, 4500), List.of(profile), CrashTokens.NONE, ENTROPY);
        var key = Secret.copyOf(KEY.getBytes(StandardCharsets.UTF_8));
        credentials =
                new Credentials(Map.of("dmvpn", List.of(new PreSharedKey(IdentityPattern.of("*"), key))), ENTROPY);
    }

    int established() {
        return established;
    }

    /// What was sent since the last call, as it arrives at the other end.
    List<Datagram> said() {
        var all = said.stream()
                .map(sent ->
                        new Datagram(new Path(sent.path().remote(), sent.path().local()), sent.bytes()))
                .toList();
        said.clear();
        return all;
    }

    void dial(UdpAddress from, UdpAddress to) {
        var spi = ENTROPY.ikeSpi();
        var dial = new Dial(new Endpoint("dmvpn", from.ip(), to.ip()), profile, 0);
        perform(spi, machine.dial(spi, new Path(from, to), dial, NOW));
    }

    /// To one who dialled.
    void answered(Datagram datagram) {
        happens(Header.peek(datagram.bytes()).orElseThrow().initiator(), new Input.Arrived(datagram));
    }

    /// To one who is dialled.
    void asked(Datagram datagram) {
        var opened = doorman.arrived(door, NOW, datagram);
        door = opened.next();
        switch (opened.decision()) {
            case Doorman.Decision.Welcome(var spi) -> perform(spi, machine.answer(spi, datagram, NOW));
            case Doorman.Decision.Deliver(var spi) -> happens(spi, new Input.Arrived(datagram));
            case Doorman.Decision.Answer _, Doorman.Decision.Drop _ ->
                throw new IllegalStateException("not let in: " + opened.decision());
        }
    }

    private void happens(IkeSpi spi, Input input) {
        var state = sas.get(spi);
        if (state == null) throw new IllegalStateException("no IKE SA has the SPI " + spi);
        perform(spi, machine.step(state, NOW, input));
    }

    private void perform(IkeSpi spi, Step<SaState, Effect> step) {
        sas.put(spi, step.next());
        for (var effect : step.effects()) {
            switch (effect) {
                case Effect.Send(var datagram) -> said.add(datagram);
                case Effect.AskCredentials(var ticket, var question) ->
                    happens(spi, new Input.CredentialsSaid(ticket, credentials.answer(question, Instant.EPOCH)));
                case Effect.AskKernel(var ticket, var request) ->
                    happens(spi, new Input.KernelSaid(ticket, granted(request)));
                case Effect.MayAuthenticate(var ticket, var _) -> happens(spi, new Input.Cleared(ticket, true));
                case Effect.AskAdmission asked -> happens(spi, new Input.Admitted(asked.ticket(), false));
                case Effect.Established _ -> established++;
                case Effect.Changed _,
                        Effect.KnownBy _,
                        Effect.Parting _,
                        Effect.Parted _,
                        Effect.Confirmed _,
                        Effect.Idle _,
                        Effect.AuthenticateWithin _,
                        Effect.LeftBehind _,
                        Effect.KeepAlive _,
                        Effect.Moved _ -> {}
                case Effect.Ignored(var why) -> throw new IllegalStateException(why);
                case Effect.Finished(var _, var why) -> throw new IllegalStateException(why);
                case Effect.Retired() -> sas.remove(spi);
            }
        }
    }

    private static Reply granted(Request request) {
        return request instanceof Request.FindState ? new Reply.States(List.of()) : new Reply.Done();
    }
}
