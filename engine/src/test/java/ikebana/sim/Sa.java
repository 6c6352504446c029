package ikebana.sim;

import ikebana.auth.Endpoint;
import ikebana.auth.Question;
import ikebana.auth.Verdict;
import ikebana.ike.Datagram;
import ikebana.ike.Effect;
import ikebana.ike.Input;
import ikebana.ike.Insider;
import ikebana.ike.Ledger.Happening;
import ikebana.ike.Path;
import ikebana.ike.SaState;
import ikebana.ike.Step;
import ikebana.ike.Wiretap;
import ikebana.kernel.Direction;
import ikebana.kernel.Prefix;
import ikebana.kernel.Reply;
import ikebana.kernel.Request;
import ikebana.kernel.Selector;
import ikebana.kernel.State;
import ikebana.kernel.StateId;
import ikebana.wire.Bytes;
import ikebana.wire.ExchangeType;
import ikebana.wire.Header;
import ikebana.wire.IkeSpi;
import ikebana.wire.Payload;
import ikebana.wire.PayloadType;
import ikebana.wire.Secret;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// One IKE SA of a [Daemon], as `IkeSaActor` is, but in virtual time. Planted bugs live here, too.
final class Sa {
    /// Pairs of ESP states that one child is at most, with what it replaces and what replaces it.
    private static final int MOST_OF_ONE = 3;

    /// The kernel tells, or five seconds later the steady clock.
    private static final Duration NOTICED_WITHIN = Duration.ofSeconds(10);

    /// Besides the one in use: eight that the peer may make us keep, and what our own wishes add for a moment.
    private static final int MOST_GENERATIONS = 12;

    private final Daemon daemon;
    private final Stage world;
    private final PlantedBug bug;
    final IkeSpi spi;
    final boolean dialled;
    private final Instant began;
    private final Line inbox;
    private final Line registry;
    private final Line toKernel;
    private final Line fromKernel;
    private final Line verdicts;
    private final Map<Bytes, Integer> sent = new HashMap<>();
    private final Set<StateId> asked = new HashSet<>();
    /// Datagrams that have changed something.
    private final Set<Bytes> taken = new HashSet<>();
    private Optional<Endpoint> endpoint;
    private Optional<SaState> state = Optional.empty();
    private Optional<IkeSpi> peerSpi = Optional.empty();
    private Optional<Instant> armed = Optional.empty();
    private Optional<Wiretap> keys = Optional.empty();
    private boolean initialContact;
    private boolean established;
    private boolean finished;
    private boolean retired;

    Sa(Daemon daemon, IkeSpi spi, Optional<Endpoint> dials) {
        this.daemon = daemon;
        this.world = daemon.world;
        this.bug = world.bug;
        this.began = daemon.now();
        this.inbox = world.line(daemon.host);
        this.registry = world.line(daemon.host);
        this.toKernel = world.line(daemon.host);
        this.fromKernel = world.line(daemon.host);
        this.verdicts = world.line(daemon.host);
        this.spi = spi;
        this.dialled = dials.isPresent();
        this.endpoint = dials;
    }

    private Instant now() {
        return daemon.now();
    }

    boolean isOf(Endpoint one) {
        return endpoint.filter(one::equals).isPresent();
    }

    /// A responder whose initiator has not proven itself.
    boolean isHalfOpen() {
        return !dialled && endpoint.isEmpty() && !finished;
    }

    Optional<SaState> state() {
        return state;
    }

    Optional<IkeSpi> peerSpi() {
        return peerSpi;
    }

    /// The daemon at the other end.
    Optional<Daemon> peer() {
        return peerSpi.flatMap(theirs -> Optional.ofNullable(world.makers.get(theirs)));
    }

    Optional<Endpoint> endpoint() {
        return endpoint;
    }

    Instant began() {
        return began;
    }

    boolean heardInitialContact() {
        return initialContact;
    }

    boolean isBeingMade() {
        return !established && !finished;
    }

    boolean stands() {
        return established && !finished;
    }

    boolean isOver() {
        return finished;
    }

    void begin(Supplier<Step<SaState, Effect>> first, Datagram... request) {
        inbox.tell(() -> {
            if (daemon.isAlive() && daemon.host.isFaulty()) {
                fails(Stream.of(request).map(Datagram::path).findAny());
            } else {
                advance(first.get(), request);
            }
        });
    }

    void tell(Arrival arrival) {
        inbox.tell(() -> arrived(arrival));
    }

