package ikebana.ike;

import ikebana.auth.Profile;
import ikebana.crypto.Entropy;
import ikebana.crypto.KeyExchangeMethod;
import ikebana.crypto.KeyExchanges;
import ikebana.crypto.KeyPair;
import ikebana.crypto.SkProtection;
import ikebana.kernel.Request;
import ikebana.kernel.StateId;
import ikebana.settings.IkeSettings;
import ikebana.wire.Bytes;
import ikebana.wire.Delete;
import ikebana.wire.Encrypted;
import ikebana.wire.EncryptedFragment;
import ikebana.wire.ExchangeType;
import ikebana.wire.Header;
import ikebana.wire.Message;
import ikebana.wire.MessageId;
import ikebana.wire.Notify;
import ikebana.wire.NotifyType;
import ikebana.wire.Payload;
import ikebana.wire.PayloadType;
import ikebana.wire.Secret;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// What every exchange does alike: seal, open, send, answer, end.
record Desk(IkeSettings settings, Entropy entropy, KeyExchanges keyExchanges) {
    /// After a refusal. It doubles with each in a row, and is jittered: two equal ends must not meet for ever
    /// (2.25).
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(2);

    private static final int MOST_DOUBLINGS = 7;

    /// RFC 7296 2.10: at least 16 bytes, and half the PRF's key.
    private static final int NONCE_LENGTH = 32;

    Bytes nonce() {
        return entropy.publicBytes(NONCE_LENGTH);
    }

    KeyPair generate(KeyExchangeMethod method) {
        return keyExchanges.generate(method, entropy);
    }

    Optional<KeyExchangeMethod.Answer> answer(KeyExchangeMethod method, Bytes theirs) {
        return keyExchanges.answer(method, theirs, entropy);
    }

    Optional<Secret> agree(KeyExchangeMethod method, KeyPair ours, Bytes answer) {
        return keyExchanges.agree(method, ours, answer);
    }

    /// A message that was opened, or why it was not.
    sealed interface Opened {
        /// @param chain the payloads as they were on the wire
        record Payloads(List<Payload> payloads, Bytes chain) implements Opened {}

        /// Not authentic, or not even sealed: it never happened.
        record Forged(String why) implements Opened {}

        /// Authentic, and yet impossible to read.
        record Malformed(String why) implements Opened {}
    }

    Opened open(Negotiated negotiated, Datagram datagram, Message message) {
        if (message.payloads().isEmpty() || !(message.payloads().getLast() instanceof Encrypted encrypted)) {
            return new Opened.Forged("an unprotected message");
        }
        if (message.header().fromInitiator() == negotiated.initiator()) {
            return new Opened.Forged("a message of our own, sent back");
        }
        var chain = negotiated.theirs().open(Message.associatedDataOf(datagram.bytes(), encrypted), encrypted.body());
        if (chain.isEmpty()) return new Opened.Forged("a message that is not authentic");
        return decoded(encrypted.firstInner(), chain.get());
    }

    /// What came of a fragment, RFC 7383 2.6.
    sealed interface Collected {
        /// It never happened.
        record Refused(String why) implements Collected {}

        record Partly(Fragments fragments) implements Collected {}

        /// @param first the datagram that stands for the message when it is repeated
        record Whole(Fragments fragments, Bytes first, Opened opened) implements Collected {}
    }

    static Optional<EncryptedFragment> fragment(Message message) {
        return message.payloads().isEmpty() || !(message.payloads().getLast() instanceof EncryptedFragment fragment)
                ? Optional.empty()
                : Optional.of(fragment);
    }

    /// What is sealed in a fragment; empty when it is not authentic.
    static Optional<Bytes> openFragment(Negotiated negotiated, Datagram datagram, Message message) {
        if (message.header().fromInitiator() == negotiated.initiator()) return Optional.empty();
        return fragment(message)
                .flatMap(it -> negotiated.theirs().open(Message.associatedDataOf(datagram.bytes(), it), it.body()));
    }

