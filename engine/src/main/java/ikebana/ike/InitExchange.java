package ikebana.ike;

import ikebana.auth.Ppk;
import ikebana.auth.Profile;
import ikebana.crypto.IkeKeys;
import ikebana.crypto.IkeSuite;
import ikebana.crypto.KeyExchangeMethod;
import ikebana.crypto.NatDetection;
import ikebana.negotiation.IkeProposal;
import ikebana.negotiation.Selection;
import ikebana.settings.Ports;
import ikebana.wire.Bytes;
import ikebana.wire.ExchangeType;
import ikebana.wire.Header;
import ikebana.wire.IkeSpi;
import ikebana.wire.KeyExchange;
import ikebana.wire.Message;
import ikebana.wire.MessageId;
import ikebana.wire.Nonce;
import ikebana.wire.Notify;
import ikebana.wire.NotifyType;
import ikebana.wire.Payload;
import ikebana.wire.Secret;
import ikebana.wire.SecurityAssociation;
import ikebana.wire.UdpAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// IKE_SA_INIT, RFC 7296 1.2, in both roles: keys with somebody, we do not know whom. Nothing in it is authentic.
final class InitExchange {
    /// COOKIE and INVALID_KE_PAYLOAD may each come once or twice; a stranger may send them for ever.
    private static final int MOST_RESTARTS = 5;

    private final Desk desk;
    private final IntermediateExchange intermediate;
    private final Ports ports;
    private final List<Profile> profiles;

    /// @param intermediate what follows where a second key exchange was agreed
    InitExchange(Desk desk, IntermediateExchange intermediate, Ports ports, List<Profile> profiles) {
        this.desk = desk;
        this.intermediate = intermediate;
        this.ports = ports;
        this.profiles = List.copyOf(profiles);
    }

    // ---- initiator

    Step<SaState, Effect> begin(SaState state, Dial dial, Instant now) {
        var method = dial.profile().ikeProposals().getFirst().keyExchanges().getFirst();
        var waiting = new Phase.AwaitInitResponse(
                dial, method, desk.generate(method), desk.nonce(), Optional.empty(), 0, now, Optional.empty());
        var bytes = request(state, waiting);
        var window = state.window()
                .sent(
                        List.of(bytes),
                        now,
                        waiting.dial().schedule(desk.settings()),
                        desk.entropy().fraction());
        return Step.to(state.with(window).in(waiting), new Effect.Send(new Datagram(state.path(), bytes)));
    }

    private Bytes request(SaState state, Phase.AwaitInitResponse waiting) {
        var payloads = new ArrayList<Payload>();
        waiting.cookie().ifPresent(cookie -> payloads.add(Notify.of(NotifyType.COOKIE, cookie)));
        payloads.add(Selection.offerIke(waiting.dial().profile().ikeProposals()));
        payloads.add(
                new KeyExchange(waiting.method().transformId(), waiting.pair().publicValue()));
        payloads.add(new Nonce(waiting.nonce()));
        payloads.addAll(natDetection(state.spi(), IkeSpi.NONE, state.path()));
        payloads.addAll(CertificatePayloads.inRequest(waiting.dial().profile()));
        payloads.add(Negotiated.TAKES_FRAGMENTS);
        boolean more = waiting.dial().profile().ikeProposals().stream()
                .anyMatch(it -> !it.additional().isEmpty());
        if (more) payloads.add(Negotiated.TAKES_INTERMEDIATE);
        if (waiting.dial().profile().ppk().isPresent()) payloads.add(Negotiated.USES_PPK);
        payloads.add(Negotiated.VENDOR_ID);
        var header = Header.of(state.spi(), IkeSpi.NONE, ExchangeType.Known.IKE_SA_INIT, false, true, MessageId.ZERO);
        return new Message(header, payloads).encode();
    }

