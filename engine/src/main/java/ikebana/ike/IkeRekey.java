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
import ikebana.wire.Secret;
import ikebana.wire.SecurityAssociation;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// CREATE_CHILD_SA for the IKE SA itself, RFC 7296 1.3.2, in both roles: new keys, SPIs and windows, and the same
/// children. Whoever has asked uses the new one at once, and deletes the old one; whoever has answered keeps to
/// the old one until the peer is known to have the new one. Both may ask at the same moment (2.8.2), and either
/// may be about to do something else (2.25.2).
final class IkeRekey {
    /// Of one peer at the same time. Each costs a key exchange, and is remembered for a while.
    private static final int MOST_GENERATIONS = 8;

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
        var renewal = new Phase.Renewal(desk.entropy().ikeSpi(), desk.nonce(), fresh, restarts, Optional.empty());
        var wish = new ArrayList<Payload>();
        wish.add(Selection.offerSuccessor(offered(established.agreed()), renewal.spi()));
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
                .flatMap(notify -> InvalidKe.wanted(
                        notify,
                        established.agreed().profile().ikeProposals().stream()
                                .flatMap(proposal -> proposal.keyExchanges().stream())));
        if (wanted.isPresent() && asked.restarts() < InvalidKe.MOST_RESTARTS) {
            return ask(state, now, established, wanted.get(), asked.restarts() + 1);
        }
        if (Message.first(payloads, SecurityAssociation.class).isEmpty()) {
            return refused(state, now, established, Desk.error(payloads).orElse("the peer does not say why"));
        }
        var half = agreed(established.agreed(), asked, payloads);
        if (half.isEmpty()) return misunderstood(state, now, established);
        return half.get().further().isPresent()
                ? goesOn(state, now, established, asked, half.get(), payloads)
                : succeeded(
                        state,
                        now,
                        established,
                        half.get().after(established.agreed().negotiated(), Secret.EMPTY));
    }

    /// There is none yet, and it is tried again later.
    Step<SaState, Effect> refused(SaState state, Instant now, Phase.Established established, String why) {
        var later = now.plus(desk.pause(established.age().failures()));
        // a peer that wants the first child is refused as long as we ask: new keys are less urgent
        if (established.children().isEmpty()) later = later.plus(desk.settings().crossingGrace());
        return Step.to(state.in(established.renewingAt(later)), new Effect.Ignored("no IKE SA to follow yet: " + why));
    }

    /// What an IKE SA has had from the start, its successors have, too: as many key exchanges (RFC 9370). A peer
    /// that has made one is not asked for two, which it may never have heard of.
    private static List<IkeProposal> offered(Phase.Agreed agreed) {
        return agreed.profile().ikeProposals().stream()
                .filter(it -> isAsStrong(agreed, it))
                .toList();
    }

    /// What a peer may ask for: as many key exchanges as there were, rather than another number.
    private static List<IkeProposal> accepted(Phase.Agreed agreed) {
        return agreed.profile().ikeProposals().stream()
                .sorted(Comparator.comparing((IkeProposal it) -> !isAsStrong(agreed, it)))
                .toList();
    }

    private static boolean isAsStrong(Phase.Agreed agreed, IkeProposal proposal) {
        return proposal.additional().isEmpty()
                == agreed.negotiated().keys().suite().additional().isEmpty();
    }

    /// What the peer's answer makes of our wish; empty if it is not an answer to it.
    private Optional<HalfMade.OfIke> agreed(Phase.Agreed agreed, Phase.Renewal asked, List<Payload> payloads) {
        var chosen = Message.first(payloads, SecurityAssociation.class)
                .flatMap(sa -> Selection.acceptSuccessor(offered(agreed), sa))
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
        return shared.map(secret -> new HalfMade.OfIke(
                true,
                chosen.get().suite(),
                asked.spi(),
                chosen.get().theirs(),
                asked.nonce(),
                nonce.get().data(),
                secret,
                CrashTokens.told(payloads)));
    }

    /// The second key exchange follows (RFC 9370 2.2.4). Where both ends have asked at once, the one whose wish
    /// loses by RFC 7296 2.8.2 stops here, and there is nothing to delete.
    private Step<SaState, Effect> goesOn(
            SaState state,
            Instant now,
            Phase.Established established,
            Phase.Renewal asked,
            HalfMade.OfIke half,
            List<Payload> payloads) {
        var link = FollowUp.link(payloads);
        if (link.isEmpty()) {
            half.forget();
            return refused(state, now, established, "the peer gives no link to the second key exchange");
        }
        if (losesTo(established.awaitedIke().map(HalfMade::lowestNonce), half.lowestNonce())) {
            half.forget();
            return refused(state, now, established, "the peer is making one");
        }
        var theirs = state.next();
        if (losesTo(theirs.map(it -> it.negotiated().lowestNonce()), half.lowestNonce())) {
            half.forget();
            return Step.to(use(state, now, theirs.orElseThrow()));
        }
        var method = half.further().orElseThrow();
        var second = new Phase.Fresh(method, desk.generate(method));
        var next = established.forsaken().asks(asked.halfMade(half, second));
        return FollowUp.ask(desk, state.in(next), now, established.agreed().negotiated(), second, link.get());
    }

    private static boolean losesTo(Optional<Bytes> theirs, Bytes ours) {
        return theirs.filter(it -> ours.compareTo(it) < 0).isPresent();
    }

    /// RFC 7296 2.8.2: of two that were made at once the one with the lowest of the four nonces goes, and whoever
    /// asked for it deletes it.
    Step<SaState, Effect> succeeded(SaState state, Instant now, Phase.Established established, Negotiated ours) {
        if (losesTo(established.awaitedIke().map(HalfMade::lowestNonce), ours.lowestNonce())) {
            // theirs is only half made, and the old one goes on until it is whole
            var later =
                    established.renewingAt(now.plus(desk.pause(established.age().failures())));
            return leave(state.in(later), now, ours, Window.FRESH);
        }
        var theirs = state.next();
        boolean loses = losesTo(theirs.map(it -> it.negotiated().lowestNonce()), ours.lowestNonce());
        if (loses) return leave(use(state, now, theirs.orElseThrow()), now, ours, Window.FRESH);
        var beaten = theirs.map(it -> state.replace(it.with(new Generation.Left(forgottenAt(now)))))
                .orElse(state);
        var heir = established.inheritedBy(ours, desk.young(established.agreed().profile(), now));
        var next = beaten.with(Window.FRESH).with(Fragments.NONE).in(heir);
        return leave(next, now, established.agreed().negotiated(), state.window());
    }

    /// The peer has made something, and we do not know what: its keys and ours would go different ways.
    Step<SaState, Effect> misunderstood(SaState state, Instant now, Phase.Established established) {
        var why = "the peer's answer to our wish for new keys is none that we can use";
        return desk.leave(state, now, established, Ending.REFUSAL, why);
    }

    /// An answer that came when all was to end: what it makes ends, too.
    Step<SaState, Effect> tooLate(SaState state, Instant now, Phase.Unfinished unfinished, List<Payload> payloads) {
        return made(unfinished, payloads)
                .map(ours -> leave(state, now, ours, Window.FRESH))
                .orElseGet(() -> Step.to(state));
    }

    /// Where a second key exchange was to follow, the first one's answer has made nothing.
    private Optional<Negotiated> made(Phase.Unfinished unfinished, List<Payload> payloads) {
        var asked = unfinished.asked();
        var before = unfinished.agreed().negotiated();
        if (asked.half().isPresent()) {
            return FollowUp.agreed(desk, asked.fresh(), payloads)
                    .map(second -> asked.half().get().after(before, second));
        }
        var half = agreed(unfinished.agreed(), asked, payloads);
        half.filter(it -> it.further().isPresent()).ifPresent(HalfMade::forget);
        return half.filter(it -> it.further().isEmpty()).map(it -> it.after(before, Secret.EMPTY));
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
        boolean busy = established.asked().filter(IkeRekey::isNoTime).isPresent();
        if (busy || state.next().isPresent() || state.others().size() >= MOST_GENERATIONS) {
            return no(state, agreed, datagram, Notify.of(NotifyType.TEMPORARY_FAILURE));
        }
        var sa = Message.first(payloads, SecurityAssociation.class).orElseThrow();
        var nonce = Message.first(payloads, Nonce.class);
        var ke = Message.first(payloads, KeyExchange.class);
        if (nonce.isEmpty() || ke.isEmpty()) {
            return unreadable(state, now, established, datagram, "has no nonce, or no key exchange");
        }
        var chosen = Selection.chooseSuccessor(accepted(agreed), sa);
        if (chosen.isEmpty()) return no(state, agreed, datagram, Notify.of(NotifyType.NO_PROPOSAL_CHOSEN));
        var method = chosen.get().suite().keyExchange();
        if (ke.get().group() != method.transformId()) {
            return no(state, agreed, datagram, InvalidKe.naming(method));
        }
        var fresh = desk.answer(method, ke.get().data());
        if (fresh.isEmpty()) {
            return unreadable(state, now, established, datagram, "has a key exchange value that nobody makes");
        }
        var spi = desk.entropy().ikeSpi();
        var nonceR = desk.nonce();
        var answer = new ArrayList<Payload>();
        answer.add(chosen.get().answer(spi));
        answer.add(new Nonce(nonceR));
        answer.add(new KeyExchange(method.transformId(), fresh.get().value()));
        tokens.of(spi).ifPresent(answer::add);
        var half = new HalfMade.OfIke(
                false,
                chosen.get().suite(),
                chosen.get().theirs(),
                spi,
                nonce.get().data(),
                nonceR,
                fresh.get().shared(),
                CrashTokens.told(payloads));
        var before = established.forsaken();
        return half.further().isPresent()
                ? FollowUp.awaits(desk, state, now, before, datagram, half, answer)
                : answer(
                        state.in(before),
                        now,
                        half.after(agreed.negotiated(), Secret.EMPTY),
                        ExchangeType.Known.CREATE_CHILD_SA,
                        datagram,
                        answer);
    }

    /// What follows this IKE SA is there, and waits for the peer.
    Step<SaState, Effect> answer(
            SaState state,
            Instant now,
            Negotiated successor,
            ExchangeType exchange,
            Datagram datagram,
            List<Payload> payloads) {
        if (!(state.phase() instanceof Phase.Established established)) return Step.to(state);
        var stage = new Generation.Next(now.plus(desk.settings().crossingGrace()));
        var made = new Generation(successor, Window.FRESH, stage);
        return desk.respond(state.plus(made), established.agreed().negotiated(), exchange, datagram, payloads);
    }

    /// RFC 7296 2.25.2; our own wish for the same is no reason to refuse it (2.8.2), but when it is answered already
    /// (RFC 9370 2.2.4).
    private static boolean isNoTime(Phase.Asked asked) {
        return switch (asked) {
            case Phase.Creation _, Phase.Deletion _ -> true;
            case Phase.Renewal ours -> ours.half().isPresent();
            case Phase.Liveness _ -> false;
        };
    }

    private Step<SaState, Effect> unreadable(
            SaState state, Instant now, Phase.Established established, Datagram datagram, String what) {
        var why = "the peer's request for new keys " + what;
        return desk.breakOff(state, now, established, ExchangeType.Known.CREATE_CHILD_SA, datagram, why);
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
