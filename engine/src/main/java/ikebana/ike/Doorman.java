package ikebana.ike;

import ikebana.auth.Endpoint;
import ikebana.crypto.Entropy;
import ikebana.crypto.Prf;
import ikebana.settings.HalfOpen;
import ikebana.wire.Bytes;
import ikebana.wire.ExchangeType;
import ikebana.wire.Header;
import ikebana.wire.IkeSpi;
import ikebana.wire.Message;
import ikebana.wire.MessageId;
import ikebana.wire.Nonce;
import ikebana.wire.Notify;
import ikebana.wire.NotifyType;
import ikebana.wire.Payload;
import ikebana.wire.PayloadType;
import ikebana.wire.Secret;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.pcollections.HashTreePMap;
import org.pcollections.HashTreePSet;
import org.pcollections.PMap;

/// Who may come in: finds the IKE SA of a datagram by its SPI, and lets newcomers in, first without and then only
/// with a cookie, and beyond a limit not at all (RFC 7296 2.6). It answers a stranger with less than twice what it
/// was sent.
public final class Doorman {

    /// What becomes of a datagram.
    public sealed interface Decision {
        record Deliver(IkeSpi spi) implements Decision {}

        /// A newcomer; its IKE SA gets this SPI.
        record Welcome(IkeSpi spi) implements Decision {}

        record Answer(Datagram datagram) implements Decision {}

        record Drop(String why) implements Decision {}
    }

    /// How many strangers have been told in the second that began then that we do not have their IKE SA.
    record Hints(Instant since, int said) {}

    /// @param closed whether nobody comes in any more
    /// @param crowded whether cookies are demanded
    /// @param sas all that there are; of a responder's, who called
    /// @param names of those that are rekeyed: by further SPIs, the one in `sas`; `further`: the other way round
    /// @param secret of the cookies that are demanded now; `formerSecret`: of those before, which are still taken
    public record State(
            boolean closed,
            boolean crowded,
            PMap<IkeSpi, Optional<Caller>> sas,
            PMap<IkeSpi, IkeSpi> names,
            PMap<IkeSpi, Set<IkeSpi>> further,
            Doorstep doorstep,
            Secret secret,
            Secret formerSecret,
            Instant secretSince,
            Hints hints) {

        public int halfOpen() {
            return doorstep.halfOpen();
        }

        private State with(PMap<IkeSpi, Optional<Caller>> changed, Doorstep here) {
            return new State(closed, crowded, changed, names, further, here, secret, formerSecret, secretSince, hints);
        }

        private State with(PMap<IkeSpi, IkeSpi> byFurther, PMap<IkeSpi, Set<IkeSpi>> ofEach) {
            return new State(
                    closed, crowded, sas, byFurther, ofEach, doorstep, secret, formerSecret, secretSince, hints);
        }

        private Optional<IkeSpi> name(IkeSpi spi) {
            return sas.containsKey(spi) ? Optional.of(spi) : Optional.ofNullable(names.get(spi));
        }

        private State entered(Caller caller, IkeSpi spi, boolean shown) {
            return with(sas.plus(spi, Optional.of(caller)), doorstep.entered(caller, spi, shown));
        }

        private State crowded(boolean now) {
            if (now == crowded) return this;
            return new State(closed, now, sas, names, further, doorstep, secret, formerSecret, secretSince, hints);
        }

        private State with(Hints changed) {
            return new State(
                    closed, crowded, sas, names, further, doorstep, secret, formerSecret, secretSince, changed);
        }
    }

    /// @param next the state afterwards
    public record Opened(State next, Decision decision) {}

    private static final int COOKIE_LENGTH = 32;

    /// The shortest sealed message: the header, and an empty payload with its IV, padding and integrity check value.
    private static final int SHORTEST_SEALED = Header.LENGTH + 4 + 8 + 1 + 16;

    private final HalfOpen settings;
    private final CrashTokens tokens;
    private final Entropy entropy;

    public Doorman(HalfOpen settings, CrashTokens tokens, Entropy entropy) {
        this.settings = settings;
        this.tokens = tokens;
        this.entropy = entropy;
    }

    public State start(Instant now) {
        return new State(
                false,
                false,
                HashTreePMap.empty(),
                HashTreePMap.empty(),
                HashTreePMap.empty(),
                Doorstep.NOBODY,
                entropy.secret(COOKIE_LENGTH),
                entropy.secret(COOKIE_LENGTH),
                now,
                new Hints(now, 0));
    }

    /// An IKE SA of our own making.
    public State dialled(State state, IkeSpi spi) {
        return state.with(state.sas().plus(spi, Optional.empty()), state.doorstep());
    }