    private Step<SaState, Effect> restart(SaState state, Instant now, Phase.AwaitInitResponse waiting) {
        if (waiting.restarts() > MOST_RESTARTS) {
            return Step.to(state, new Effect.Ignored("one more reason to begin again"));
        }
        var bytes = request(state, waiting);
        var window = state.window()
                .replaced(
                        List.of(bytes),
                        now,
                        waiting.dial().schedule(desk.settings()),
                        desk.entropy().fraction());
        return Step.to(state.with(window).in(waiting), new Effect.Send(new Datagram(state.path(), bytes)));
    }

    Step<SaState, Effect> response(
            SaState state, Instant now, Phase.AwaitInitResponse waiting, Datagram datagram, Message message) {
        var payloads = message.payloads();
        if (!message.header().exchange().equals(ExchangeType.Known.IKE_SA_INIT)
                || !message.header().response()) {
            return Step.to(state, new Effect.Ignored("not the answer to our IKE_SA_INIT"));
        }
        var critical = Message.unsupportedCritical(payloads);
        if (critical.isPresent()) { // RFC 7296 2.5: rejected as a whole; the peer's true answer may still come
            var why = "an answer with the critical payload type " + critical.get();
            return Step.to(state.in(waiting.hinted(why)), new Effect.Ignored(why));
        }
        var cookie = Message.notification(payloads, NotifyType.COOKIE);
        if (cookie.isPresent() && Message.first(payloads, KeyExchange.class).isEmpty()) {
            return withCookie(state, now, waiting, cookie.get().data());
        }
        var wanted = Message.notification(payloads, NotifyType.INVALID_KE_PAYLOAD);
        if (wanted.isPresent())
            return withMethod(state, now, waiting, wanted.get().data());
        var error = Desk.error(payloads);
        if (error.isPresent()) {
            // RFC 7296 2.21.1: anybody could have sent it; the peer's true answer may still come
            var hinted = waiting.hinted(
                    error.get() + "; offered was " + waiting.dial().profile().ikeProposals());
            return Step.to(state.in(hinted), new Effect.Ignored(error.get()));
        }
        return accept(state, now, waiting, datagram, message);
    }

    /// RFC 7296 2.6: the same request once more, with the cookie in front. AUTH covers one request, and it has to be
    /// the one that is answered: while a demand may be about an earlier request, the one under way stays. When a
    /// demand is ignored that was about the one under way, its next repetition brings another.
    private Step<SaState, Effect> withCookie(
            SaState state, Instant now, Phase.AwaitInitResponse waiting, Bytes cookie) {
        if (cookie.isEmpty() || cookie.length() > 64) return Step.to(state, new Effect.Ignored("an odd cookie"));
        if (waiting.cookie().equals(Optional.of(cookie))) {
            return Step.to(state, new Effect.Ignored("the cookie that is under way"));
        }
        if (now.isBefore(waiting.earlierUntil())) {
            return Step.to(state, new Effect.Ignored("a cookie that may be for an earlier request"));
        }
        return restart(state, now, waiting.anewWith(cookie, answersUntil(state, now)));
    }

    /// RFC 7296 1.2: with a key exchange method that we have offered anyway; the last cookie goes along (2.6.1).
    private Step<SaState, Effect> withMethod(
            SaState state, Instant now, Phase.AwaitInitResponse waiting, Bytes wanted) {
        if (wanted.length() != 2) return Step.to(state, new Effect.Ignored("an odd INVALID_KE_PAYLOAD"));
        int number = InvalidKe.number(wanted);
        var method = waiting.dial().profile().ikeProposals().stream()
                .flatMap(proposal -> proposal.keyExchanges().stream())
                .filter(offered -> offered.transformId() == number)
                .findFirst();
        if (method.isEmpty()) return Step.to(state, new Effect.Ignored("wants key exchange method " + number));
        if (method.get() == waiting.method()) {
            return Step.to(state, new Effect.Ignored("wants key exchange method " + number + ", which is under way"));
        }
        var generated = desk.generate(method.get());
        return restart(state, now, waiting.anewWith(method.get(), generated, answersUntil(state, now)));
    }

    /// Until when what is under way now can be answered, as its first answer has come.
    private static Instant answersUntil(SaState state, Instant now) {
        return state.window().flight().orElseThrow().answersUntil(now);
    }