    void tell(Input input) {
        inbox.tell(() -> happens(input));
    }

    private boolean isThere() {
        return daemon.isAlive() && !retired && state.isPresent();
    }

    /// The step throws, and nothing comes of it: the actor stops, and the registry, which watches, hears of it after
    /// all
    /// that was said before, as the kernel does.
    private void fails(Optional<Path> path) {
        daemon.note(() -> "%s fails, in %s".formatted(spi, state));
        boolean stood = stands();
        boolean ended = finished;
        finished = true;
        retired = true;
        endpoint.map(Endpoint::remote)
                .or(() -> path.map(it -> it.remote().ip()))
                .ifPresent(peer -> world.failed(daemon.host, peer));
        toKernel.tell(() -> registry.tell(() -> daemon.ifAlive(() -> daemon.failed(this, stood, ended))));
    }

    /// What it has asked its kernel for.
    Set<StateId> states() {
        return asked;
    }

    private void arrived(Arrival arrival) {
        if (!isThere()) return;
        if (daemon.host.isFaulty()) {
            fails(Optional.of(state.orElseThrow().path()));
            return;
        }
        var before = state.orElseThrow();
        if (!arrival.forged()) world.rules.heard(arrival.datagram());
        var input = new Input.Arrived(arrival.datagram());
        daemon.note(() -> "%s %s: %s"
                .formatted(
                        before,
                        arrival.forged() ? "a forgery" : "arrived",
                        read(arrival.datagram().bytes())));
        var step = daemon.machine.step(before, now(), input);
        goesWrong(arrival, step);
        if (arrival.forged() && !before.toString().endsWith("AwaitInitResponse")) {
            if (bug == PlantedBug.FORGERY_BELIEVED) {
                happens(new Input.Close("somebody said so", false));
                Rules.check(state.filter(before::equals).isPresent(), "a forged message changed an IKE SA");
            }
            Rules.check(step.next().equals(before), "a forged message changed an IKE SA");
        }
        mustNotBeTakenTwice(arrival, before, step.next());
        advance(step, arrival.datagram());
    }

    /// What it has taken is worth nothing when it comes again, by whatever way: it may be answered again, and
    /// that is all. What may have come in vain (half a message, an IKE_SA_INIT, which nobody has proven, or a
    /// request whose answer waited for the kernel when its IKE SA was closed) is no repetition.
    private void mustNotBeTakenTwice(Arrival arrival, SaState before, SaState next) {
        if (before.toString().endsWith("AwaitInitResponse")) return;
        var bytes = arrival.datagram().bytes();
        // a part of a message that is being answered is kept for a while
        boolean changed = !Insider.withoutFragments(next).equals(Insider.withoutFragments(before));
        if (taken.contains(bytes)) {
            if (Insider.awaits(before, bytes)) return;
            if (bug == PlantedBug.REPLAY_BELIEVED) {
                happens(new Input.Remapped(arrival.datagram().path().remote()));
                Rules.check(state.filter(before::equals).isPresent(), "a repeated message changed an IKE SA");
            }
            Rules.check(!changed, "a repeated message changed an IKE SA");
        } else if (changed) {
            taken.add(bytes);
        }
    }

    /// Where the bugs are planted that only a peer with keys can wake.
    private void goesWrong(Arrival arrival, Step<SaState, Effect> step) {
        boolean unknown =
                Header.peek(arrival.datagram().bytes()).orElseThrow().exchange() instanceof ExchangeType.Other;
        if (unknown && bug == PlantedBug.THROWS_AT_THE_UNKNOWN) throw new IllegalStateException("never heard of it");
        boolean doubtful = endpoint.filter(world::isDoubtful).isPresent();
        boolean ends = step.effects().stream().anyMatch(Effect.Finished.class::isInstance);
        if (bug == PlantedBug.MEMBER_ENDS_OTHERS && doubtful && ends) daemon.endAll();
    }

    private void happens(Input input) {
        if (!isThere()) return;
        if (daemon.host.isFaulty()) {
            fails(Optional.of(state.orElseThrow().path()));
            return;
        }
        daemon.note(() -> "%s %s".formatted(state.orElseThrow(), input));
        advance(daemon.machine.step(state.orElseThrow(), now(), input));
    }