    /// What an IKE SA reports may make room: who has authenticated is no longer half-open, and who was refused
    /// and only hears its last answer again is not either. And whoever has authenticated, in this life or
    /// the one before, is known from then on.
    public State reported(State state, Ledger.Happening happening) {
        return switch (happening) {
            case Ledger.Happening.AdmissionAsked(var spi, var question) ->
                knowing(settled(state, spi), Set.of(question.endpoint()));
            case Ledger.Happening.Finished(var spi, var _, var _) -> settled(state, spi);
            case Ledger.Happening.Remembered(var tunnels) -> knowing(state, tunnels.keySet());
            default -> state;
        };
    }

    private static State knowing(State state, Set<Endpoint> endpoints) {
        var addresses = endpoints.stream().map(Endpoint::remote).toList();
        return state.with(state.sas(), state.doorstep().knowing(addresses));
    }

    /// A responder's peer has authenticated: it no longer counts as half-open. Its first message may still come again.
    public State settled(State state, IkeSpi spi) {
        var caller = Optional.ofNullable(state.sas().get(spi)).flatMap(known -> known);
        return caller.map(known -> state.with(state.sas(), state.doorstep().settled(known, spi)))
                .orElse(state);
    }

    /// Messages with these SPIs are for this SA, too (it is rekeyed); with those that it had named before, no longer.
    public State knownBy(State state, IkeSpi spi, Set<IkeSpi> spis) {
        var names = state.names().minusAll(state.further().getOrDefault(spi, Set.of()));
        if (!state.sas().containsKey(spi)) return state;
        for (var one : spis) names = names.plus(one, spi);
        var further =
                spis.isEmpty() ? state.further().minus(spi) : state.further().plus(spi, HashTreePSet.from(spis));
        return state.with(names, further);
    }

    /// An IKE SA has retired.
    public State left(State state, IkeSpi spi) {
        var settled = settled(knownBy(state, spi, Set.of()), spi);
        return settled.with(settled.sas().minus(spi), settled.doorstep());
    }

    /// The daemon is stopping: newcomers are not answered, so that their next repetition finds the next daemon.
    public State closed(State state) {
        return new State(
                true,
                state.crowded(),
                state.sas(),
                state.names(),
                state.further(),
                state.doorstep(),
                state.secret(),
                state.formerSecret(),
                state.secretSince(),
                state.hints());
    }

    public Opened arrived(State state, Instant now, Datagram datagram) {
        var header = Header.peek(datagram.bytes());
        if (header.isEmpty()) return new Opened(state, new Decision.Drop("too short for IKE"));
        if (header.get().majorVersion() != 2) return new Opened(state, version(datagram, header.get()));
        if (header.get().length() != datagram.bytes().length()) {
            return new Opened(state, new Decision.Drop("the header's length is not the datagram's"));
        }
        var ours = header.get().fromInitiator()
                ? header.get().responder()
                : header.get().initiator();
        if (!ours.isNone()) {
            var known = state.name(ours);
            return known.isPresent()
                    ? new Opened(state, new Decision.Deliver(known.get()))
                    : unknown(state, now, datagram, header.get(), ours);
        }
        return newcomer(state, now, datagram, header.get());
    }

    /// RFC 7296 1.5, 2.21.4: whoever asks for an IKE SA that we do not have is told so, in the clear and not too
    /// often, with hardly more bytes than the shortest request has: what proves to whoever had it with us that we
    /// have lost it (RFC 6290). Answers are not answered.
    private Opened unknown(State state, Instant now, Datagram datagram, Header header, IkeSpi ours) {
        var why = new Decision.Drop("no IKE SA has the SPI " + ours);
        boolean sealed = datagram.bytes().length() >= SHORTEST_SEALED
                && (header.firstPayload() == PayloadType.Known.ENCRYPTED.code()
                        || header.firstPayload() == PayloadType.Known.ENCRYPTED_FRAGMENT.code());
        boolean over = !now.isBefore(state.hints().since().plusSeconds(1));
        var hints = over ? new Hints(now, 0) : state.hints();
        if (state.closed() || header.response() || !sealed || hints.said() >= settings.unknownAnswered()) {
            return new Opened(state, why);
        }
        var answer = Header.of(
                header.initiator(),
                header.responder(),
                header.exchange(),
                true,
                !header.fromInitiator(),
                header.messageId());
        var payloads = new ArrayList<Payload>();
        payloads.add(Notify.of(NotifyType.INVALID_IKE_SPI));
        tokens.of(ours).ifPresent(payloads::add);
        var bytes = new Message(answer, payloads).encode();
        return new Opened(
                state.with(new Hints(hints.since(), hints.said() + 1)),
                new Decision.Answer(new Datagram(datagram.path(), bytes)));
    }

    /// What a stranger is answered in a flood, which changes nothing here: whoever has the state may do it, at
    /// once and on any thread, and the doorman need not hear of it. Empty for all that has to go to [#arrived].
    public Optional<Datagram> answerAtOnce(State state, Instant now, Datagram datagram) {
        if (!state.crowded()) return Optional.empty();
        var opened = arrived(state, now, datagram);
        return opened.decision() instanceof Decision.Answer(var answer)
                        && opened.next().equals(state)
                ? Optional.of(answer)
                : Optional.empty();
    }

