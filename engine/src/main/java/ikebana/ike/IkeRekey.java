package ikebana.ike;

import ikebana.crypto.KeyExchangeMethod;
import ikebana.negotiation.IkeProposal;
import ikebana.negotiation.Selection;
import ikebana.wire.Bytes;
import ikebana.wire.Delete;
import ikebana.wire.ExchangeType;
import ikebana.wire.KeyExchange;
import ikebana.wire.Message;
import ikebana.wire.Nonce;
import ikebana.wire.Notify;
import ikebana.wire.NotifyType;
import ikebana.wire.Payload;
import ikebana.wire.SecurityAssociation;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// CREATE_CHILD_SA for the IKE SA itself, RFC 7296 1.3.2, in both roles: new keys, SPIs and windows, and the same
/// children. Whoever has asked uses the new one at once, and deletes the old one; whoever has answered keeps to
/// the old one until the peer is known to have the new one. Both may ask at the same moment (2.8.2), and either
/// may be about to do something else (2.25.2).
final class IkeRekey {
    /// INVALID_KE_PAYLOAD may come once; a confused peer may send it for ever.
    private static final int MOST_RESTARTS = 2;

    /// Of one peer at the same time. Each costs a key exchange, and is remembered for a while.
    private static final int MOST_GENERATIONS = 8;

    private static final int NONCE_LENGTH = 32;

    private final Desk desk;
    private final CrashTokens tokens;

    IkeRekey(Desk desk, CrashTokens tokens) {
        this.desk = desk;
        this.tokens = tokens;
    }

    // ---- we ask

    Step<SaState, Effect> ask(SaState state, Instant now, Phase.Established established) {
        // what both ends have taken before is the best guess
        var method = established.agreed().negotiated().keys().suite().keyExchange();
        return ask(state, now, established, method, 0);
    }

    private Step<SaState, Effect> ask(
            SaState state, Instant now, Phase.Established established, KeyExchangeMethod method, int restarts) {
        var fresh = new Phase.Fresh(method, desk.generate(method));
        var renewal =
                new Phase.Renewal(desk.entropy().ikeSpi(), desk.entropy().publicBytes(NONCE_LENGTH), fresh, restarts);
        var wish = new ArrayList<Payload>();
        wish.add(Selection.offerSuccessor(proposals(established.agreed()), renewal.spi()));
        wish.add(new Nonce(renewal.nonce()));
        wish.add(new KeyExchange(method.transformId(), fresh.pair().publicValue()));
        tokens.of(renewal.spi()).ifPresent(wish::add);
        return desk.request(
                state.in(established.asks(renewal)),
                now,
                established.agreed().negotiated(),
                ExchangeType.Known.CREATE_CHILD_SA,
                wish);
    }

    /// The answer to what we have asked.
    Step<SaState, Effect> response(
            SaState state, Instant now, Phase.Established established, Phase.Renewal asked, List<Payload> payloads) {
        var wanted = Message.notification(payloads, NotifyType.INVALID_KE_PAYLOAD)
                .flatMap(notify -> method(established.agreed(), notify.data()));
        if (wanted.isPresent() && asked.restarts() < MOST_RESTARTS) {
            return ask(state, now, established, wanted.get(), asked.restarts() + 1);
        }
        if (Message.first(payloads, SecurityAssociation.class).isEmpty()) {
            var later = now.plus(desk.pause(established.age().failures()));
            var why = Desk.error(payloads).orElse("the peer does not say why");
            return Step.to(
                    state.in(established.renewingAt(later)), new Effect.Ignored("no IKE SA to follow yet: " + why));
        }
        return made(established.agreed(), asked, payloads)
                .map(ours -> succeeded(state, now, established, ours))
                .orElseGet(() -> misunderstood(state, now, established));
    }

    /// One key exchange: what a second one has once added (RFC 9370) goes on in SK_d, from which the new keys come,
    /// too.
    private static List<IkeProposal> proposals(Phase.Agreed agreed) {
        return agreed.profile().ikeProposals().stream()
                .map(IkeProposal::withoutAdditional)
                .toList();
    }