    /// @param request what it answers at once, if anything
    private void advance(Step<SaState, Effect> step, Datagram... request) {
        if (!daemon.isAlive() || retired) return;
        state = Optional.of(
                switch (bug) {
                    case IV_TWICE -> resealing(step.next());
                    case OLD_BY_THE_KERNEL_ONLY -> Insider.withoutOldAge(step.next());
                    case TWO_IN_FLIGHT -> Insider.withoutFlight(step.next());
                    default -> step.next();
                });
        Wiretap.of(step.next()).ifPresent(known -> {
            keys = Optional.of(known.after(keys));
            world.capture.keys(known);
        });
        mustBeLight(step.next());
        mustHaveNoticed(step.next());
        daemon.note(() -> "  is " + state.orElseThrow());
        for (var effect : step.effects()) {
            if (effect instanceof Effect.Send(var answer)
                    && request.length > 0
                    && !isFragment(request[0])
                    && Header.peek(answer.bytes()).orElseThrow().response()) {
                Rules.modest(request[0].bytes(), answer.bytes(), 3);
            }
            perform(effect);
        }
        arm();
    }

    /// Whatever the peer does, it cannot make more of us than what the settings say.
    private void mustBeLight(SaState next) {
        var weight = Insider.Weight.of(next);
        int mostStates = 2 * MOST_OF_ONE * (Stage.MOST_CHILDREN + 1) + 2;
        Rules.check(weight.states() <= mostStates, "an IKE SA with %d ESP states".formatted(weight.states()));
        Rules.check(
                weight.generations() <= MOST_GENERATIONS, "an IKE SA of %d at once".formatted(weight.generations()));
    }

    /// Whatever becomes of the time of day: what is old is known to be.
    private void mustHaveNoticed(SaState next) {
        if (daemon.host.process.stoodStillAfter(now().minus(NOTICED_WITHIN))) return;
        var young = Insider.sendingYoung(next);
        for (var old : daemon.host.kernel.overdue(NOTICED_WITHIN)) {
            Rules.check(!young.contains(old.id()), "nobody has noticed that %s is old".formatted(old.id()));
        }
    }

    /// Then it is not the whole of what was sent.
    private static boolean isFragment(Datagram datagram) {
        return Header.peek(datagram.bytes()).orElseThrow().firstPayload()
                == PayloadType.Known.ENCRYPTED_FRAGMENT.code();
    }

    private static SaState resealing(SaState state) {
        return new SaState(
                state.spi(),
                state.path(),
                state.window(),
                state.phase(),
                state.since(),
                state.tickets(),
                0,
                state.spokenAt(),
                state.fragments(),
                state.others());
    }