    private Step<SaState, Effect> accept(
            SaState state, Instant now, Phase.AwaitInitResponse waiting, Datagram datagram, Message message) {
        var payloads = message.payloads();
        var sa = Message.first(payloads, SecurityAssociation.class);
        var ke = Message.first(payloads, KeyExchange.class);
        var nonce = Message.first(payloads, Nonce.class);
        var spiR = message.header().responder();
        if (sa.isEmpty() || ke.isEmpty() || nonce.isEmpty() || spiR.isNone()) {
            return Step.to(state, new Effect.Ignored("an IKE_SA_INIT answer without SA, KE, Nr or SPI"));
        }
        var suite = Selection.acceptIke(waiting.dial().profile().ikeProposals(), sa.get());
        if (suite.isEmpty()
                || suite.get().keyExchange() != waiting.method()
                || ke.get().group() != waiting.method().transformId()) {
            return Step.to(
                    state, new Effect.Ignored("chose what we have not offered: " + Selection.describe(sa.get())));
        }
        boolean ppk = Negotiated.usesPpk(payloads);
        if (!ppk && waiting.dial().profile().ppk().filter(Ppk::required).isPresent()) {
            var why = "an answer of a peer without post-quantum keys, and ours is required";
            return Step.to(state.in(waiting.hinted(why)), new Effect.Ignored(why));
        }
        if (suite.get().additional().isPresent() && !Negotiated.takesIntermediate(payloads)) {
            return Step.to(state, new Effect.Ignored("chose a second key exchange, and has no IKE_INTERMEDIATE"));
        }
        var shared = desk.agree(waiting.method(), waiting.pair(), ke.get().data());
        if (shared.isEmpty()) return Step.to(state, new Effect.Ignored("a key exchange value that nobody sends"));
        var request = state.window().flight().orElseThrow().datagrams().getFirst();
        var negotiated = new Negotiated(
                true,
                state.spi(),
                spiR,
                keys(suite.get(), shared.get(), waiting.nonce(), nonce.get().data(), state.spi(), spiR),
                waiting.nonce(),
                nonce.get().data(),
                request,
                datagram.bytes(),
                natBetween(message, state.path()),
                mayBeForAnEarlier(waiting, now),
                Negotiated.isKin(payloads),
                Negotiated.takesFragments(payloads),
                IntAuth.NONE,
                ppk && waiting.dial().profile().ppk().isPresent() ? new Mixing.Agreed() : new Mixing.None(),
                Optional.empty());
        waiting.pair().privateValue().close();
        var path = negotiated.nat().isBetween() ? floated(state.path()) : state.path();
        var floated = negotiated.nat().here() ? state.spoken(now).on(path) : state.on(path);
        var answered = floated.with(state.window().answered());
        return IntermediateExchange.isAgreed(negotiated)
                ? intermediate.begin(answered, now, waiting.dial(), negotiated)
                : AuthExchange.begin(answered, waiting.dial(), negotiated);
    }

    /// A peer that demands cookies at times may accept what it gets of an earlier form. Its answer does not say which
    /// form it is for, and the keys are the same.
    private static boolean mayBeForAnEarlier(Phase.AwaitInitResponse waiting, Instant now) {
        return waiting.cookie().isPresent() && now.isBefore(waiting.earlierUntil());
    }

    /// RFC 7296 2.23: with a NAT between us, all that follows goes from the second port to the second port.
    private Path floated(Path path) {
        return new Path(
                new UdpAddress(path.local().ip(), ports.nat()),
                new UdpAddress(path.remote().ip(), ports.nat()));
    }

    // ---- responder

    Step<SaState, Effect> answer(SaState state, Datagram datagram, Instant now) {
        return switch (Message.decode(datagram.bytes())) {
            case Message.Decoded.Broken(var _, var why) ->
                Desk.finish(state, Ending.REFUSAL, why, new Effect.Ignored(why));
            case Message.Decoded.Whole(var message) -> answer(state, datagram, message, now);
        };
    }

