package ikebana.sim;

import ikebana.auth.CertificateAuthentication;
import ikebana.auth.Endpoint;
import ikebana.auth.Identity;
import ikebana.auth.PreSharedKey;
import ikebana.auth.Profile;
import ikebana.auth.PublicKeyAuthentication;
import ikebana.crypto.Entropy;
import ikebana.ike.CrashTokens;
import ikebana.kernel.GreKey;
import ikebana.kernel.Request;
import ikebana.kernel.embedded.EspPacket;
import ikebana.kernel.embedded.IpPacket;
import ikebana.wire.Bytes;
import ikebana.wire.IpAddress;
import ikebana.wire.Secret;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// A machine: its kernel and its hooks live on when its daemon dies.
final class Host implements SimKernel.Outside {
    static final GreKey KEY = GreKey.of("1234");
    static final List<GreKey> KEYS = List.of(KEY, GreKey.of("305419896"));

    /// From the wish to stop to the end. What is said between its own actors, 5 ms a message at most, has to be
    /// said by then. A peer's answer or a slow hook may come later: a stop waits for them only so long, and this
    /// is one that has given them up.
    private static final Duration GOODBYE = Duration.ofMillis(300);

    final String name;
    final IpAddress address;
    /// What the others call it: not its own address if there is a NAT in front of it.
    IpAddress outer;
    final Profile profile;
    final List<PreSharedKey> keys;
    /// By profile's name; empty where it has shared keys.
    Map<String, CertificateAuthentication> certificates = Map.of();
    Map<String, PublicKeyAuthentication> publicKeys = Map.of();
    Map<String, Secret> ppks = Map.of();
    CrashTokens crashTokens = CrashTokens.NONE;

    final Clock clock;
    final Pulse machine;
    final Pulse process;
    final SimKernel kernel;
    final Hooks hooks;
    final Cover cover;
    /// What its state-dir holds: it outlives the daemon.
    final Map<Endpoint, Identity> remembered = new LinkedHashMap<>();

    /// Which step of its IKE SAs, counted from now on, throws; 0 for none.
    int stepsToAFault;

    private final Stage world;
    private Optional<Daemon> daemon = Optional.empty();
    private boolean damaged;

    Host(
            Stage world,
            String name,
            Profile profile,
            List<PreSharedKey> keys,
            Function<Host, SimKernel> kernel,
            Hooks hooks) {
        this.world = world;
        this.name = name;
        this.profile = profile;
        this.address = ((Profile.Listed) profile.local()).addresses().getFirst();
        this.outer = address;
        this.keys = keys;
        this.clock = new Clock(world.agenda);
        this.machine = new Pulse(world.agenda, clock);
        this.process = new Pulse(world.agenda, clock);
        this.kernel = kernel.apply(this);
        this.hooks = hooks;
        this.cover = new Cover(this, world.agenda, world::isDoubtful);
    }

    Optional<Daemon> daemon() {
        return daemon;
    }

    Endpoint to(Host peer) {
        return new Endpoint(profile.name(), address, peer.outer);
    }

    /// Whether its tunnels are authenticated more than once.
    boolean isToProveAnew() {
        var lifetime = profile.ikeLifetime();
        return lifetime.reauthenticateAfter().isPresent()
                || lifetime.authenticationLimit().isPresent();
    }

    void boot() {
        machine.pass(Pulse.Place.TIMERS, this::comeBack);
    }

    private void comeBack() {
        kernel.addressCame(address);
        world.network.owned(address, this);
    }

    void start() {
        machine.pass(Pulse.Place.TIMERS, this::begin);
    }

    private void begin() {
        if (daemon.isPresent()) return;
        note("its daemon starts");
        Entropy entropy = world.entropy();
        daemon = Optional.of(new Daemon(world, this, entropy));
    }

    /// SIGTERM: it says goodbye.
    void stop(Runnable afterwards) {
        if (process.isStill()) {
            crash(); // it hears nothing, and is killed
            afterwards.run();
            return;
        }
        daemon.ifPresent(living -> {
            note("its daemon is to stop");
            living.stop();
            var since = process.now();
            process.after(GOODBYE, () -> {
                if (!daemon.equals(Optional.of(living))) return;
                if (!process.stoodStillAfter(since)) living.mustBeQuiet();
                crash();
                afterwards.run();
            });
        });
    }

    /// SIGKILL: nothing is said, and what the kernel has stays.
    void crash() {
        if (daemon.isEmpty()) return;
        note("its daemon dies");
        daemon.get().die();
        daemon = Optional.empty();
        process.dies();
        kernel.unlisten();
        hooks.died();
        cover.excused();
    }

    /// The whole machine begins anew, while the daemon is dead. Its policies are there again before anybody can send.
    void reboot() {
        note("its kernel starts anew");
        for (var state : kernel.states()) kernel.ask(new Request.RemoveState(state.id()));
        for (var larval : kernel.larvals()) kernel.ask(new Request.DropLarval(larval));
    }

    void loseAddress() {
        note("loses its address");
        cover.off();
        world.network.disowned(address);
        kernel.addressWent(address);
    }

    /// An IKE SA is about to take a step: whether it throws.
    boolean isFaulty() {
        return stepsToAFault > 0 && --stepsToAFault == 0;
    }

    void arrived(EspPacket packet) {
        machine.pass(Pulse.Place.SOCKET, () -> kernel.espArrived(packet));
    }

    /// One with bits that were not sent.
    void arrivedDamaged(EspPacket packet) {
        machine.pass(Pulse.Place.SOCKET, () -> {
            damaged = true;
            Damage.mustBeDropped(packet, kernel);
            damaged = false;
        });
    }

    void arrived(Arrival arrival) {
        machine.pass(
                Pulse.Place.SOCKET,
                () -> process.pass(Pulse.Place.SOCKET, () -> daemon.ifPresent(living -> living.arrived(arrival))));
    }

    /// A packet of this host wants to go to `peer`. Where there are several keys, they come in turn, both
    /// ends' two by two.
    Bytes inject(Host peer) {
        int number = world.nextPacket();
        var keys = profile.greKeys();
        return inject(peer, keys.get(number / 2 % keys.size()), number);
    }

    /// One with each key.
    void injectEach(Host peer) {
        profile.greKeys().forEach(key -> inject(peer, key));
    }

    Bytes inject(Host peer, GreKey key) {
        return inject(peer, key, world.nextPacket());
    }

    private Bytes inject(Host peer, GreKey key, int number) {
        var text = Bytes.of(
                "%s to %s, packet %d".formatted(name, peer.name, number).getBytes(StandardCharsets.UTF_8));
        if (machine.isStill()) return text;
        world.rules.injected(text, outer);
        kernel.packetOut(IpPacket.gre(address, peer.outer, key, text));
        return text;
    }

    @Override
    public void esp(EspPacket packet) {
        world.network.esp(packet);
    }

    @Override
    public void plain(IpPacket packet) {
        throw new AssertionError("a packet left in the clear: " + packet);
    }

    @Override
    public void delivered(IpPacket packet) {
        Rules.check(!damaged, "a damaged packet was taken");
        world.rules.delivered(packet.payload(), packet.source());
        world.arrivedPackets.add(packet.payload());
        world.scribe.receives(this, new String(packet.payload().toArray(), StandardCharsets.UTF_8));
    }

    private void note(String what) {
        world.journal.note(world.agenda.now(), name, () -> what);
    }

    @Override
    public String toString() {
        return name;
    }
}
