package ikebana.sim;

import ikebana.auth.Credentials;
import ikebana.auth.Endpoint;
import ikebana.auth.TrapPolicies;
import ikebana.control.Answer;
import ikebana.control.Event;
import ikebana.crypto.Entropy;
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
import ikebana.ike.Wiretap;
import ikebana.kernel.Direction;
import ikebana.kernel.Notice;
import ikebana.kernel.Prefix;
import ikebana.kernel.Reply;
import ikebana.kernel.Request;
import ikebana.kernel.Selector;
import ikebana.kernel.State;
import ikebana.settings.Ports;
import ikebana.wire.Bytes;
import ikebana.wire.Header;
import ikebana.wire.IkeSpi;
import ikebana.wire.Message;
import ikebana.wire.NotifyType;
import ikebana.wire.Payload;
import ikebana.wire.Secret;
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

/// One life of a daemon: the three machines, and the thin shells around them, as `TunnelRegistry` and `IkeSaActor` are,
/// but in virtual time. What one actor tells another is under way for a moment, in order.
///
/// Planted bugs live here, between the machines and the world.
final class Daemon {
    private static final int IKE = 500;
    private static final Duration LONGEST_DOWN = Duration.ofSeconds(10);

    final Host host;
    final int life;
    private final Stage world;
    private final PlantedBug bug;
    private final Ledger ledger;
    private final Doorman doorman;
    private final IkeSa machine;
    private final Credentials credentials;
    private final KernelLink link;
    private final Line notices;
    private final Line policies;
    private final Map<IkeSpi, Sa> sas = new LinkedHashMap<>();
    private final Map<Datagram, IkeSpi> welcomed = new HashMap<>();
    private final Set<Bytes> cookies = new HashSet<>();
    private Ledger.State entries = Ledger.State.EMPTY;
    private Doorman.State door;
    private final Map<Long, ikebana.control.Order> unanswered = new HashMap<>();
    private Optional<Instant> armed = Optional.empty();
    private long tickets;
    private boolean alive = true;
    private boolean stopping;

    Daemon(Stage world, Host host, int life, Entropy entropy) {
        this.world = world;
        this.host = host;
        this.life = life;
        this.bug = world.bug;
        this.ledger = new Ledger(world.settings(), List.of(host.profile), entropy);
        this.doorman = new Doorman(world.settings().halfOpen(), entropy);
        this.door = doorman.start(now());
        this.machine = new IkeSa(world.settings(), new Ports(IKE, 4500), List.of(host.profile), entropy);
        this.credentials = new Credentials(Map.of(host.profile.name(), host.keys), entropy);
        this.link = world.link(host);
        this.notices = world.line();
        this.policies = world.line();
        for (var policy : TrapPolicies.of(host.profile)) {
            if (bug == PlantedBug.NO_TRAP && policy.direction() == Direction.OUT) continue;
            // fail closed: before anything else is listened to
            var reply = host.kernel.ask(new Request.InstallPolicy(policy));
            Rules.check(reply instanceof Reply.Done, "a policy was refused: " + reply);
        }
        happen(new Happening.Remembered(host.remembered));
        link.listen(notice -> notices.tell(() -> ifAlive(() -> noticed(notice))));
    }

    private Instant now() {
        return world.agenda.now();
    }

    private void note(java.util.function.Supplier<String> what) {
        world.journal.note(now(), host.name, what);
    }

    void die() {
        alive = false;
    }

    private void ifAlive(Runnable what) {
        if (alive) what.run();
    }

    // ---- what the judge asks

    KernelLink link() {
        return link;
    }

    boolean isAlive() {
        return alive;
    }

    /// The IKE SAs that are established and not over.
    List<Sa> standing(Endpoint endpoint) {
        return sas.values().stream()
                .filter(sa -> sa.established && !sa.finished && sa.isOf(endpoint))
                .toList();
    }

    /// Whether an IKE SA of ours is being made for it, or stands.
    boolean minds(Endpoint endpoint) {
        return entries.minds(endpoint) || sas.values().stream().anyMatch(sa -> !sa.finished && sa.isOf(endpoint));
    }

    void stop() {
        stopping = true;
        happen(new Happening.Stopping());
    }