    private static Optional<KeyExchangeMethod> method(Phase.Agreed agreed, Bytes wanted) {
        if (wanted.length() != 2) return Optional.empty();
        int number = wanted.at(0) << 8 | wanted.at(1);
        return agreed.profile().ikeProposals().stream()
                .flatMap(proposal -> proposal.keyExchanges().stream())
                .filter(offered -> offered.transformId() == number)
                .findFirst();
    }

    /// What the peer's answer makes of our wish; empty if it is not an answer to it.
    Optional<Negotiated> made(Phase.Agreed agreed, Phase.Renewal asked, List<Payload> payloads) {
        var before = agreed.negotiated();
        var chosen = Message.first(payloads, SecurityAssociation.class)
                .flatMap(sa -> Selection.acceptSuccessor(proposals(agreed), sa))
                .filter(it -> it.suite().keyExchange() == asked.fresh().method());
        var nonce = Message.first(payloads, Nonce.class);
        if (chosen.isEmpty()
                || nonce.isEmpty()
                || Message.unsupportedCritical(payloads).isPresent()) {
            return Optional.empty();
        }
        var shared = Message.first(payloads, KeyExchange.class)
                .filter(it -> it.group() == asked.fresh().method().transformId())
                .flatMap(it -> desk.agree(asked.fresh().method(), asked.fresh().pair(), it.data()));
        if (shared.isEmpty()) return Optional.empty();
        var theirs = chosen.get().theirs();
        var nonceR = nonce.get().data();
        try (var secret = shared.get()) {
            var keys =
                    before.keys().successor(chosen.get().suite(), secret, asked.nonce(), nonceR, asked.spi(), theirs);
            return Optional.of(before.successor(true, asked.spi(), theirs, keys, asked.nonce(), nonceR)
                    .knowing(CrashTokens.told(payloads)));
        }
    }

    /// RFC 7296 2.8.2: of two that were made at once the one with the lowest of the four nonces goes, and whoever
    /// asked for it deletes it.
    private Step<SaState, Effect> succeeded(
            SaState state, Instant now, Phase.Established established, Negotiated ours) {
        var theirs = state.next();
        boolean loses = theirs.filter(
                        it -> ours.lowestNonce().compareTo(it.negotiated().lowestNonce()) < 0)
                .isPresent();
        if (loses) return leave(use(state, now, theirs.orElseThrow()), now, ours, Window.FRESH);
        var beaten = theirs.map(it -> state.replace(it.with(new Generation.Left(forgottenAt(now)))))
                .orElse(state);
        var heir = established.inheritedBy(ours, desk.young(established.agreed().profile(), now));
        var next = beaten.with(Window.FRESH).with(Fragments.NONE).in(heir);
        return leave(next, now, established.agreed().negotiated(), state.window());
    }

    /// The peer has made something, and we do not know what: its keys and ours would go different ways.
    private Step<SaState, Effect> misunderstood(SaState state, Instant now, Phase.Established established) {
        var why = "the peer's answer to our wish for new keys is none that we can use";
        return desk.leave(state, now, established, Ending.REFUSAL, why);
    }

    /// An answer that came when all was to end: what it makes ends, too.
    Step<SaState, Effect> tooLate(SaState state, Instant now, Phase.Unfinished unfinished, List<Payload> payloads) {
        return made(unfinished.agreed(), unfinished.asked(), payloads)
                .map(ours -> leave(state, now, ours, Window.FRESH))
                .orElseGet(() -> Step.to(state));
    }

    /// Says over a generation that is not in use that it is over.
    Step<SaState, Effect> leave(SaState state, Instant now, Negotiated negotiated, Window window) {
        var said = desk.request(
                state.with(window), now, negotiated, ExchangeType.Known.INFORMATIONAL, List.of(Delete.ikeSa()));
        var leaving = new Generation(negotiated, said.next().window(), new Generation.Leaving());
        return new Step<>(said.next().with(state.window()).plus(leaving), said.effects());
    }

