package ikebana.sim;

import ikebana.auth.Credentials;
import ikebana.auth.Endpoint;
import ikebana.auth.TrapPolicies;
import ikebana.control.Answer;
import ikebana.control.Event;
import ikebana.crypto.Entropy;
import ikebana.ike.CrashTokens;
import ikebana.ike.Datagram;
import ikebana.ike.Dial;
import ikebana.ike.Doorman;
import ikebana.ike.Doorman.Decision;
import ikebana.ike.Effect;
import ikebana.ike.IkeSa;
import ikebana.ike.Input;
import ikebana.ike.Ledger;
import ikebana.ike.Ledger.Happening;
import ikebana.ike.Ledger.Order;
import ikebana.ike.Path;
import ikebana.ike.SaState;
import ikebana.ike.Step;
import ikebana.kernel.Direction;
import ikebana.kernel.Lifetime;
import ikebana.kernel.Notice;
import ikebana.kernel.Reply;
import ikebana.kernel.Request;
import ikebana.kernel.State;
import ikebana.settings.Ports;
import ikebana.wire.Bytes;
import ikebana.wire.IkeSpi;
import ikebana.wire.Message;
import ikebana.wire.NotifyType;
import ikebana.wire.UdpAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// One life of a daemon: the machines, and the thin shell around two of them, as `TunnelRegistry` is, but in virtual
/// time; the shell of the third is [Sa]. What one actor tells another is under way for a moment, in order.
///
/// Planted bugs live here, between the machines and the world.
final class Daemon {
    private static final int IKE = 500;
    private static final Duration LONGEST_DOWN = Duration.ofSeconds(10);
    /// What came due while nothing happened is done by then.
    private static final Duration CATCHING_UP = Duration.ofSeconds(1);
    /// What an IKE SA had that failed after its end is received on for as long as the settings say of what is left.
    private static final Duration FORGOTTEN_BY_THEN = Duration.ofSeconds(15);

    final Host host;
    final Stage world;
    private final PlantedBug bug;
    private final Ledger ledger;
    private final Doorman doorman;
    final IkeSa machine;
    final Credentials credentials;
    final KernelLink link;
    private final Line notices;
    private final Line policies;
    private final Map<IkeSpi, Sa> sas = new LinkedHashMap<>();
    private final Admitted admitted = new Admitted();
    private final Map<Datagram, IkeSpi> welcomed = new HashMap<>();
    private final Set<Bytes> cookies = new HashSet<>();
    private Ledger.State entries = Ledger.State.EMPTY;
    private Doorman.State door;
    private final Map<Long, ikebana.control.Order> unanswered = new HashMap<>();
    private Optional<Instant> armed = Optional.empty();
    private long tickets;
    private boolean alive = true;
    private boolean stopping;
    /// The ledger hears just now that an IKE SA has failed.
    private boolean failing;

    Daemon(Stage world, Host host, Entropy entropy) {
        this.world = world;
        this.host = host;
        this.bug = world.bug;
        this.ledger = new Ledger(world.settings(), List.of(host.profile), entropy);
        this.doorman = new Doorman(world.settings().halfOpen(), host.crashTokens, entropy);
        this.door = doorman.start(now());
        this.machine = new IkeSa(
                world.settings(),
                new Ports(IKE, 4500),
                List.of(host.profile),
                host.crashTokens,
                entropy,
                world.keyExchanges());
        this.credentials = new Credentials(
                Map.of(host.profile.name(), host.keys), host.certificates, host.publicKeys, host.ppks, entropy);
        this.link = world.link(host);
        this.notices = world.line(host);
        this.policies = world.line(host);
        for (var policy : TrapPolicies.of(host.profile)) {
            if (bug == PlantedBug.NO_TRAP && policy.direction() == Direction.OUT) continue;
            // fail closed: before anything else is listened to
            var reply = host.kernel.ask(new Request.InstallPolicy(policy));
            Rules.check(reply instanceof Reply.Done, "a policy was refused: " + reply);
        }
        happen(new Happening.Remembered(host.remembered));
        link.listen(notice -> notices.tell(() -> ifAlive(() -> noticed(notice))));
    }

    Instant now() {
        return bug == PlantedBug.TIME_OF_DAY_FOR_ALL ? host.clock.timeOfDay() : host.process.now();
    }