    void isQuiet() {
        Rules.check(entries.isQuiet(), "a daemon that stops still has IKE SAs: " + sas.keySet());
    }

    void closeAll() {
        for (var endpoint : List.copyOf(entries.entries().keySet())) ordered(new ikebana.control.Order.Down(endpoint));
    }

    /// Nobody is left, and nobody remembered.
    void isEmpty() {
        Rules.check(sas.isEmpty(), "an IKE SA is left over: " + sas.keySet());
        Rules.check(door.sas().isEmpty() && door.callers().isEmpty(), "a place at the door stays taken");
        Rules.check(entries.size() == 0 && entries.sas().isEmpty(), "the ledger still has an entry");
        Rules.check(entries.children().isEmpty() && entries.alarms().isEmpty(), "the ledger remembers what is no more");
        Rules.check(unanswered.isEmpty(), "an order that nobody answers");
    }

    // ---- the registry: Doorman and Ledger

    void arrived(Arrival arrival) {
        var datagram = arrival.datagram();
        var known = Optional.ofNullable(welcomed.get(datagram)).filter(sas::containsKey);
        if (bug == PlantedBug.DUPLICATE_BEGINS_ANEW) known.ifPresent(one -> door = doorman.settled(door, one));
        int halfOpen = door.callers().size();
        var opened = doorman.arrived(door, now(), datagram);
        door = opened.next();
        var decision = opened.decision();
        if (bug == PlantedBug.COOKIE_NOT_CHECKED && decision instanceof Decision.Answer) {
            var careless = new Doorman(world.carelessDoor(), world.entropy());
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
                begin(new Sa(spi, Optional.empty()), () -> machine.answer(spi, datagram, now()), datagram);
                happen(new Happening.Began(spi));
            }
            case Decision.Answer(var answer) -> {
                Rules.modest(datagram.bytes(), answer.bytes());
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
        if (sa != null) sa.inbox.tell(() -> sa.arrived(arrival));
    }

    private void begin(Sa sa, java.util.function.Supplier<Step<SaState, Effect>> first, Datagram... request) {
        sas.put(sa.spi, sa);
        world.makers.put(sa.spi, this);
        sa.inbox.tell(() -> sa.advance(first.get(), request));
    }

    private void noticed(Notice notice) {
        note(notice::toString);
        switch (notice) {
            case Notice.Acquired(var acquire) -> happen(new Happening.Acquired(acquire));
            case Notice.Expired(var id, var _, var hard) -> happen(new Happening.Expired(id, hard));
            case Notice.Remapped _ -> {}
            case Notice.AddressAdded(var address) -> happen(new Happening.AddressCame(address));
            case Notice.AddressRemoved(var address) -> happen(new Happening.AddressWent(address));
            case Notice.Resynchronised(var states, var addresses) -> happen(new Happening.Found(states, addresses));
        }
    }

    /// Somebody outside wants something, and has to be answered once.
    void ordered(ikebana.control.Order order) {
        long ticket = ++tickets;
        var patience = switch (order) {
            case ikebana.control.Order.Up up -> up.patience();
            case ikebana.control.Order.Down _ -> LONGEST_DOWN;
            case ikebana.control.Order.ListTunnels _, ikebana.control.Order.DescribeTunnel _ -> Duration.ZERO;
        };
        unanswered.put(ticket, order);
        world.agenda.after(
                patience.plusMillis(1),
                () -> ifAlive(() -> Rules.check(!unanswered.containsKey(ticket), "an order that nobody answers")));
        happen(new Happening.Ordered(ticket, order));
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

    private void reported(Happening happening) {
        if (happening instanceof Happening.AdmissionAsked(var spi, var _)) door = doorman.settled(door, spi);
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
                asked.child());
    }

    private static Bytes inverted(Bytes bytes) {
        var all = bytes.toArray();
        for (int i = 0; i < all.length; i++) all[i] = (byte) ~all[i];
        return Bytes.of(all);
    }

    private void happen(Happening happening) {
        note(() -> "ledger: " + happening);
        var step = ledger.step(entries, now(), happening);
        entries = step.next();
        step.effects().forEach(this::perform);
        arm();
    }

    private void arm() {
        var at = entries.wakeAt();
        if (at.isEmpty() || at.equals(armed)) return;
        Rules.check(!at.get().isBefore(now()), "the ledger wants to be woken in the past");
        armed = at;
        world.agenda.at(
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
                world.scribe.asks(host, new Request.RemoveState(id));
                policies.tell(() -> ifAlive(() -> link.obey(new Request.RemoveState(id))));
            }
            case Order.Reply(var ticket, var answer) -> answered(ticket, answer);
            case Order.Remember(var endpoint, var peer) -> {
                if (bug != PlantedBug.FORGETFUL) host.remembered.put(endpoint, peer);
            }
            case Order.Forget(var endpoint) -> host.remembered.remove(endpoint);
            case Order.Passed(var why) -> world.scribe.notes(host, "notes: " + why);
        }
    }