    private void arm() {
        if (retired) return;
        if (bug == PlantedBug.FORGOTTEN_TIMER && established) return;
        var at = state.flatMap(current -> current.wakeAt(world.settings()));
        if (at.isEmpty() || at.equals(armed)) return;
        armed = at;
        daemon.wakeAt(at.get(), () -> wake(at.get()));
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
        daemon.note(() -> "    "
                + (effect instanceof Effect.Send(var datagram)
                        ? "sends to %s: %s".formatted(datagram.path().remote(), read(datagram.bytes()))
                        : effect.toString()));
        switch (effect) {
            case Effect.Send(var datagram) -> send(datagram);
            case Effect.KeepAlive(var path) -> {
                world.scribe.notes(daemon.host, "reminds the NAT of itself");
                world.network.keepAlive(path);
            }
            case Effect.Moved(var remote) -> report(new Happening.Moved(spi, remote));
            case Effect.AskCredentials(var ticket, var question) ->
                verdicts.tell(() -> happens(new Input.CredentialsSaid(ticket, verdict(question))));
            case Effect.AskKernel(var ticket, var request) ->
                toKernel.tell(() -> {
                    if (!daemon.isAlive()) return;
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
            case Effect.Changed changed -> report(new Happening.Changed(spi, changed));
            case Effect.Ignored(var why) -> world.scribe.notes(daemon.host, "ignores " + why);
            case Effect.Confirmed() -> report(new Happening.Confirmed(spi));
            case Effect.AuthenticateWithin(var time) -> report(new Happening.Limited(spi, time));
            case Effect.LeftBehind(var outbound) -> report(new Happening.LeftBehind(spi, outbound));
            case Effect.Idle() -> report(new Happening.Idle(spi));
            case Effect.Finished(var ending, var why) -> {
                Rules.check(!finished, "finished twice");
                finished = true;
                report(new Happening.Finished(spi, ending, why));
            }
            case Effect.KnownBy(var spis) -> {
                spis.forEach(one -> world.names.put(one, spi));
                registry.tell(() -> daemon.ifAlive(() -> daemon.knownBy(spi, spis)));
            }
            case Effect.Parting _, Effect.Parted _ -> {
                // whoever stops here has so long for its goodbyes as it takes
            }
            case Effect.Retired() -> {
                Rules.check(finished, "retired before it was finished");
                retired = true;
                registry.tell(() -> daemon.ifAlive(() -> daemon.retired(spi)));
            }
        }
    }

    private Verdict verdict(Question question) {
        var host = daemon.host;
        var verdict = daemon.credentials.answer(
                question,
                bug == PlantedBug.CERTIFICATES_BY_THE_STEADY_CLOCK
                        ? host.clock.assumedTimeOfDay()
                        : host.clock.timeOfDay());
        Rules.check(
                !(question instanceof Question.Verify)
                        || !(verdict instanceof Verdict.Proven)
                        || host.certificates.values().stream()
                                .allMatch(with -> Papers.mayConvince(with.trust(), host.clock.timeOfDay())),
                "a certificate was believed that is not valid now");
        return verdict;
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
        if (!theirs.isNone()) peerSpi = Optional.of(world.names.getOrDefault(theirs, theirs));
        int times = sent.merge(datagram.bytes(), 1, Integer::sum);
        boolean again = times > 1;
        if (times > 2 && !header.response() && bug == PlantedBug.IMPATIENT) return;
        if (again && header.response() && bug == PlantedBug.LOST_REPLY) return;
        var bytes = datagram.bytes();
        var refrain = world.mischief().filter(it -> it.host() == daemon.host).flatMap(Mischief::refrain);
        if (refrain.isPresent() && header.response() && header.exchange() == ExchangeType.Known.CREATE_CHILD_SA) {
            bytes = keys.orElseThrow().changed(bytes, _ -> List.of(refrain.get()));
        }
        if (again && !header.response() && bug == PlantedBug.RESEALED_RETRANSMISSION) {
            var other = bytes.toArray();
            other[other.length - 1] ^= 1;
            bytes = Bytes.of(other);
        }
        if (refrain.isEmpty()) world.rules.sent(new Datagram(datagram.path(), bytes));
        world.scribe.says(daemon.host, datagram, keys);
        world.network.ike(new Datagram(datagram.path(), bytes));
    }

    private void report(Happening happening) {
        registry.tell(() -> daemon.ifAlive(() -> daemon.reported(happening)));
    }

    private Reply obey(Request request) {
        world.scribe.asks(daemon.host, request);
        if (bug == PlantedBug.PORTS_KEPT && request instanceof Request.ChangePorts) return new Reply.Done();
        if (bug == PlantedBug.LEAKED_STATE && request instanceof Request.RemoveState) return new Reply.Done();
        if (bug == PlantedBug.RECEIVES_NO_LONGER && request instanceof Request.RemoveState(var id)) {
            state.flatMap(it -> Insider.inboundOf(it, id))
                    .ifPresent(inbound -> daemon.obey(new Request.RemoveState(inbound)));
        }
        if (!(request instanceof Request.InstallState(var wanted))) return daemon.obey(request);
        asked.add(wanted.id());
        world.keys.add(wanted.encryptionKey());
        world.capture.keys(wanted);
        if (bug == PlantedBug.BARE_FOR_A_MOMENT && wanted.direction() == Direction.OUT && removesOthers(wanted)) {
            daemon.host.process.after(Duration.ofMillis(30), () -> daemon.ifAlive(() -> daemon.obey(request)));
            return new Reply.Done();
        }
        if (bug == PlantedBug.RECEIVES_TOO_LATE && wanted.direction() == Direction.IN) {
            daemon.host.process.after(Duration.ofMillis(150), () -> daemon.ifAlive(() -> daemon.obey(request)));
            return new Reply.Done();
        }
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
        return daemon.obey(new Request.InstallState(kept));
    }

    private boolean removesOthers(State wanted) {
        var others = daemon.host.kernel.states().stream()
                .filter(state -> state.direction() == Direction.OUT
                        && state.id().destination().equals(wanted.id().destination()))
                .toList();
        others.forEach(state -> daemon.obey(new Request.RemoveState(state.id())));
        return !others.isEmpty();
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
        return "%s of %s".formatted(spi, daemon.host);
    }
}