    private Opened newcomer(State state, Instant now, Datagram datagram, Header header) {
        if (!header.exchange().equals(ExchangeType.Known.IKE_SA_INIT)
                || header.response()
                || header.initiator().isNone()) {
            return new Opened(state, new Decision.Drop("no IKE_SA_INIT request, and no SPI"));
        }
        var caller = new Caller(header.initiator(), datagram.path());
        // RFC 7296 2.6: whoever is in already is never asked for a cookie, or AUTH would cover another request
        var known = state.doorstep().spiOf(caller);
        if (known.isPresent()) return new Opened(state, new Decision.Deliver(known.get()));
        if (state.closed()) return new Opened(state, new Decision.Drop("the daemon is stopping"));
        // who has authenticated before still comes in when strangers no longer do
        boolean familiar = state.doorstep().knows(caller.source());
        if (state.halfOpen() >= (familiar ? settings.limit() : settings.limitOfStrangers())) {
            return new Opened(state, new Decision.Drop("too many half-open IKE SAs"));
        }
        boolean crowded = isCrowded(state);
        var rolled = rolled(state, now).crowded(crowded);
        if (crowded) {
            var asked = ask(rolled, datagram, header);
            if (asked.isPresent()) return new Opened(rolled, asked.get());
            // whoever can receive at its address can show cookies, and must not fill the house alone
            if (state.doorstep().begunBy(caller.source()) >= settings.limitOfOne()) {
                return new Opened(rolled, new Decision.Drop("too many half-open IKE SAs from one address"));
            }
        }
        var spi = entropy.ikeSpi();
        return new Opened(rolled.entered(caller, spi, crowded), new Decision.Welcome(spi));
    }

    /// Once it is crowded it stays so for a while: a newcomer of whom a cookie was demanded, and whose repetition then
    /// came in without it, would have its AUTH cover another request than the one that was let in.
    private boolean isCrowded(State state) {
        int halfOpen = state.halfOpen();
        int threshold = settings.cookieThreshold();
        return halfOpen >= threshold || (state.crowded() && halfOpen > threshold * 3L / 4);
    }

    /// A demand for a cookie; empty when the right one is there.
    private Optional<Decision> ask(State state, Datagram datagram, Header header) {
        if (!(Message.decode(datagram.bytes()) instanceof Message.Decoded.Whole(var message))) {
            return Optional.of(new Decision.Drop("a malformed newcomer"));
        }
        var nonce = Message.first(message.payloads(), Nonce.class);
        if (nonce.isEmpty()) return Optional.of(new Decision.Drop("a newcomer without a nonce"));
        var presented =
                Message.notification(message.payloads(), NotifyType.COOKIE).map(Notify::data);
        var cookie = cookie(state.secret(), datagram, header, nonce.get());
        if (presented
                .filter(shown -> shown.equals(cookie)
                        || shown.equals(cookie(state.formerSecret(), datagram, header, nonce.get())))
                .isPresent()) {
            return Optional.empty();
        }
        var answer =
                Header.of(header.initiator(), IkeSpi.NONE, ExchangeType.Known.IKE_SA_INIT, true, false, MessageId.ZERO);
        var bytes = new Message(answer, List.of(Notify.of(NotifyType.COOKIE, cookie))).encode();
        return Optional.of(new Decision.Answer(new Datagram(datagram.path(), bytes)));
    }

    /// Bound to the SPI, the nonce, the address and the port.
    private static Bytes cookie(Secret secret, Datagram datagram, Header header, Nonce nonce) {
        var remote = datagram.path().remote();
        var port = ByteBuffer.allocate(2).putShort(0, (short) remote.port()).array();
        var bound = Bytes.concat(
                header.initiator().toBytes(), nonce.data(), remote.ip().raw(), Bytes.of(port));
        try (var mac = Prf.HMAC_SHA2_256.apply(secret, bound)) {
            return Bytes.of(mac.expose());
        }
    }

    private State rolled(State state, Instant now) {
        if (now.isBefore(state.secretSince().plus(settings.cookieLifetime()))) return state;
        return new State(
                state.closed(),
                state.crowded(),
                state.sas(),
                state.names(),
                state.further(),
                state.doorstep(),
                entropy.secret(COOKIE_LENGTH),
                state.secret(),
                now,
                state.hints());
    }

    /// RFC 7296 2.5: INVALID_MAJOR_VERSION, eight bytes longer than the shortest request.
    private static Decision version(Datagram datagram, Header header) {
        if (header.majorVersion() < 2 || header.response()) {
            return new Decision.Drop("major version " + header.majorVersion());
        }
        var answer =
                Header.of(header.initiator(), header.responder(), header.exchange(), true, false, header.messageId());
        var bytes = new Message(answer, List.of(Notify.of(NotifyType.INVALID_MAJOR_VERSION))).encode();
        return new Decision.Answer(new Datagram(datagram.path(), bytes));
    }
}
