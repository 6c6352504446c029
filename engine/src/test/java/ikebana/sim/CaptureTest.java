package ikebana.sim;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.crypto.Encryption;
import ikebana.crypto.EspCipher;
import ikebana.crypto.EspSuite;
import ikebana.crypto.SkProtection;
import ikebana.wire.Bytes;
import ikebana.wire.Encrypted;
import ikebana.wire.Header;
import ikebana.wire.Message;
import ikebana.wire.Secret;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a seed leaves can be read by somebody who has nothing but the files.
class CaptureTest {
    /// It has AES-GCM with 256 bits for both, a NAT or none, and nobody who forges.
    private static final long SEED = 17;

    private static final int UDP = 17;
    private static final int ESP = 50;

    @TempDir
    Path folder;

    @BeforeEach
    void runs() {
        var trace = Trace.of(SEED, PlantedBug.NONE);
        assertThat(trace.failure()).isEmpty();
        trace.keep(folder);
    }

    private List<Bytes> packets() throws IOException {
        var in = ByteBuffer.wrap(Files.readAllBytes(folder.resolve("capture.pcap")));
        assertThat(in.getInt()).isEqualTo(0xa1b23c4d);
        in.position(24);
        var packets = new ArrayList<Bytes>();
        while (in.hasRemaining()) {
            in.position(in.position() + 8);
            var packet = new byte[in.getInt()];
            assertThat(in.getInt()).isEqualTo(packet.length);
            in.get(packet);
            assertThat(ByteBuffer.wrap(packet).getShort(2)).isEqualTo((short) packet.length);
            packets.add(Bytes.of(packet));
        }
        return packets;
    }

    private List<Bytes> behind(int protocol, int headers) throws IOException {
        return packets().stream()
                .filter(packet -> packet.at(9) == protocol)
                .map(packet -> packet.slice(headers, packet.length()))
                .toList();
    }

    private static Secret key(String hex) {
        return Secret.copyOf(Bytes.ofHex(hex).toArray());
    }

    @Test
    void theTableOpensWhatIsSealed() throws IOException {
        var keys = new HashMap<String, String[]>();
        for (var row : Files.readAllLines(folder.resolve("ikev2_decryption_table"))) {
            var cells = row.split(",");
            keys.put(cells[0] + cells[1], cells);
        }
        assertThat(keys).isNotEmpty();
        int opened = 0;
        for (var bytes : behind(UDP, 28)) {
            if (!(Message.decode(bytes) instanceof Message.Decoded.Whole(var message))) continue;
            if (message.payloads().isEmpty() || !(message.payloads().getLast() instanceof Encrypted sealed)) continue;
            assertThat(open(keys, message.header(), bytes, sealed)).isPresent();
            opened++;
        }
        assertThat(opened).isGreaterThan(10);
    }

    private static Optional<Bytes> open(Map<String, String[]> keys, Header header, Bytes bytes, Encrypted sealed) {
        var row = keys.get("%s%s"
                .formatted(header.initiator().toBytes(), header.responder().toBytes()));
        assertThat(row).as(header.toString()).isNotNull();
        assertThat(row[4]).isEqualTo("\"AES-GCM-256 with 16 octet ICV [RFC5282]\"");
        var key = key(row[header.fromInitiator() ? 2 : 3]);
        return new SkProtection(Encryption.AES_GCM_16_256, Optional.empty(), key, Secret.EMPTY)
                .open(Message.associatedDataOf(bytes, sealed), sealed.body());
    }

    @Test
    void theEspRowsOpenThePackets() throws IOException {
        var keys = new HashMap<String, Secret>();
        for (var row : Files.readAllLines(folder.resolve("esp_sa"))) {
            var cells = row.replace("\"", "").split(",", -1);
            assertThat(cells[4]).isEqualTo("AES-GCM with 16 octet ICV [RFC4106]");
            keys.put(cells[3].substring(2), key(cells[5].substring(2)));
        }
        var suite = new EspSuite(Encryption.AES_GCM_16_256, Optional.empty(), false);
        int opened = 0;
        for (var packet : behind(ESP, 20)) {
            var front = EspCipher.front(packet).orElseThrow();
            var key = keys.get(front.spi().toString());
            assertThat(key).isNotNull();
            var inside = new EspCipher(suite, key, Secret.EMPTY).open(front.sequence(), packet);
            assertThat(new String(inside.orElseThrow().payload().toArray(), StandardCharsets.ISO_8859_1))
                    .contains("packet");
            opened++;
        }
        assertThat(opened).isGreaterThan(10);
    }
}