    private Step<SaState, Effect> answer(SaState state, Datagram datagram, Message message, Instant now) {
        var header = message.header();
        var payloads = message.payloads();
        if (!header.exchange().equals(ExchangeType.Known.IKE_SA_INIT)
                || header.response()
                || !header.fromInitiator()
                || !header.responder().isNone()
                || header.initiator().isNone()
                || !header.messageId().equals(MessageId.ZERO)) {
            var why = "not an IKE_SA_INIT request";
            return Desk.finish(state, Ending.REFUSAL, why, new Effect.Ignored(why));
        }
        var critical = Message.unsupportedCritical(payloads);
        if (critical.isPresent()) {
            var code = Bytes.of((byte) (int) critical.get());
            return refuse(
                    state,
                    datagram,
                    header,
                    Notify.of(NotifyType.UNSUPPORTED_CRITICAL_PAYLOAD, code),
                    "the peer insists on payload type %d, which we do not know".formatted(critical.get()));
        }
        var sa = Message.first(payloads, SecurityAssociation.class);
        var ke = Message.first(payloads, KeyExchange.class);
        var nonce = Message.first(payloads, Nonce.class);
        if (sa.isEmpty() || ke.isEmpty() || nonce.isEmpty()) {
            return refuse(
                    state,
                    datagram,
                    header,
                    Notify.of(NotifyType.INVALID_SYNTAX),
                    "an IKE_SA_INIT request without SA, KE or Ni");
        }
        var ours = proposalsFor(state.path());
        var chosen = Selection.chooseIke(possible(ours, payloads), sa.get());
        if (chosen.isEmpty()) {
            return refuse(
                    state,
                    datagram,
                    header,
                    Notify.of(NotifyType.NO_PROPOSAL_CHOSEN),
                    "no common IKE proposal: offered was %s, accepted is %s"
                            .formatted(Selection.describe(sa.get()), ours));
        }
        var method = chosen.get().suite().keyExchange();
        if (ke.get().group() != method.transformId()) {
            return refuse(
                    state,
                    datagram,
                    header,
                    InvalidKe.naming(method),
                    "the peer guessed key exchange method %d, we want %s"
                            .formatted(ke.get().group(), method.keyword()));
        }
        var answer = desk.answer(method, ke.get().data());
        if (answer.isEmpty()) {
            return refuse(
                    state,
                    datagram,
                    header,
                    Notify.of(NotifyType.INVALID_SYNTAX),
                    "a key exchange value that no honest peer sends");
        }
        return respond(state, datagram, message, chosen.get(), answer.get(), nonce.get(), now);
    }

    private Step<SaState, Effect> respond(
            SaState state,
            Datagram datagram,
            Message message,
            Selection.ChosenIke chosen,
            KeyExchangeMethod.Answer keyExchange,
            Nonce nonceI,
            Instant now) {
        var spiI = message.header().initiator();
        var nonceR = desk.nonce();
        var payloads = new ArrayList<Payload>();
        payloads.add(chosen.answer());
        payloads.add(new KeyExchange(chosen.suite().keyExchange().transformId(), keyExchange.value()));
        payloads.add(new Nonce(nonceR));
        payloads.addAll(natDetection(spiI, state.spi(), datagram.path()));
        payloads.addAll(CertificatePayloads.inResponse(profilesAt(datagram.path()), message.payloads()));
        payloads.add(Negotiated.TAKES_FRAGMENTS);
        if (chosen.suite().additional().isPresent()) payloads.add(Negotiated.TAKES_INTERMEDIATE);
        boolean ppk = Negotiated.usesPpk(message.payloads())
                && profilesAt(datagram.path()).stream().anyMatch(it -> it.ppk().isPresent());
        if (ppk) payloads.add(Negotiated.USES_PPK);
        // RFC 6023 3: what is said here is not to be refused in IKE_AUTH, and which of them the peer means is not known
        // yet
        if (profilesAt(datagram.path()).stream().allMatch(it -> it.children().mayBeChildless())) {
            payloads.add(Negotiated.TAKES_CHILDLESS);
        }
        payloads.add(Negotiated.VENDOR_ID);
        var header = Header.of(spiI, state.spi(), ExchangeType.Known.IKE_SA_INIT, true, false, MessageId.ZERO);
        var response = new Message(header, payloads).encode();
        var negotiated = new Negotiated(
                false,
                spiI,
                state.spi(),
                keys(chosen.suite(), keyExchange.shared(), nonceI.data(), nonceR, spiI, state.spi()),
                nonceI.data(),
                nonceR,
                datagram.bytes(),
                response,
                natBetween(message, datagram.path()),
                false,
                Negotiated.isKin(message.payloads()),
                Negotiated.takesFragments(message.payloads()),
                IntAuth.NONE,
                ppk ? new Mixing.Agreed() : new Mixing.None(),
                Optional.empty());
        var seen = negotiated.nat().here() ? state.spoken(now) : state;
        var until = now.plus(desk.settings().halfOpen().lifetime());
        return Step.to(
                seen.with(state.window().replied(datagram.bytes(), List.of(response)))
                        .in(
                                IntermediateExchange.isAgreed(negotiated)
                                        ? new Phase.AwaitIntermediateRequest(negotiated, until)
                                        : new Phase.AwaitAuthRequest(negotiated, until)),
                new Effect.Send(new Datagram(datagram.path(), response)));
    }