    private void dial(IkeSpi spi, Dial dial) {
        var others = sas.values().stream()
                .filter(sa -> sa.dialled && !sa.finished && !sa.established && sa.isOf(dial.endpoint()));
        Rules.check(others.findAny().isEmpty(), "two dials for one endpoint");
        Rules.check(!stopping, "a daemon that stops dials");
        var path = new Path(
                new UdpAddress(dial.endpoint().local(), IKE),
                new UdpAddress(dial.endpoint().remote(), IKE));
        door = doorman.dialled(door, spi);
        begin(new Sa(spi, Optional.of(dial.endpoint())), () -> machine.dial(spi, path, dial, now()));
    }

    /// Promise 5: nothing new stands, and no IKE_AUTH leaves, before the hooks have heard that the old one is gone.
    private void mayPass(Sa sa, Input input) {
        if (sa.endpoint.isEmpty()) return;
        var endpoint = sa.endpoint.get();
        if (input instanceof Input.Cleared) {
            Rules.check(!host.hooks.isGoing(endpoint), "cleared while the hooks of `gone` run");
        }
        if (input instanceof Input.Admitted) {
            Rules.check(!stopping, "a daemon that stops lets somebody in");
            Rules.check(!host.hooks.isGoing(endpoint), "admitted while the hooks of `gone` run");
            // what was made at once with what stands crosses it, even if the peer has died meanwhile
            boolean lost = Optional.ofNullable(world.upWith.get(endpoint))
                    .filter(before -> !before.daemon().isAlive()
                            && before.since().isBefore(sa.began)
                            && !sa.peer().equals(Optional.of(before.daemon())))
                    .isPresent();
            Rules.check(
                    !lost || !sa.initialContact || !host.hooks.isUp(endpoint),
                    "a peer that has lost its memory was let in without `gone`");
        }
    }

    private void announce(Event event) {
        switch (event) {
            case Event.Gone gone -> {
                Runnable heard = () -> ifAlive(() -> happen(new Happening.GoneHeard(gone.endpoint())));
                if (bug == PlantedBug.MISSING_GONE) {
                    heard.run();
                    return;
                }
                host.hooks.run(gone, bug == PlantedBug.EARLY_GONE ? () -> {} : heard);
                if (bug == PlantedBug.EARLY_GONE) heard.run();
            }
            case Event.Up _ -> host.hooks.run(event, () -> {});
            case Event.Failed _ -> host.hooks.run(event, () -> {});
        }
        world.scribe.tells(host, event);
        world.announced(event);
    }

    private void retired(IkeSpi spi) {
        sas.remove(spi);
        if (bug != PlantedBug.DOOR_KEPT) door = doorman.left(door, spi);
        if (entries.knows(spi)) happen(new Happening.Failed(spi));
    }

    // ---- one IKE SA

    final class Sa {
        final IkeSpi spi;
        final boolean dialled;
        private final Instant began = now();
        private final Line inbox = world.line();
        private final Line registry = world.line();
        private final Line toKernel = world.line();
        private final Line fromKernel = world.line();
        private final Line verdicts = world.line();
        private final Set<Bytes> sent = new HashSet<>();
        private Optional<Endpoint> endpoint;
        private Optional<SaState> state = Optional.empty();
        private Optional<IkeSpi> peerSpi = Optional.empty();
        private Optional<Instant> armed = Optional.empty();
        private Optional<Wiretap> keys = Optional.empty();
        private boolean initialContact;
        private boolean established;
        private boolean finished;
        private boolean retired;