    /// When a machine wants to be woken; what it had wanted before it stood still comes late.
    void wakeAt(Instant when, Runnable what) {
        var wait = Duration.between(now(), when);
        Rules.check(!wait.isNegative() || host.process.mayBeLate(when), "wants to be woken in the past");
        var due = host.process.now().plus(wait);
        host.process.after(wait.isNegative() ? Duration.ZERO : wait, () -> {
            boolean late = due.plusSeconds(1).isBefore(host.process.now());
            if (!late || bug != PlantedBug.LATE_TIMER_LOST) what.run();
        });
    }

    void note(java.util.function.Supplier<String> what) {
        world.journal.note(world.agenda.now(), host.name, what);
    }

    void die() {
        alive = false;
    }

    void ifAlive(Runnable what) {
        if (alive) what.run();
    }

    // ---- what the judge asks

    boolean isAlive() {
        return alive;
    }

    /// The IKE SAs that are established and not over.
    List<Sa> standing(Endpoint endpoint) {
        return sas.values().stream()
                .filter(sa -> sa.stands() && sa.isOf(endpoint))
                .toList();
    }

    void endAll() {
        all().forEach(sa -> sa.tell(new Input.Close("a member said so", false)));
    }

    List<Sa> all() {
        return List.copyOf(sas.values());
    }

    /// Whether an IKE SA of ours is being made for it, or stands.
    boolean minds(Endpoint endpoint) {
        return entries.minds(endpoint) || sas.values().stream().anyMatch(sa -> !sa.isOver() && sa.isOf(endpoint));
    }

    void stop() {
        stopping = true;
        door = doorman.closed(door);
        happen(new Happening.Stopping());
    }

    void mustBeQuiet() {
        Rules.check(entries.isQuiet(), "a daemon that stops still has IKE SAs: " + sas.keySet());
        Rules.check(
                host.kernel.states().stream().noneMatch(state -> state.direction() == Direction.OUT),
                "a daemon that has stopped leaves states that lead nowhere: " + host.kernel.states());
    }

    void closeAll() {
        for (var endpoint : List.copyOf(entries.entries().keySet())) ordered(new ikebana.control.Order.Down(endpoint));
    }

    /// Nobody is left, and nobody remembered.
    void mustBeEmpty() {
        Rules.check(sas.isEmpty(), "an IKE SA is left over: " + sas.keySet());
        Rules.check(
                door.sas().isEmpty() && door.names().isEmpty() && door.halfOpen() == 0,
                "a place at the door stays taken");
        Rules.check(entries.size() == 0 && entries.sas().isEmpty(), "the ledger still has an entry");
        Rules.check(entries.children().isEmpty() && entries.alarms().isEmpty(), "the ledger remembers what is no more");
        Rules.check(unanswered.isEmpty(), "an order that nobody answers");
    }

    // ---- the registry: Doorman and Ledger

    void arrived(Arrival arrival) {
        var datagram = arrival.datagram();
        var known = Optional.ofNullable(welcomed.get(datagram)).filter(sas::containsKey);
        if (bug == PlantedBug.DUPLICATE_BEGINS_ANEW) known.ifPresent(one -> door = doorman.settled(door, one));
        int halfOpen = door.halfOpen();
        var opened = doorman.arrived(door, now(), datagram);
        door = opened.next();
        var decision = opened.decision();
        if (bug == PlantedBug.COOKIE_NOT_CHECKED && decision instanceof Decision.Answer) {
            var careless = new Doorman(world.carelessDoor(), CrashTokens.NONE, world.entropy());
            opened = careless.arrived(door, now(), datagram);
            door = opened.next();
            decision = opened.decision();
        }
        switch (decision) {
            case Decision.Deliver(var spi) -> tell(spi, arrival);
            case Decision.Welcome(var spi) -> {
                Rules.check(known.filter(one -> sas.get(one).isHalfOpen()).isEmpty(), "a repeated request began anew");
                hadToShowACookie(halfOpen, datagram);
                note(() -> "welcomes " + datagram.path().remote() + " as " + spi);
                welcomed.put(datagram, spi);
                begin(new Sa(this, spi, Optional.empty()), () -> machine.answer(spi, datagram, now()), datagram);
                happen(new Happening.Began(spi));
            }
            case Decision.Answer(var answer) -> {
                Rules.modest(datagram.bytes(), answer.bytes(), 2);
                if (Message.decode(answer.bytes()) instanceof Message.Decoded.Whole(var message)) {
                    Message.notification(message.payloads(), NotifyType.COOKIE)
                            .ifPresent(cookie -> cookies.add(cookie.data()));
                }
                note(() -> "answers without a memory " + datagram.path().remote());
                world.scribe.says(host, answer, Optional.empty());
                world.network.ike(answer);
            }
            case Decision.Drop(var why) -> {
                note(() -> "drops: " + why);
                world.scribe.notes(host, "drops " + why);
            }
        }
    }

