package ikebana.netlink;

import ikebana.netlink.codec.NetlinkMessage;
import ikebana.wire.Secret;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;

/// A line of `linux-6.1.hex`: see the README beside it.
public record Recorded(String kind, String occasion, Secret bytes) {
    public static final List<Recorded> ALL = load();

    private static List<Recorded> load() {
        try (var file = Recorded.class.getResourceAsStream("linux-6.1.hex")) {
            if (file == null) throw new IllegalStateException("no linux-6.1.hex");
            return new String(file.readAllBytes(), StandardCharsets.US_ASCII)
                    .lines()
                    .map(line -> line.split(" "))
                    .map(parts -> new Recorded(
                            parts[0], parts[1], Secret.owning(HexFormat.of().parseHex(parts[2]))))
                    .toList();
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    public static List<NetlinkMessage> of(String kind, String occasion) {
        return ALL.stream()
                .filter(line -> line.kind.equals(kind) && line.occasion.equals(occasion))
                .map(Recorded::message)
                .toList();
    }

    public NetlinkMessage message() {
        return NetlinkMessage.decode(bytes).messages().getFirst();
    }

    @Override
    public String toString() {
        return kind + " " + occasion;
    }
}
