package ikebana.sim;

import ikebana.ike.Datagram;
import ikebana.ike.Path;
import ikebana.kernel.UdpEncapsulation;
import ikebana.kernel.embedded.EspPacket;
import ikebana.wire.Bytes;
import ikebana.wire.IpAddress;
import ikebana.wire.UdpAddress;
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
    private final Capture capture;
    private final Map<IpAddress, Host> owners = new HashMap<>();
    private final Map<Bytes, Integer> losses = new HashMap<>();
    private final Set<Way> cut = new HashSet<>();
    private final List<Datagram> recorded = new ArrayList<>();
    private Weather weather;
    private final List<NatBox> nats = new ArrayList<>();
    private Optional<Way> disguised = Optional.empty();
    private Optional<Gusts> gusts = Optional.empty();
    private Optional<RandomGenerator> sparing = Optional.empty();
    private Optional<Damage> damage = Optional.empty();

    Network(Agenda agenda, RandomGenerator dice, Weather weather, Capture capture) {
        this.capture = capture;
        this.agenda = agenda;
        this.dice = dice;
        this.weather = weather;
    }

    void becomes(Weather next) {
        weather = next;
    }

    void suffers(Gusts next) {
        gusts = Optional.of(next);
    }

    void suffers(Damage next) {
        damage = Optional.of(next);
    }

    /// The hardships are over.
    void recovers() {
        gusts = Optional.empty();
        damage = Optional.empty();
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

    /// What leaves until [#spareNoMore] is not lost, and nothing else is another for its sake.
    ///
    /// @param ownDice how long it takes
    void spare(RandomGenerator ownDice) {
        sparing = Optional.of(ownDice);
    }

    void spareNoMore() {
        sparing = Optional.empty();
    }

    /// What somebody on the way has kept of what passed, the oldest first.
    List<Datagram> recorded() {
        return recorded;
    }

    void ike(Datagram inside) {
        var datagram = leaving(inside);
        capture.ike(agenda.now(), datagram);
        if (recorded.size() < RECORDED_AT_MOST) recorded.add(datagram);
        carry(
                datagram.path().local().ip(),
                datagram.path().remote().ip(),
                datagram.bytes(),
                () -> arrive(datagram, false));
    }

    /// A host is behind a NAT from now on.
    void nat(NatBox box) {
        nats.add(box);
    }

    private Optional<NatBox> natOf(IpAddress host) {
        return nats.stream().filter(nat -> nat.inside().equals(host)).findFirst();
    }

    /// Whom packets to this address reach: a host, or the NAT in front of one.
    private Optional<NatBox> natAt(IpAddress address) {
        return nats.stream().filter(nat -> nat.outside().equals(address)).findFirst();
    }

    /// As it is outside.
    private UdpAddress outwards(UdpAddress from) {
        return natOf(from.ip()).map(nat -> nat.outwards(from.port())).orElse(from);
    }

    /// As it is inside; empty when a NAT lets nothing through there.
    private Optional<UdpAddress> inwards(UdpAddress to) {
        var nat = natAt(to.ip());
        return nat.isPresent() ? nat.get().inwards(to.port()) : Optional.of(to);
    }

    /// An octet without a meaning: it reaches the NAT.
    void keepAlive(Path path) {
        var _ = outwards(path.local());
    }

    /// Somebody else's datagram, with whatever source it claims; it is never lost.
    void inject(Datagram datagram, boolean forged) {
        capture.ike(agenda.now(), datagram);
        agenda.after(Duration.ofMillis(1), () -> arrive(datagram, forged));
    }

    /// As it is on the network.
    Datagram leaving(Datagram datagram) {
        var path = datagram.path();
        return new Datagram(new Path(outwards(path.local()), path.remote()), datagram.bytes());
    }

    void arrive(Datagram datagram, boolean forged) {
        var path = datagram.path();
        inwards(path.remote()).ifPresent(local -> {
            var to = owners.get(local.ip());
            if (to == null) return;
            to.arrived(new Arrival(new Datagram(new Path(local, path.local()), datagram.bytes()), forged));
        });
    }

    void esp(EspPacket genuine) {
        var packet = disguised
                .filter(as -> as.from().equals(genuine.source()))
                .map(as -> new EspPacket(as.to(), genuine.destination(), genuine.encapsulation(), genuine.esp()))
                .orElse(genuine);
        var sent = packet.encapsulation().map(ports -> leaving(packet, ports)).orElse(packet);
        // no NAT could translate it (RFC 3948 1)
        boolean natted =
                natOf(packet.source()).or(() -> natAt(packet.destination())).isPresent();
        Rules.check(!natted || packet.encapsulation().isPresent(), "bare ESP where there is a NAT");
        capture.esp(agenda.now(), sent);
        carry(sent.source(), sent.destination(), sent.esp(), () -> arrive(sent));
    }

    private EspPacket leaving(EspPacket packet, UdpEncapsulation ports) {
        var from = outwards(new UdpAddress(packet.source(), ports.sourcePort()));
        var outside = new UdpEncapsulation(from.port(), ports.destinationPort());
        return new EspPacket(from.ip(), packet.destination(), Optional.of(outside), packet.esp());
    }

    private void arrive(EspPacket packet) {
        int port = packet.encapsulation().map(UdpEncapsulation::destinationPort).orElse(0);
        inwards(new UdpAddress(packet.destination(), port)).ifPresent(local -> {
            var to = owners.get(local.ip());
            if (to == null) return;
            var ports = packet.encapsulation().map(udp -> new UdpEncapsulation(udp.sourcePort(), local.port()));
            var inside = new EspPacket(packet.source(), local.ip(), ports, packet.esp());
            damage.ifPresentOrElse(it -> it.arrives(inside, to), () -> to.arrived(inside));
        });
    }

    void carry(IpAddress from, IpAddress to, Bytes bytes, Runnable arrival) {
        if (!cut.isEmpty() && cut.contains(new Way(from, to))) return;
        if (sparing.isPresent()) {
            agenda.after(weather.fastest().plusNanos(sparing.get().nextLong(1, spread() + 2)), arrival);
            return;
        }
        boolean lost = weather.loss() > 0 && dice.nextDouble() < weather.loss();
        lost |= gusts.filter(it -> it.takes(from, to)).isPresent();
        if (lost && losses.merge(bytes, 1, Integer::sum) <= weather.lossesAtMost()) return;
        int copies = weather.duplicates() > 0 && dice.nextDouble() < weather.duplicates() ? 2 : 1;
        for (int copy = 0; copy < copies; copy++) {
            agenda.after(weather.fastest().plusNanos(dice.nextLong(1, spread() + 2)), arrival);
        }
    }

    private long spread() {
        return weather.slowest().minus(weather.fastest()).toNanos();
    }
}
