package ikebana.sim;

import ikebana.wire.IpAddress;
import ikebana.wire.UdpAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// A NAT with one host behind it: mapping and filtering do not depend on the other end (RFC 4787 4.1, 5), and a mapping
/// lives as long as something goes out through it.
final class NatBox {
    private static final int FIRST_PORT = 10_000;

    private record Mapping(int inside, Instant usedAt) {}

    private final Agenda agenda;
    private final IpAddress inside;
    private final boolean forwards;
    private final Duration memory;
    private final Map<Integer, Mapping> mappings = new HashMap<>();
    private IpAddress outside;
    private int nextPort = FIRST_PORT;

    /// @param forwards it keeps all ports and forgets nothing: what a server is put behind
    /// @param memory how long a mapping outlives the last packet that went out
    NatBox(Agenda agenda, IpAddress inside, IpAddress outside, boolean forwards, Duration memory) {
        this.agenda = agenda;
        this.inside = inside;
        this.outside = outside;
        this.forwards = forwards;
        this.memory = memory;
    }

    IpAddress inside() {
        return inside;
    }

    IpAddress outside() {
        return outside;
    }

    /// Whoever goes out from now on gets another port.
    void forget() {
        mappings.clear();
    }

    void movesTo(IpAddress address) {
        outside = address;
        forget();
    }

    UdpAddress outwards(int port) {
        if (forwards) return new UdpAddress(outside, port);
        int given = mappings.entrySet().stream()
                .filter(one -> one.getValue().inside() == port && isKnown(one.getValue()))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseGet(() -> nextPort++);
        mappings.put(given, new Mapping(port, agenda.now()));
        return new UdpAddress(outside, given);
    }

    /// Empty when nobody inside has asked for it.
    Optional<UdpAddress> inwards(int port) {
        if (forwards) return Optional.of(new UdpAddress(inside, port));
        return Optional.ofNullable(mappings.get(port))
                .filter(this::isKnown)
                .map(mapping -> new UdpAddress(inside, mapping.inside()));
    }

    private boolean isKnown(Mapping mapping) {
        return mapping.usedAt().plus(memory).isAfter(agenda.now());
    }
}
