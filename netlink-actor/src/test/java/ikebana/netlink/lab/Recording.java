package ikebana.netlink.lab;

import ikebana.netlink.codec.NetlinkMessage;
import ikebana.netlink.socket.Exchange;
import ikebana.netlink.socket.SystemCallFailed;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/// Writes down what passes between us and a kernel, one line each: `request`, `answer`, `error` or `event`, the name of
/// the occasion, and the message as hexadecimal digits.
final class Recording {
    /// An occasion of which nothing is kept.
    static final String OFF = "off";

    private final List<String> lines = new ArrayList<>();
    private String occasion = "start";

    synchronized void occasion(String name) {
        occasion = name;
    }

    synchronized void write(String kind, NetlinkMessage message) {
        if (occasion.equals(OFF)) return;
        lines.add("%s %s %s"
                .formatted(
                        kind,
                        occasion,
                        HexFormat.of().formatHex(message.encode().expose())));
    }

    synchronized List<String> lines() {
        return List.copyOf(lines);
    }

    /// `exchange`, overheard.
    Exchange of(Exchange exchange) {
        return request -> overheard(exchange, request);
    }

    private Exchange.Outcome overheard(Exchange exchange, NetlinkMessage request) throws SystemCallFailed {
        write("request", request);
        var outcome = exchange.ask(request);
        switch (outcome) {
            case Exchange.Outcome.Answer(var messages) -> messages.forEach(message -> write("answer", message));
            case Exchange.Outcome.Declined _, Exchange.Outcome.Silence() -> {}
        }
        return outcome;
    }
}
