package ikebana.ike;

import ikebana.Examples;
import ikebana.auth.Profile;
import ikebana.crypto.SeededEntropy;
import ikebana.settings.HalfOpen;
import ikebana.settings.IkeSettings;
import ikebana.settings.Ports;
import ikebana.wire.Bytes;
import ikebana.wire.IpAddress;
import ikebana.wire.UdpAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/// A stranger's first message, through the doorman and into a new IKE SA, and once more where a cookie is demanded.
public final class NewcomerFuzz {
    static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    static final IpAddress OURS = IpAddress.of("192.0.2.1");
    static final IpAddress THEIRS = IpAddress.of("192.0.2.2");
    static final Path PATH = new Path(new UdpAddress(OURS, 500), new UdpAddress(THEIRS, 500));
    /// One group that costs little, and one that is refused with a wish.
    static final Profile PROFILE = Examples.profile(OURS, "aes256gcm16-prfsha256-x25519-ecp256");
    static final Ports PORTS = new Ports(500, 4500);
    static final IkeSettings SETTINGS = settings(100);

    private NewcomerFuzz() {}

    /// Fails only by throwing.
    public static void fuzzerTestOneInput(byte[] bytes) {
        var datagram = new Datagram(PATH, Bytes.of(bytes));
        open(SETTINGS, datagram);
        open(settings(0), datagram);
    }

    private static void open(IkeSettings settings, Datagram datagram) {
        var entropy = new SeededEntropy(1);
        var doorman = new Doorman(settings.halfOpen(), CrashTokens.NONE, entropy);
        if (doorman.arrived(doorman.start(NOW), NOW, datagram).decision()
                instanceof Doorman.Decision.Welcome(var spi)) {
            new IkeSa(settings, PORTS, List.of(PROFILE), CrashTokens.NONE, entropy).answer(spi, datagram, NOW);
        }
    }

    static IkeSettings settings(int cookieThreshold) {
        var halfOpen = new HalfOpen(cookieThreshold, 1000, Duration.ofSeconds(30), Duration.ofSeconds(60));
        return Examples.settings(halfOpen, Duration.ofSeconds(5));
    }
}
