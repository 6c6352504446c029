package ikebana.sim;

import ikebana.ike.Datagram;
import ikebana.ike.Path;
import ikebana.kernel.embedded.EspPacket;
import ikebana.wire.Bytes;
import ikebana.wire.IpAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;

/// Carries IKE and ESP between hosts, as well as the weather lets it.
class Network {
    private static final int RECORDED_AT_MOST = 60;

    private record Way(IpAddress from, IpAddress to) {}

    private final Agenda agenda;
    private final RandomGenerator dice;
    private final Map<IpAddress, Host> owners = new HashMap<>();
    private final Map<Bytes, Integer> losses = new HashMap<>();
    private final Set<Way> cut = new HashSet<>();
    private final List<Datagram> recorded = new ArrayList<>();
    private Weather weather;
    private Optional<Way> disguised = Optional.empty();

    Network(Agenda agenda, RandomGenerator dice, Weather weather) {
        this.agenda = agenda;
        this.dice = dice;
        this.weather = weather;
    }

    void becomes(Weather next) {
        weather = next;
    }

    void owned(IpAddress address, Host by) {
        owners.put(address, by);
    }

    void disowned(IpAddress address) {
        owners.remove(address);
    }

    /// Nothing passes between these two, either way.
    void cut(IpAddress one, IpAddress other) {
        cut.add(new Way(one, other));
        cut.add(new Way(other, one));
    }

    void mend() {
        cut.clear();
    }

    /// ESP of `member` leaves under another address, until [#undisguise].
    void disguise(IpAddress member, IpAddress as) {
        disguised = Optional.of(new Way(member, as));
    }

    void undisguise() {
        disguised = Optional.empty();
    }

    /// What somebody on the way has kept of what passed, the oldest first.
    List<Datagram> recorded() {
        return recorded;
    }

    void ike(Datagram datagram) {
        if (recorded.size() < RECORDED_AT_MOST) recorded.add(datagram);
        carry(
                datagram.path().local().ip(),
                datagram.path().remote().ip(),
                datagram.bytes(),
                () -> arrive(datagram, false));
    }

    /// Somebody else's datagram, with whatever source it claims; it is never lost.
    void inject(Datagram datagram, boolean forged) {
        agenda.after(Duration.ofMillis(1), () -> arrive(datagram, forged));
    }

    void arrive(Datagram datagram, boolean forged) {
        var path = datagram.path();
        var to = owners.get(path.remote().ip());
        if (to == null) return;
        to.arrived(new Arrival(new Datagram(new Path(path.remote(), path.local()), datagram.bytes()), forged));
    }

    void esp(EspPacket genuine) {
        var packet = disguised
                .filter(as -> as.from().equals(genuine.source()))
                .map(as -> new EspPacket(as.to(), genuine.destination(), genuine.encapsulation(), genuine.esp()))
                .orElse(genuine);
        carry(packet.source(), packet.destination(), packet.esp(), () -> {
            var to = owners.get(packet.destination());
            if (to != null) to.kernel.espArrived(packet);
        });
    }

    void carry(IpAddress from, IpAddress to, Bytes bytes, Runnable arrival) {
        if (!cut.isEmpty() && cut.contains(new Way(from, to))) return;
        boolean lost = weather.loss() > 0 && dice.nextDouble() < weather.loss();
        if (lost && losses.merge(bytes, 1, Integer::sum) <= weather.lossesAtMost()) return;
        int copies = weather.duplicates() > 0 && dice.nextDouble() < weather.duplicates() ? 2 : 1;
        for (int copy = 0; copy < copies; copy++) {
            agenda.after(Duration.ofNanos(dice.nextLong(1, weather.slowest().toNanos() + 1)), arrival);
        }
    }
}