    /// An answer without an SA behind it: the responder's SPI stays zero.
    private Step<SaState, Effect> refuse(SaState state, Datagram datagram, Header request, Notify notify, String why) {
        var header = Header.of(
                request.initiator(), IkeSpi.NONE, ExchangeType.Known.IKE_SA_INIT, true, false, MessageId.ZERO);
        var bytes = new Message(header, List.of(notify)).encode();
        return Desk.finish(state, Ending.REFUSAL, why, new Effect.Send(new Datagram(datagram.path(), bytes)));
    }

    private List<Profile> profilesAt(Path path) {
        return profiles.stream()
                .filter(profile -> profile.local().contains(path.local().ip()))
                .toList();
    }

    private List<IkeProposal> proposalsFor(Path path) {
        return profilesAt(path).stream()
                .flatMap(profile -> profile.ikeProposals().stream())
                .distinct()
                .toList();
    }

    /// Without IKE_INTERMEDIATE there is no second key exchange (RFC 9370 2.2.1).
    private static List<IkeProposal> possible(List<IkeProposal> ours, List<Payload> payloads) {
        return Negotiated.takesIntermediate(payloads)
                ? ours
                : ours.stream().filter(it -> it.additional().isEmpty()).toList();
    }

    // ---- both

    private static IkeKeys keys(IkeSuite suite, Secret shared, Bytes nonceI, Bytes nonceR, IkeSpi spiI, IkeSpi spiR) {
        try (shared) {
            return IkeKeys.derive(suite, shared, nonceI, nonceR, spiI, spiR);
        }
    }

    /// RFC 7296 2.23
    private static List<Payload> natDetection(IkeSpi spiI, IkeSpi spiR, Path path) {
        return List.of(
                Notify.of(NotifyType.NAT_DETECTION_SOURCE_IP, NatDetection.hash(spiI, spiR, path.local())),
                Notify.of(NotifyType.NAT_DETECTION_DESTINATION_IP, NatDetection.hash(spiI, spiR, path.remote())));
    }

    /// What has changed an address on the way; a peer that does not say which it sent is believed to have none.
    private static Nat natBetween(Message message, Path path) {
        var header = message.header();
        return new Nat(
                changed(message, NotifyType.NAT_DETECTION_DESTINATION_IP, header, path.local()),
                changed(message, NotifyType.NAT_DETECTION_SOURCE_IP, header, path.remote()));
    }

    private static boolean changed(Message message, NotifyType type, Header header, UdpAddress address) {
        var hashes = Message.all(message.payloads(), Notify.class)
                .filter(notify -> notify.is(type))
                .map(Notify::data)
                .toList();
        return !hashes.isEmpty()
                && !hashes.contains(NatDetection.hash(header.initiator(), header.responder(), address));
    }
}