    Collected collect(SaState state, Instant now, Negotiated negotiated, Datagram datagram, Message message) {
        var header = message.header();
        var fragment = fragment(message).orElseThrow();
        var limits = settings.fragmentation();
        if (!negotiated.fragments()) return new Collected.Refused("a fragment that was not agreed on");
        var refusal = state.fragments().refusal(header, fragment, limits);
        if (refusal.isPresent()) return new Collected.Refused(refusal.get());
        var part = openFragment(negotiated, datagram, message);
        if (part.isEmpty()) return new Collected.Refused("a fragment that is not authentic");
        var until = now.plus(settings.halfOpen().lifetime());
        var more = state.fragments().with(header, fragment, datagram.bytes(), part.get(), limits, until);
        if (more.isEmpty())
            return new Collected.Refused("a message of more than " + limits.largestMessage() + " bytes");
        var all = more.get().of(header).orElseThrow();
        return all.isWhole()
                ? new Collected.Whole(more.get().without(header), all.first(), decoded(all.firstInner(), all.chain()))
                : new Collected.Partly(more.get());
    }

    private static Opened decoded(int firstInner, Bytes chain) {
        return switch (Message.decodeChain(firstInner, chain)) {
            case Message.Chain.Whole(var payloads) -> new Opened.Payloads(payloads, chain);
            case Message.Chain.Broken(var why) -> new Opened.Malformed(why);
        };
    }

    /// A sealed message: one datagram, or its fragments if it is too large for the path and the peer takes them.
    private List<Bytes> seal(
            SaState state,
            Negotiated negotiated,
            ExchangeType exchange,
            boolean response,
            MessageId id,
            Path path,
            List<Payload> payloads) {
        var header = Header.of(negotiated.spiI(), negotiated.spiR(), exchange, response, negotiated.initiator(), id);
        var chain = Message.encodeChain(payloads);
        var protection = negotiated.ours();
        int first = Message.firstType(payloads);
        int largest = settings.fragmentation().largestDatagram(path.remote().ip());
        var associated = Message.associatedData(header, first, protection.sealedLength(chain.length()));
        if (negotiated.fragments() && associated.length() + protection.sealedLength(chain.length()) > largest) {
            return inFragments(state, protection, header, first, chain, largest);
        }
        var iv = protection.nextIv(state.sealed(), entropy);
        return List.of(Bytes.concat(associated, protection.seal(associated, iv, chain)));
    }

    /// RFC 7383 2.5: each is sealed by itself, with an IV of its own.
    private List<Bytes> inFragments(
            SaState state, SkProtection protection, Header header, int firstInner, Bytes chain, int largest) {
        int most = protection.largestPlaintext(largest - Header.LENGTH - EncryptedFragment.OVERHEAD);
        int total = Math.ceilDiv(chain.length(), most);
        var datagrams = new ArrayList<Bytes>();
        for (int number = 1; number <= total; number++) {
            var part = chain.slice((number - 1) * most, Math.min(number * most, chain.length()));
            var associated = Message.associatedData(
                    header,
                    number == 1 ? firstInner : PayloadType.NONE,
                    number,
                    total,
                    protection.sealedLength(part.length()));
            var iv = protection.nextIv(state.sealed() + datagrams.size(), entropy);
            datagrams.add(Bytes.concat(associated, protection.seal(associated, iv, part)));
        }
        return datagrams;
    }

    static Effect[] sends(Path path, List<Bytes> datagrams) {
        return datagrams.stream()
                .map(bytes -> new Effect.Send(new Datagram(path, bytes)))
                .toArray(Effect[]::new);
    }

    /// Sends a sealed request and awaits its answer.
    Step<SaState, Effect> request(
            SaState state, Instant now, Negotiated negotiated, ExchangeType exchange, List<Payload> payloads) {
        var datagrams = seal(state, negotiated, exchange, false, state.window().next(), state.path(), payloads);
        var window = state.window().sent(datagrams, now, settings.retransmission(), entropy.fraction());
        return Step.to(state.sealed(datagrams.size()).with(window), sends(state.path(), datagrams));
    }

    /// Sends a sealed response to where its request came from, and remembers it.
    Step<SaState, Effect> respond(
            SaState state, Negotiated negotiated, ExchangeType exchange, Datagram request, List<Payload> payloads) {
        var datagrams = seal(state, negotiated, exchange, true, state.window().expected(), request.path(), payloads);
        var window = state.window().replied(request.bytes(), datagrams);
        return Step.to(state.sealed(datagrams.size()).with(window), sends(request.path(), datagrams));
    }

    /// When an IKE SA that begins now gets a successor: up to a tenth before its time, or both ends, and a hub's
    /// peers, would ask at once.
    Phase.Age young(Profile profile, Instant now) {
        var renewAt = profile.ikeLifetime()
                .rekeyAfter()
                .map(after -> now.plusMillis((long) (after.toMillis() * (1 - entropy.fraction() / 10))));
        return new Phase.Age(renewAt, 0, 0);
    }