        Sa(IkeSpi spi, Optional<Endpoint> dials) {
            this.spi = spi;
            this.dialled = dials.isPresent();
            this.endpoint = dials;
        }

        boolean isOf(Endpoint one) {
            return endpoint.filter(one::equals).isPresent();
        }

        /// A responder whose initiator has not proven itself.
        boolean isHalfOpen() {
            return !dialled && endpoint.isEmpty() && !finished;
        }

        Optional<IkeSpi> peerSpi() {
            return peerSpi;
        }

        /// The daemon at the other end.
        Optional<Daemon> peer() {
            return peerSpi.flatMap(theirs -> Optional.ofNullable(world.makers.get(theirs)));
        }

        void tell(Input input) {
            inbox.tell(() -> happens(input));
        }

        private boolean isThere() {
            return alive && !retired && state.isPresent();
        }

        private void arrived(Arrival arrival) {
            if (!isThere()) return;
            var before = state.orElseThrow();
            var input = new Input.Arrived(arrival.datagram());
            note(() -> "%s %s: %s"
                    .formatted(
                            before,
                            arrival.forged() ? "a forgery" : "arrived",
                            read(arrival.datagram().bytes())));
            var step = machine.step(before, now(), input);
            if (arrival.forged() && !before.toString().endsWith("AwaitInitResponse")) {
                if (bug == PlantedBug.FORGERY_BELIEVED) {
                    happens(new Input.Close("somebody said so", false));
                    Rules.check(state.filter(before::equals).isPresent(), "a forged message changed an IKE SA");
                }
                Rules.check(step.next().equals(before), "a forged message changed an IKE SA");
            }
            advance(step, arrival.datagram());
        }

        private void happens(Input input) {
            if (!isThere()) return;
            note(() -> "%s %s".formatted(state.orElseThrow(), input));
            advance(machine.step(state.orElseThrow(), now(), input));
        }

        /// @param request what it answers at once, if anything
        private void advance(Step<SaState, Effect> step, Datagram... request) {
            if (!alive || retired) return;
            state = Optional.of(bug == PlantedBug.IV_TWICE ? resealing(step.next()) : step.next());
            Wiretap.of(step.next()).ifPresent(known -> keys = Optional.of(known));
            note(() -> "  is " + state.orElseThrow());
            for (var effect : step.effects()) {
                if (effect instanceof Effect.Send(var answer)
                        && request.length > 0
                        && Header.peek(answer.bytes()).orElseThrow().response()) {
                    Rules.modest(request[0].bytes(), answer.bytes());
                }
                perform(effect);
            }
            arm();
        }

        private static SaState resealing(SaState state) {
            return new SaState(
                    state.spi(), state.path(), state.window(), state.phase(), state.since(), state.tickets(), 0);
        }

        private void arm() {
            if (retired) return;
            if (bug == PlantedBug.FORGOTTEN_TIMER && established) return;
            var at = state.flatMap(current -> current.wakeAt(world.settings()));
            if (at.isEmpty() || at.equals(armed)) return;
            Rules.check(!at.get().isBefore(now()), "wants to be woken in the past");
            armed = at;
            world.agenda.at(at.get(), () -> wake(at.get()));
        }

        private void wake(Instant at) {
            if (!isThere()) return;
            if (armed.filter(at::equals).isPresent()) armed = Optional.empty();
            if (state.flatMap(current -> current.wakeAt(world.settings()))
                    .filter(at::equals)
                    .isPresent()) {
                happens(new Input.Woke());
            }
        }