    private void hadToShowACookie(int halfOpen, Datagram datagram) {
        if (halfOpen < world.settings().halfOpen().cookieThreshold()) return;
        var shown = Message.decode(datagram.bytes()) instanceof Message.Decoded.Whole(var message)
                ? Message.notification(message.payloads(), NotifyType.COOKIE)
                : Optional.<ikebana.wire.Notify>empty();
        Rules.check(
                shown.filter(cookie -> cookies.contains(cookie.data())).isPresent(), "let in without a cookie of ours");
    }

    private void tell(IkeSpi spi, Arrival arrival) {
        var sa = sas.get(spi);
        if (sa != null) sa.tell(arrival);
    }

    private void begin(Sa sa, java.util.function.Supplier<Step<SaState, Effect>> first, Datagram... request) {
        sas.put(sa.spi, sa);
        world.makers.put(sa.spi, this);
        sa.begin(first, request);
    }

    private void noticed(Notice notice) {
        note(notice::toString);
        switch (notice) {
            case Notice.Acquired(var acquire) -> happen(new Happening.Acquired(acquire));
            case Notice.Expired(var id, var _, var hard) -> happen(new Happening.Expired(id, hard));
            case Notice.Remapped(var id, var _, var _, var remote) -> happen(new Happening.Remapped(id, remote));
            case Notice.AddressAdded(var address) -> happen(new Happening.AddressCame(address));
            case Notice.AddressRemoved(var address) -> happen(new Happening.AddressWent(address));
            case Notice.Resynchronised(var states, var addresses) -> happen(new Happening.Found(states, addresses));
        }
    }

    /// Somebody outside wants something, and has to be answered once.
    void ordered(ikebana.control.Order order) {
        host.process.pass(Pulse.Place.MAIL, () -> ifAlive(() -> taken(order)));
    }

    private void taken(ikebana.control.Order order) {
        long ticket = ++tickets;
        var patience = switch (order) {
            case ikebana.control.Order.Up up -> up.patience();
            case ikebana.control.Order.Down _ -> LONGEST_DOWN;
            case ikebana.control.Order.ListTunnels _, ikebana.control.Order.DescribeTunnel _ -> Duration.ZERO;
        };
        unanswered.put(ticket, order);
        mustBeAnswered(ticket, patience.plusMillis(1));
        happen(new Happening.Ordered(ticket, order));
    }

    private void mustBeAnswered(long ticket, Duration within) {
        var until = now().plus(within);
        host.process.after(
                within,
                () -> ifAlive(() -> {
                    if (host.process.mayBeLate(until)) {
                        mustBeAnswered(ticket, CATCHING_UP);
                    } else {
                        Rules.check(!unanswered.containsKey(ticket), "an order that nobody answers");
                    }
                }));
    }

    private void answered(long ticket, Answer answer) {
        if (bug == PlantedBug.FORGOTTEN_ANSWER && answer instanceof Answer.Failed) return;
        world.scribe.answers(host, answer);
        var order = unanswered.remove(ticket);
        Rules.check(order != null, "an answer to no order, or a second one");
        if (order instanceof ikebana.control.Order.Up(var endpoint, var _) && answer instanceof Answer.Done) {
            Rules.check(!standing(endpoint).isEmpty(), "said to be up, and is not");
        }
    }

    void reported(Happening happening) {
        door = doorman.reported(door, happening);
        happen(
                happening instanceof Happening.AdmissionAsked(var spi, var asked)
                        ? new Happening.AdmissionAsked(spi, misheard(asked))
                        : happening);
    }

    private Effect.AskAdmission misheard(Effect.AskAdmission asked) {
        // one of the two ends takes the nonces by their other end
        boolean turned = bug == PlantedBug.WRONG_WINNER && host.name.equals("a");
        return new Effect.AskAdmission(
                asked.ticket(),
                asked.endpoint(),
                asked.peer(),
                asked.initiator(),
                asked.kin(),
                turned ? inverted(asked.lowestNonce()) : asked.lowestNonce(),
                asked.initialContact() && bug != PlantedBug.INITIAL_CONTACT_IGNORED,
                asked.natPort(),
                asked.states());
    }