    /// Until when one of our own is waited for.
    Instant patience(Instant now) {
        return now.plus(settings.innerPatience());
    }

    /// How long a peer that has refused, or could not, is not asked again.
    ///
    /// @param failures before this one, in a row
    Duration pause(int failures) {
        var full = FIRST_PAUSE.multipliedBy(1L << Math.min(failures, MOST_DOUBLINGS));
        return full.dividedBy(2).plusMillis((long) (full.toMillis() / 2.0 * entropy.fraction()));
    }

    /// Ends an SA that has nothing more to say.
    static Step<SaState, Effect> finish(SaState state, Ending ending, String why, Effect... before) {
        var effects = new ArrayList<>(List.of(before));
        effects.add(new Effect.Finished(ending, why));
        effects.add(new Effect.Retired());
        return new Step<>(state.with(state.window().answered()).in(new Phase.Closed(why)), effects);
    }

    /// Ends an SA whose last words were an answer. The answer is kept for as long as the peer may ask again.
    Step<SaState, Effect> linger(
            Step<SaState, Effect> answered,
            Instant now,
            Ending ending,
            String why,
            List<Phase.Draining> inbound,
            Effect... more) {
        var until = now.plus(settings.halfOpen().lifetime());
        var idle = answered.next().with(answered.next().window().answered());
        return then(
                then(
                        new Step<>(
                                idle.in(new Phase.Lingering(why, idle.spiInUse(), until, inbound)), answered.effects()),
                        more),
                new Effect.Finished(ending, why));
    }

    /// RFC 7296 2.21.3: of a request that is badly formatted, or has a key exchange value that nobody makes
    /// (RFC 6989 2.5), the peer hears INVALID_SYNTAX, and with that neither end has the IKE SA any more. Where
    /// the peer has made its successor, that one stands.
    Step<SaState, Effect> breakOff(
            SaState state,
            Instant now,
            Phase.Established established,
            ExchangeType exchange,
            Datagram request,
            String why) {
        var syntax = List.<Payload>of(Notify.of(NotifyType.INVALID_SYNTAX));
        var told = respond(state, established.agreed().negotiated(), exchange, request, syntax);
        return state.next().isPresent()
                ? told
                : linger(told, now, Ending.REFUSAL, why, draining(established, now), leaveOutbound(established));
    }

    /// Ends an SA that the peer holds for good: says goodbye, and waits a while for the answer.
    Step<SaState, Effect> goodbye(
            SaState state,
            Instant now,
            Negotiated negotiated,
            List<Payload> payloads,
            Ending ending,
            String why,
            List<Phase.Draining> inbound) {
        boolean busy = state.window().flight().isPresent();
        var unfinished = state.phase() instanceof Phase.Established established
                        && established.asked().orElse(null) instanceof Phase.Renewal renewal
                ? Optional.of(new Phase.Unfinished(established.agreed(), renewal))
                : Optional.<Phase.Unfinished>empty();
        var unsaid = busy ? payloads : List.<Payload>of();
        var deleting = state.in(new Phase.Deleting(negotiated, why, unsaid, inbound, unfinished));
        var told = busy
                ? Step.<SaState, Effect>to(deleting)
                : request(deleting, now, negotiated, ExchangeType.Known.INFORMATIONAL, payloads);
        return then(told, new Effect.Finished(ending, why));
    }

    /// The same for one that is established: we do not send any more, and what the peer sends is received until it has
    /// answered, which may be late on a bad way, and for a moment after that.
    Step<SaState, Effect> leave(SaState state, Instant now, Phase.Established established, Ending ending, String why) {
        var negotiated = established.agreed().negotiated();
        var told = goodbye(state, now, negotiated, List.of(Delete.ikeSa()), ending, why, draining(established, now));
        return first(told, removeOutbound(established));
    }

    /// The end of an SA that has said goodbye, over each of its generations. What need not be received any longer goes
    /// now, and the rest at its time.
    static Step<SaState, Effect> retire(SaState state, Instant now, Phase.Deleting deleting) {
        var idle = state.with(state.window().answered());
        if (idle.others().stream().anyMatch(Generation::isLeaving)) return Step.to(idle.in(deleting.said()));
        var left = deleting.inbound().stream()
                .filter(one -> one.until().isAfter(now))
                .toList();
        var effects = new ArrayList<Effect>();
        deleting.inbound().stream()
                .filter(one -> !left.contains(one))
                .map(one -> remove(one.id()))
                .forEach(effects::add);
        var until = left.stream().map(Phase.Draining::until).max(Instant::compareTo);
        if (until.isEmpty()) effects.add(new Effect.Retired());
        return new Step<>(
                idle.in(until.<Phase>map(at -> new Phase.Lingering(deleting.why(), idle.spiInUse(), at, left))
                        .orElseGet(() -> new Phase.Closed(deleting.why()))),
                effects);
    }