        private void perform(Effect effect) {
            note(() -> "    "
                    + (effect instanceof Effect.Send(var datagram)
                            ? "sends to %s: %s".formatted(datagram.path().remote(), read(datagram.bytes()))
                            : effect.toString()));
            switch (effect) {
                case Effect.Send(var datagram) -> send(datagram);
                case Effect.AskCredentials(var ticket, var question) ->
                    verdicts.tell(() -> happens(new Input.CredentialsSaid(ticket, credentials.answer(question))));
                case Effect.AskKernel(var ticket, var request) ->
                    toKernel.tell(() -> {
                        if (!alive) return;
                        var reply = obey(request);
                        fromKernel.tell(() -> happens(new Input.KernelSaid(ticket, reply)));
                    });
                case Effect.MayAuthenticate question -> report(new Happening.ClearanceAsked(spi, question));
                case Effect.AskAdmission question -> {
                    endpoint = Optional.of(question.endpoint());
                    initialContact = question.initialContact();
                    report(new Happening.AdmissionAsked(spi, question));
                }
                case Effect.Established it -> {
                    established = true;
                    peer().ifPresent(other -> world.upWith.put(it.endpoint(), new Stage.Partner(other, now())));
                    report(new Happening.Established(spi, it));
                }
                case Effect.Ignored(var why) -> world.scribe.notes(host, "ignores " + why);
                case Effect.Confirmed() -> report(new Happening.Confirmed(spi));
                case Effect.Finished(var ending, var why) -> {
                    Rules.check(!finished, "finished twice");
                    finished = true;
                    report(new Happening.Finished(spi, ending, why));
                }
                case Effect.Retired() -> {
                    Rules.check(finished, "retired before it was finished");
                    retired = true;
                    registry.tell(() -> ifAlive(() -> retired(spi)));
                }
            }
        }

        private String read(Bytes message) {
            var header = Header.peek(message);
            var payloads = keys.map(known -> known.read(message)).orElse(List.of());
            return header.map(it -> "%s %s #%s %s, %d bytes"
                            .formatted(
                                    it.exchange(),
                                    it.response() ? "response" : "request",
                                    it.messageId(),
                                    payloads.stream().map(Payload::type).toList(),
                                    message.length()))
                    .orElse("noise");
        }

        private void send(Datagram datagram) {
            var header = Header.peek(datagram.bytes()).orElseThrow();
            var theirs = header.fromInitiator() ? header.responder() : header.initiator();
            if (!theirs.isNone()) peerSpi = Optional.of(theirs);
            boolean again = !sent.add(datagram.bytes());
            if (again && header.response() && bug == PlantedBug.LOST_REPLY) return;
            var bytes = datagram.bytes();
            if (again && !header.response() && bug == PlantedBug.RESEALED_RETRANSMISSION) {
                var other = bytes.toArray();
                other[other.length - 1] ^= 1;
                bytes = Bytes.of(other);
            }
            world.rules.sent(new Datagram(datagram.path(), bytes));
            world.scribe.says(host, datagram, keys);
            world.network.ike(new Datagram(datagram.path(), bytes));
        }

        private void report(Happening happening) {
            registry.tell(() -> ifAlive(() -> reported(happening)));
        }

        private Reply obey(Request request) {
            world.scribe.asks(host, request);
            if (bug == PlantedBug.LEAKED_STATE && request instanceof Request.RemoveState) return new Reply.Done();
            if (!(request instanceof Request.InstallState(var wanted))) return link.obey(request);
            var kept = wanted;
            if (bug == PlantedBug.UNEQUAL_KEYS && dialled) {
                var key = wanted.encryptionKey().expose();
                key[0] ^= 1;
                kept = changed(wanted, wanted.selector(), Secret.owning(key));
            }
            if (bug == PlantedBug.WIDE_SELECTOR && wanted.direction() == Direction.IN) {
                var anybody = Prefix.everythingLike(wanted.source());
                var selector = new Selector(
                        anybody,
                        wanted.selector().destination(),
                        Selector.GRE,
                        wanted.selector().greKey());
                kept = changed(wanted, selector, wanted.encryptionKey());
            }
            return link.obey(new Request.InstallState(kept));
        }

        private static State changed(State state, Selector selector, Secret key) {
            return new State(
                    state.id(),
                    state.source(),
                    state.direction(),
                    state.reqid(),
                    selector,
                    state.suite(),
                    key,
                    state.integrityKey(),
                    state.encapsulation(),
                    state.acquireSequence(),
                    state.replayWindow(),
                    state.lifetime());
        }

        @Override
        public String toString() {
            return "%s of %s".formatted(spi, host);
        }
    }

    /// How long an answer from beside takes.
    static final Duration SLOWEST_ACTOR = Duration.ofMillis(5);
}