    private static Bytes inverted(Bytes bytes) {
        var all = bytes.toArray();
        for (int i = 0; i < all.length; i++) all[i] = (byte) ~all[i];
        return Bytes.of(all);
    }

    private void happen(Happening happening) {
        note(() -> "ledger: " + happening);
        var left = admitted.hears(happening);
        if (bug == PlantedBug.GONE_WITH_THE_FIRST && left.isPresent()) {
            announce(new Event.Gone(left.get(), now(), Optional.empty(), "one of its IKE SAs has ended"));
        }
        var step = ledger.step(entries, now(), happening);
        entries = step.next();
        step.effects().forEach(this::perform);
        arm();
    }

    private void arm() {
        var at = entries.wakeAt();
        if (at.isEmpty() || at.equals(armed)) return;
        armed = at;
        wakeAt(
                at.get(),
                () -> ifAlive(() -> {
                    if (armed.equals(at)) armed = Optional.empty();
                    if (entries.wakeAt().equals(at)) happen(new Happening.Woke());
                }));
    }

    private void perform(Order order) {
        note(() -> "  " + order);
        switch (order) {
            case Order.DialOut(var spi, var dial) -> {
                dial(spi, dial);
                if (bug == PlantedBug.TWO_DIALS) dial(new IkeSpi(spi.value() + 1), dial);
            }
            case Order.Tell(var spi, var input) -> {
                var sa = sas.get(spi);
                if (sa != null) {
                    mayPass(sa, input);
                    if (input instanceof Input.Admitted)
                        admitted.passes(spi, sa.endpoint().orElseThrow());
                    sa.tell(input);
                }
            }
            case Order.Announce(var event) -> announce(event);
            case Order.DropLarval(var acquire) -> {
                if (bug != PlantedBug.LARVAL_KEPT) {
                    world.scribe.asks(host, new Request.DropLarval(acquire));
                    policies.tell(() -> ifAlive(() -> link.obey(new Request.DropLarval(acquire))));
                }
            }
            case Order.Remove(var id) -> {
                if (failing && bug == PlantedBug.FAULT_LEAVES_STATES) return;
                world.scribe.asks(host, new Request.RemoveState(id));
                policies.tell(() -> ifAlive(() -> obey(new Request.RemoveState(id))));
            }
            case Order.Look(var acquire, var outbound) ->
                policies.tell(() -> ifAlive(() -> {
                    var reply = link.obey(new Request.FindState(outbound));
                    boolean missing = reply instanceof Reply.States(var found) && found.isEmpty();
                    happen(new Happening.Looked(acquire, outbound, missing));
                }));
            case Order.Count() ->
                policies.tell(() -> ifAlive(() -> {
                    if (link.obey(new Request.DumpStates()) instanceof Reply.States(var states)) {
                        // whose each is has been told before the kernel was asked for it
                        host.process.after(
                                world.slowestActor(),
                                Pulse.Place.MAIL,
                                () -> ifAlive(() -> happen(new Happening.Counted(states))));
                    }
                }));
            case Order.Reply(var ticket, var answer) -> answered(ticket, answer);
            case Order.Remember(var endpoint, var peer) -> {
                if (bug != PlantedBug.FORGETFUL) host.remembered.put(endpoint, peer);
            }
            case Order.Forget(var endpoint) -> host.remembered.remove(endpoint);
            case Order.Passed(var why) -> world.scribe.notes(host, "notes: " + why);
        }
    }

    private void dial(IkeSpi spi, Dial dial) {
        var others = sas.values().stream().filter(sa -> sa.dialled && sa.isBeingMade() && sa.isOf(dial.endpoint()));
        Rules.check(others.findAny().isEmpty(), "two dials for one endpoint");
        Rules.check(!stopping, "a daemon that stops dials");
        var path = new Path(
                new UdpAddress(dial.endpoint().local(), IKE),
                new UdpAddress(dial.endpoint().remote(), IKE));
        door = doorman.dialled(door, spi);
        begin(new Sa(this, spi, Optional.of(dial.endpoint())), () -> machine.dial(spi, path, dial, now()));
    }