    /// Takes a child out of the kernel; nobody waits for the reply.
    static Effect[] remove(Child child) {
        return new Effect[] {
            remove(child.outbound().id()), remove(child.inbound().id())
        };
    }

    /// The same of an established SA. The peer chooses the SPI of what we send into: before we have asked for it, a
    /// state of that name is another's.
    static Effect[] remove(ChildSa child) {
        return Stream.concat(
                        Stream.of(removeOutbound(child)),
                        Stream.of(remove(child.pair().inbound().id())))
                .toArray(Effect[]::new);
    }

    static Effect[] removeOutbound(ChildSa child) {
        var outbound = child.pair().outbound().id();
        return child.isAskedFor(outbound) ? new Effect[] {remove(outbound)} : new Effect[0];
    }

    static Effect remove(StateId id) {
        return new Effect.AskKernel(NOBODY, new Request.RemoveState(id));
    }

    /// Takes everything of an established SA out of the kernel.
    static Effect[] removeAll(Phase.Established established) {
        return established.states().stream()
                .filter(id -> isOurs(established, id))
                .map(Desk::remove)
                .toArray(Effect[]::new);
    }

    /// Whether we have asked the kernel for it, or are about to answer the peer about it.
    private static boolean isOurs(Phase.Established established, StateId id) {
        return established.children().stream().noneMatch(child -> child.has(id))
                || established.children().stream().anyMatch(child -> child.has(id) && child.isAskedFor(id));
    }

    /// Takes what sends out of the kernel; what is under way to us is still received for a moment.
    static Effect[] removeOutbound(Phase.Established established) {
        return outbound(
                        established,
                        child -> child.isAskedFor(child.pair().outbound().id()))
                .map(Desk::remove)
                .toArray(Effect[]::new);
    }

    /// The same for an SA that the peer has ended: another may be about to send in its place, and nothing is to
    /// be lost in between. What is still on its way into the kernel has not sent anything.
    static Effect[] leaveOutbound(Phase.Established established) {
        var inUse = outbound(established, child -> child.outbound() instanceof ChildSa.InUse);
        var others = outbound(
                established,
                child -> child.isOnItsWay()
                        && child.isAskedFor(child.pair().outbound().id()));
        return Stream.concat(Stream.of(new Effect.LeftBehind(inUse.toList())), others.map(Desk::remove))
                .toArray(Effect[]::new);
    }

    private static Stream<StateId> outbound(Phase.Established established, Predicate<ChildSa> which) {
        return established.children().stream()
                .filter(which)
                .map(child -> child.pair().outbound().id());
    }

    /// The inbound states that outlive an established SA for a moment.
    List<Phase.Draining> draining(Phase.Established established, Instant now) {
        var until = now.plus(settings.keepInbound());
        // what was about to be answered is in the kernel, or will be
        var unanswered = established.answering().stream().map(Phase.Answering::child);
        return Stream.concat(established.children().stream(), unanswered)
                .map(child -> new Phase.Draining(
                        child.pair().inbound().id(),
                        child.fate() instanceof ChildSa.Draining(var before) ? before : until))
                .toList();
    }

    /// A ticket that is never drawn.
    static final Ticket NOBODY = new Ticket(-1);

    /// Of all requests to change ports: any time may be the time for one.
    static final Ticket PORTS = new Ticket(-2);

    /// Of all questions what the kernel has counted.
    static final Ticket LOOK = new Ticket(-3);

    static Step<SaState, Effect> then(Step<SaState, Effect> step, Effect... more) {
        var effects = new ArrayList<>(step.effects());
        effects.addAll(List.of(more));
        return new Step<>(step.next(), effects);
    }

    static Step<SaState, Effect> first(Step<SaState, Effect> step, Effect... before) {
        var effects = new ArrayList<>(List.of(before));
        effects.addAll(step.effects());
        return new Step<>(step.next(), effects);
    }

    /// The first error that a message carries.
    static Optional<String> error(List<Payload> payloads) {
        return Message.all(payloads, Notify.class)
                .filter(Notify::isError)
                .map(notify -> NotifyType.describe(notify.notifyType()))
                .findFirst();
    }
}