    // ---- the peer asks

    Step<SaState, Effect> request(
            SaState state, Instant now, Phase.Established established, Datagram datagram, List<Payload> payloads) {
        var agreed = established.agreed();
        // RFC 7296 2.25.2; our own wish for the same is no reason to refuse it (2.8.2)
        boolean busy = established.asked().orElse(null) instanceof Phase.Creation
                || established.asked().orElse(null) instanceof Phase.Deletion;
        if (busy || state.next().isPresent() || state.others().size() >= MOST_GENERATIONS) {
            return no(state, agreed, datagram, Notify.of(NotifyType.TEMPORARY_FAILURE));
        }
        var sa = Message.first(payloads, SecurityAssociation.class).orElseThrow();
        var nonce = Message.first(payloads, Nonce.class);
        var ke = Message.first(payloads, KeyExchange.class);
        if (nonce.isEmpty() || ke.isEmpty()) {
            return no(state, agreed, datagram, Notify.of(NotifyType.INVALID_SYNTAX));
        }
        var chosen = Selection.chooseSuccessor(proposals(agreed), sa);
        if (chosen.isEmpty()) return no(state, agreed, datagram, Notify.of(NotifyType.NO_PROPOSAL_CHOSEN));
        var method = chosen.get().suite().keyExchange();
        if (ke.get().group() != method.transformId()) {
            var wanted = Bytes.of((byte) (method.transformId() >>> 8), (byte) method.transformId());
            return no(state, agreed, datagram, Notify.of(NotifyType.INVALID_KE_PAYLOAD, wanted));
        }
        var fresh = desk.answer(method, ke.get().data());
        if (fresh.isEmpty()) return no(state, agreed, datagram, Notify.of(NotifyType.INVALID_SYNTAX));
        var spi = desk.entropy().ikeSpi();
        var nonceR = desk.entropy().publicBytes(NONCE_LENGTH);
        var answer = new ArrayList<Payload>();
        answer.add(chosen.get().answer(spi));
        answer.add(new Nonce(nonceR));
        answer.add(new KeyExchange(method.transformId(), fresh.get().value()));
        tokens.of(spi).ifPresent(answer::add);
        var before = agreed.negotiated();
        try (var secret = fresh.get().shared()) {
            var theirs = chosen.get().theirs();
            var nonceI = nonce.get().data();
            var keys = before.keys().successor(chosen.get().suite(), secret, nonceI, nonceR, theirs, spi);
            var made = new Generation(
                    before.successor(false, theirs, spi, keys, nonceI, nonceR).knowing(CrashTokens.told(payloads)),
                    Window.FRESH,
                    new Generation.Next(now.plus(desk.settings().crossingGrace())));
            return desk.respond(state.plus(made), before, ExchangeType.Known.CREATE_CHILD_SA, datagram, answer);
        }
    }

    private Step<SaState, Effect> no(SaState state, Phase.Agreed agreed, Datagram datagram, Notify notify) {
        return desk.respond(state, agreed.negotiated(), ExchangeType.Known.CREATE_CHILD_SA, datagram, List.of(notify));
    }

    // ---- from one to the next

    /// What the peer has made is in use from now on, and it deletes what was. Our own wish for the same is forgotten.
    SaState use(SaState state, Instant now, Generation next) {
        if (!(state.phase() instanceof Phase.Established established)) return state;
        var was = new Generation(
                established.agreed().negotiated(), state.window().answered(), new Generation.Left(forgottenAt(now)));
        var heir = established.inheritedBy(
                next.negotiated(), desk.young(established.agreed().profile(), now));
        return state.minus(next)
                .plus(was)
                .with(next.window())
                .with(Fragments.NONE)
                .in(heir);
    }

    /// The peer may ask again for so long.
    private Instant forgottenAt(Instant now) {
        return now.plus(desk.settings().retransmission().untilGivenUp());
    }
}