    /// docs/hooks.md: no successor stands, and no IKE_AUTH of one leaves, before the hooks have heard `gone`.
    private void mayPass(Sa sa, Input input) {
        if (sa.endpoint().isEmpty()) return;
        var endpoint = sa.endpoint().get();
        if (input instanceof Input.Cleared) {
            Rules.check(!host.hooks.isGoing(endpoint), "cleared while the hooks of `gone` run");
        }
        if (input instanceof Input.Admitted) {
            Rules.check(!stopping, "a daemon that stops lets somebody in");
            Rules.check(!host.hooks.isGoing(endpoint), "admitted while the hooks of `gone` run");
            if (world.isDoubtful(endpoint)) return; // what it says of its memory is worth nothing
            // what was made at once with what stands crosses it, even if the peer has died meanwhile
            boolean lost = Optional.ofNullable(world.upWith.get(endpoint))
                    .filter(before -> !before.daemon().isAlive()
                            && before.since().isBefore(sa.began())
                            && !sa.peer().equals(Optional.of(before.daemon())))
                    .isPresent();
            Rules.check(
                    !lost || !sa.heardInitialContact() || !host.hooks.isUp(endpoint),
                    "a peer that has lost its memory was let in without `gone`");
        }
    }

    Reply obey(Request request) {
        var reply = link.obey(request);
        var lifetime = host.profile.lifetime();
        boolean endless = lifetime.equals(Lifetime.UNLIMITED) || Cast.isRenewed(lifetime);
        if (world.isCovered() && endless && !link.isUnreliable()) {
            host.cover.changed();
        } else {
            host.cover.excused();
        }
        return reply;
    }

    private void announce(Event event) {
        switch (event) {
            case Event.Gone gone -> {
                admitted.gone(gone.endpoint());
                Runnable heard = () -> host.process.pass(
                        Pulse.Place.MAIL, () -> ifAlive(() -> happen(new Happening.GoneHeard(gone.endpoint()))));
                if (bug == PlantedBug.MISSING_GONE) {
                    heard.run();
                    return;
                }
                host.hooks.run(gone, bug == PlantedBug.EARLY_GONE ? () -> {} : heard);
                if (bug == PlantedBug.EARLY_GONE) heard.run();
            }
            case Event.Up _ -> host.hooks.run(event, () -> {});
            case Event.Failed _, Event.SiblingBehindNat _ -> host.hooks.run(event, () -> {});
        }
        if (!host.hooks.isUp(event.endpoint())) host.cover.over(event.endpoint());
        world.scribe.tells(host, event);
        world.announced(event);
    }

    void knownBy(IkeSpi spi, Set<IkeSpi> spis) {
        door = doorman.knownBy(door, spi, spis);
    }

    /// The actor of an IKE SA has stopped by a bug of ours, and nobody else's does.
    ///
    /// @param stood whether it was established
    /// @param ended whether it had finished
    void failed(Sa sa, boolean stood, boolean ended) {
        left(sa.spi);
        failing = true;
        if (bug != PlantedBug.FAULT_UNTOLD) happen(new Happening.Failed(sa.spi));
        failing = false;
        if (bug == PlantedBug.FAULT_ENDS_OTHERS) endAll();
        sa.endpoint().ifPresent(endpoint -> {
            boolean another = sas.values().stream().anyMatch(one -> one.isOf(endpoint) && !one.isOver());
            Rules.check(
                    !stood || another || !host.hooks.isUp(endpoint),
                    "an IKE SA has failed, and nobody has heard that it is gone");
            host.cover.over(endpoint);
        });
        mustHaveLeft(sa, ended ? FORGOTTEN_BY_THEN : CATCHING_UP);
    }

    /// Nothing of it is left in the kernel.
    private void mustHaveLeft(Sa sa, Duration within) {
        var until = now().plus(within);
        host.process.after(
                within,
                () -> ifAlive(() -> {
                    if (host.process.mayBeLate(until)) {
                        mustHaveLeft(sa, CATCHING_UP);
                        return;
                    }
                    var left = host.kernel.states().stream()
                            .map(State::id)
                            .filter(sa.states()::contains)
                            .toList();
                    Rules.check(left.isEmpty(), "an IKE SA has failed, and its states stay: " + left);
                }));
    }

    void retired(IkeSpi spi) {
        left(spi);
        Rules.check(!entries.knows(spi), "an IKE SA that the ledger knows has retired");
    }

    private void left(IkeSpi spi) {
        sas.remove(spi);
        if (bug != PlantedBug.DOOR_KEPT) door = doorman.left(door, spi);
    }
}
