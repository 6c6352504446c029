package ikebana.sim;

import ikebana.crypto.Encryption;
import ikebana.crypto.Integrity;
import ikebana.ike.Datagram;
import ikebana.ike.Wiretap;
import ikebana.kernel.State;
import ikebana.kernel.UdpEncapsulation;
import ikebana.kernel.embedded.EspPacket;
import ikebana.wire.Bytes;
import ikebana.wire.IpAddress;
import ikebana.wire.Secret;
import ikebana.wire.Writer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What was on the simulated network, with the keys for it, as Wireshark reads them: `capture.pcap`,
/// `ikev2_decryption_table` and `esp_sa`. The keys are those of a simulation, and open nothing else.
///
/// A datagram is there when it leaves, as it looks outside of a NAT, also if it is lost; a duplicate is there once. For
/// ChaCha20-Poly1305 Wireshark has no row.
final class Capture {
    private static final int NANOSECONDS = 0xa1b23c4d;
    private static final int RAW_IP = 101;
    private static final int LONGEST = 65_535;
    private static final int IP_HEADER = 20;
    private static final int UDP_HEADER = 8;
    private static final int UDP = 17;
    private static final int ESP = 50;
    private static final int NAT_PORT = 4500;

    private record Frame(Instant at, Bytes packet) {}

    private final boolean kept;
    private final List<Frame> frames = new ArrayList<>();
    private final Set<String> ikeKeys = new LinkedHashSet<>();
    private final Set<String> espKeys = new LinkedHashSet<>();

    Capture(boolean kept) {
        this.kept = kept;
    }

    void ike(Instant at, Datagram datagram) {
        if (!kept) return;
        var path = datagram.path();
        boolean marked = path.local().port() == NAT_PORT || path.remote().port() == NAT_PORT;
        var payload = marked ? Bytes.concat(Bytes.of(new byte[4]), datagram.bytes()) : datagram.bytes();
        udp(
                at,
                path.local().ip(),
                path.local().port(),
                path.remote().ip(),
                path.remote().port(),
                payload);
    }

    void esp(Instant at, EspPacket packet) {
        if (!kept) return;
        Optional<UdpEncapsulation> ports = packet.encapsulation();
        if (ports.isPresent()) {
            int from = ports.get().sourcePort();
            udp(at, packet.source(), from, packet.destination(), ports.get().destinationPort(), packet.esp());
        } else {
            ip(at, ESP, packet.source(), packet.destination(), packet.esp());
        }
    }

    private void udp(Instant at, IpAddress from, int fromPort, IpAddress to, int toPort, Bytes payload) {
        var header = new Writer()
                .u16(fromPort)
                .u16(toPort)
                .u16(UDP_HEADER + payload.length())
                .u16(0);
        ip(at, UDP, from, to, Bytes.concat(header.toBytes(), payload));
    }

    private void ip(Instant at, int protocol, IpAddress from, IpAddress to, Bytes payload) {
        var header = ByteBuffer.allocate(IP_HEADER)
                .put((byte) 0x45)
                .put((byte) 0)
                .putShort((short) (IP_HEADER + payload.length()))
                .putInt(0)
                .put((byte) 64)
                .put((byte) protocol)
                .putShort((short) 0)
                .put(from.raw().toArray())
                .put(to.raw().toArray());
        frames.add(new Frame(at, Bytes.concat(Bytes.of(header.array()), payload)));
    }

    void keys(Wiretap known) {
        if (!kept) return;
        for (var of : known.keys()) {
            var suite = of.keys().suite();
            name(suite.encryption())
                    .ifPresent(encryption -> ikeKeys.add("%s,%s,%s,%s,\"%s\",%s,%s,\"%s\""
                            .formatted(
                                    of.initiator().toBytes(),
                                    of.responder().toBytes(),
                                    hex(of.keys().ei()),
                                    hex(of.keys().er()),
                                    encryption,
                                    hex(of.keys().ai()),
                                    hex(of.keys().ar()),
                                    suite.integrity().map(Capture::name).orElse("NONE [RFC4306]"))));
        }
    }

    /// By SPI alone: the addresses of a state are not always those outside.
    void keys(State state) {
        if (!kept || state.suite().encryption() == Encryption.CHACHA20_POLY1305) return;
        boolean aead = state.suite().encryption().isAead();
        espKeys.add("\"IPv4\",\"*\",\"*\",\"0x%s\",\"%s\",\"0x%s\",\"%s\",\"%s\""
                .formatted(
                        state.id().spi(),
                        aead ? "AES-GCM with 16 octet ICV [RFC4106]" : "AES-CBC [RFC3602]",
                        hex(state.encryptionKey()),
                        state.suite().integrity().map(Capture::espName).orElse("NULL"),
                        state.integrityKey().isEmpty() ? "" : "0x" + hex(state.integrityKey())));
    }

    private static String hex(Secret key) {
        return HexFormat.of().formatHex(key.expose());
    }

    private static Optional<String> name(Encryption encryption) {
        return switch (encryption) {
            case AES_GCM_16_256 -> Optional.of("AES-GCM-256 with 16 octet ICV [RFC5282]");
            case AES_GCM_16_128 -> Optional.of("AES-GCM-128 with 16 octet ICV [RFC5282]");
            case AES_CBC_256 -> Optional.of("AES-CBC-256 [RFC3602]");
            case AES_CBC_128 -> Optional.of("AES-CBC-128 [RFC3602]");
            case CHACHA20_POLY1305 -> Optional.empty();
        };
    }

    private static String name(Integrity integrity) {
        return switch (integrity) {
            case HMAC_SHA2_256_128 -> "HMAC_SHA2_256_128 [RFC4868]";
            case HMAC_SHA2_384_192 -> "HMAC_SHA2_384_192 [RFC4868]";
            case HMAC_SHA2_512_256 -> "HMAC_SHA2_512_256 [RFC4868]";
        };
    }

    private static String espName(Integrity integrity) {
        return switch (integrity) {
            case HMAC_SHA2_256_128 -> "HMAC-SHA-256-128 [RFC4868]";
            case HMAC_SHA2_384_192 -> "HMAC-SHA-384-192 [RFC4868]";
            case HMAC_SHA2_512_256 -> "HMAC-SHA-512-256 [RFC4868]";
        };
    }

    void keep(Path folder) throws IOException {
        Files.write(folder.resolve("capture.pcap"), pcap());
        Files.write(folder.resolve("ikev2_decryption_table"), ikeKeys);
        Files.write(folder.resolve("esp_sa"), espKeys);
    }

    private byte[] pcap() {
        int length = 24
                + frames.stream()
                        .mapToInt(frame -> 16 + frame.packet().length())
                        .sum();
        var out = ByteBuffer.allocate(length)
                .putInt(NANOSECONDS)
                .putShort((short) 2)
                .putShort((short) 4)
                .putLong(0)
                .putInt(LONGEST)
                .putInt(RAW_IP);
        for (var frame : frames) {
            int size = frame.packet().length();
            var since = Duration.between(Instant.EPOCH, frame.at());
            out.putInt((int) since.toSeconds())
                    .putInt(since.toNanosPart())
                    .putInt(size)
                    .putInt(size)
                    .put(frame.packet().toArray());
        }
        return out.array();
    }
}
