package ikebana;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import ikebana.wire.Bytes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;

/// Reads the vectors under src/test/resources/vectors.
public final class Vectors {
    private static final Path HOME = Path.of("src/test/resources/vectors");
    private static final ObjectMapper JSON = new ObjectMapper();

    private Vectors() {}

    /// A UDP payload of a capture, without the non-ESP marker.
    public record Datagram(int sourcePort, int destinationPort, Bytes bytes) {}

    public static JsonNode json(String file) {
        try {
            return JSON.readTree(HOME.resolve(file).toFile());
        } catch (IOException missing) {
            throw new UncheckedIOException(missing);
        }
    }

    public static List<String> lines(String file) {
        try {
            return Files.readAllLines(HOME.resolve(file));
        } catch (IOException missing) {
            throw new UncheckedIOException(missing);
        }
    }

    public static Iterable<JsonNode> tests(JsonNode group) {
        return group.path("tests");
    }

    public static List<JsonNode> groups(JsonNode file) {
        var groups = file.has("testGroups") ? file.path("testGroups") : file.path("groups");
        return StreamSupport.stream(groups.spliterator(), false).toList();
    }

    public static Bytes hex(JsonNode node, String field) {
        return Bytes.ofHex(node.path(field).asText());
    }

    /// The UDP payloads of a pcap file with Ethernet or raw IPv4 frames.
    public static List<Datagram> pcap(String file) {
        try {
            var in = ByteBuffer.wrap(Files.readAllBytes(HOME.resolve(file))).order(ByteOrder.LITTLE_ENDIAN);
            if (in.getInt(0) != 0xa1b2c3d4) in.order(ByteOrder.BIG_ENDIAN);
            int link = in.getInt(20);
            var datagrams = new ArrayList<Datagram>();
            for (int at = 24; at < in.limit(); ) {
                int length = in.getInt(at + 8);
                datagrams.addAll(udp(in.slice(at + 16, length), link));
                at += 16 + length;
            }
            return datagrams;
        } catch (IOException missing) {
            throw new UncheckedIOException(missing);
        }
    }

    private static List<Datagram> udp(ByteBuffer frame, int link) {
        int ip = switch (link) {
            case 1 -> 14; // Ethernet
            case 113 -> 16; // Linux cooked
            case 0 -> 4; // BSD loopback
            default -> 0; // raw
        };
        if (frame.get(ip) >>> 4 != 4 || frame.get(ip + 9) != 17) return List.of();
        int udp = ip + 4 * (frame.get(ip) & 0xf);
        int source = frame.getShort(udp) & 0xffff;
        int destination = frame.getShort(udp + 2) & 0xffff;
        int length = frame.getShort(udp + 4) & 0xffff;
        var payload = Bytes.of(frame.slice(udp + 8, length - 8));
        boolean marked = (source == 4500 || destination == 4500) && payload.length() > 4;
        if (marked && !payload.slice(0, 4).equals(Bytes.ofHex("00000000"))) return List.of(); // ESP
        return List.of(new Datagram(source, destination, marked ? payload.slice(4, payload.length()) : payload));
    }
}
