package ikebana.ike;

import ikebana.auth.Profile;
import ikebana.crypto.KeyExchangeMethod;
import ikebana.kernel.Reply;
import ikebana.kernel.Request;
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
import ikebana.wire.Proposal;
import ikebana.wire.SecurityAssociation;
import ikebana.wire.Spi;
import ikebana.wire.TrafficSelectors;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// CREATE_CHILD_SA for ESP SAs, RFC 7296 1.3.1 and 1.3.3, in both roles: a child that grows old gets a successor, and
/// no packet is lost on the way.
///
/// Whoever asks installs its new inbound and then its new outbound state, and deletes the old pair. Whoever answers
/// installs its inbound state before the answer leaves, and goes on sending over the old pair until the peer deletes
/// it: in Linux the newest state carries traffic at once, and the peer could not yet receive (2.8). Both may ask at the
/// same moment (2.8.1), and either may be about to delete what the other asks about (2.25).
final class CreateChild {
    /// For each that may carry traffic, and one that is new: successors of both ends, and what is being deleted.
    private static final int MOST_OF_ONE = 3;

    /// How often a peer is asked that has no child with us and cannot make one now: for half a minute to a minute. An
    /// IKE SA without a child is of no use, and the next packet dials anew.
    private static final int MOST_POSTPONED = 5;

    private final Desk desk;
    private final Succession succession;
    private final IkeRekey ikeRekey;

    CreateChild(Desk desk, Succession succession, IkeRekey ikeRekey) {
        this.desk = desk;
        this.succession = succession;
        this.ikeRekey = ikeRekey;
    }

    // ---- we ask

    Step<SaState, Effect> ask(SaState state, Instant now, Phase.Established established, Phase.Wish wish) {
        var method = established.agreed().profile().espProposals().getFirst().keyExchanges().stream()
                .findFirst();
        return ask(state, now, established, wish, method, 0);
    }

    private Step<SaState, Effect> ask(
            SaState state,
            Instant now,
            Phase.Established established,
            Phase.Wish wish,
            Optional<KeyExchangeMethod> method,
            int restarts) {
        var fresh = method.map(chosen -> new Phase.Fresh(chosen, desk.generate(chosen)));
        var creation = new Phase.Creation(wish, desk.entropy().espSpi(), desk.nonce(), fresh, restarts);
        var payloads = new ArrayList<Payload>();
        wish.replaces()
                .ifPresent(old ->
                        payloads.add(new Notify(Proposal.ESP, old.toBytes(), NotifyType.REKEY_SA.code(), Bytes.EMPTY)));
        payloads.add(Notify.of(NotifyType.USE_TRANSPORT_MODE));
        payloads.add(Selection.offerFreshEsp(established.agreed().profile().espProposals(), creation.inbound()));
        payloads.add(new Nonce(creation.nonce()));
        fresh.ifPresent(it -> payloads.add(
                new KeyExchange(it.method().transformId(), it.pair().publicValue())));
        payloads.add(wish.selectors().initiators());
        payloads.add(wish.selectors().responders());
        return desk.request(
                state.in(established.asks(creation)),
                now,
                established.agreed().negotiated(),
                ExchangeType.Known.CREATE_CHILD_SA,
                payloads);
    }

    /// The answer to what we have asked.
    Step<SaState, Effect> response(
            SaState state, Instant now, Phase.Established established, Phase.Creation asked, List<Payload> payloads) {
        var wanted = Message.notification(payloads, NotifyType.INVALID_KE_PAYLOAD)
                .flatMap(notify -> InvalidKe.wanted(
                        notify,
                        established.agreed().profile().espProposals().stream()
                                .flatMap(proposal -> proposal.keyExchanges().stream())));
        // where the peer has made one of its own meanwhile, that is enough
        if (wanted.isPresent() && asked.rival().isEmpty() && asked.restarts() < InvalidKe.MOST_RESTARTS) {
            return ask(state, now, established, asked.wish(), wanted, asked.restarts() + 1);
        }
        if (Message.unsupportedCritical(payloads).isPresent()) return misunderstood(state, now, established, asked);
        // to a wish that names no predecessor it is a refusal like any other, and no reason to ask again
        if (asked.replaces().isPresent() && Message.has(payloads, NotifyType.CHILD_SA_NOT_FOUND)) {
            return lost(state, now, established, asked);
        }
        if (Message.first(payloads, SecurityAssociation.class).isEmpty()) {
            var why = Desk.error(payloads).orElse("the peer does not say why");
            return refused(state, now, established, asked, Message.has(payloads, NotifyType.TEMPORARY_FAILURE), why);
        }
        var half = agreed(established.agreed(), asked, payloads);
        asked.fresh().ifPresent(fresh -> fresh.pair().privateValue().close());
        if (half.isEmpty()) return misunderstood(state, now, established, asked);
        return half.get().further().isPresent()
                ? goesOn(state, now, established, asked, half.get(), payloads)
                : made(state, now, established, asked, half.get());
    }

    /// The second key exchange follows (RFC 9370 2.2.4). Where both ends have asked at once, the one whose wish
    /// loses by RFC 7296 2.8.1 stops here, and there is nothing to delete.
    private Step<SaState, Effect> goesOn(
            SaState state,
            Instant now,
            Phase.Established established,
            Phase.Creation asked,
            HalfMade.OfChild half,
            List<Payload> payloads) {
        var link = FollowUp.link(payloads);
        if (link.isEmpty() || loses(asked, half)) {
            half.forget();
            var why = link.isEmpty() ? "it gives no link to the second key exchange" : "the peer is making one";
            return refused(state, now, established, asked, true, why);
        }
        boolean beaten = established
                .awaitedChild()
                .filter(theirs -> asked.rival()
                        .filter(it -> it.inbound().equals(theirs.inbound()))
                        .isPresent())
                .isPresent();
        var alone = beaten ? asked.against(Optional.empty()) : asked;
        var method = half.further().orElseThrow();
        var second = new Phase.Fresh(method, desk.generate(method));
        var next = (beaten ? established.forsaken() : established).asks(alone.halfMade(half, second));
        return FollowUp.ask(desk, state.in(next), now, established.agreed().negotiated(), second, link.get());
    }

    /// RFC 7296 2.8.1: of two successors the one with the lowest of the four nonces goes.
    private static boolean loses(Phase.Creation asked, HalfMade.OfChild half) {
        return asked.rival()
                .filter(rival -> half.lowestNonce().compareTo(rival.lowestNonce()) < 0)
                .isPresent();
    }

    /// The peer does not have the predecessor (2.25): neither have we, and another is made in its place.
    private static Step<SaState, Effect> lost(
            SaState state, Instant now, Phase.Established established, Phase.Creation asked) {
        var old = asked.replaces().flatMap(established::child).filter(ChildSa::isWanted);
        if (old.isEmpty()) return Step.to(state);
        var rest = established.minus(old.get());
        return Step.to(
                state.in(rest.bare(
                        rest.carriesTraffic()
                                ? Optional.empty()
                                : Optional.of(new Phase.Bare(rest.agreed().insteadOf(old.get()), now, 0)))),
                Desk.remove(old.get()));
    }

    /// @param forNow whether it may be otherwise the next time
    Step<SaState, Effect> refused(
            SaState state,
            Instant now,
            Phase.Established established,
            Phase.Creation asked,
            boolean forNow,
            String reason) {
        var left = asked.rival().isPresent() ? established : succession.postponed(established, now, asked.wish());
        boolean another = left.bare()
                .filter(it -> it.lost().reqid() != asked.wish().reqid())
                .isPresent();
        var later = another
                ? left.bare()
                : left.bare()
                        .filter(it -> forNow && it.failures() < MOST_POSTPONED)
                        .map(it -> new Phase.Bare(it.lost(), now.plus(desk.pause(it.failures())), it.failures() + 1));
        var why = "no child yet: " + reason;
        var next = left.bare(later);
        // none was agreed in IKE_AUTH, and it is told why there will be none
        return next.isWithoutChildren() && next.agreed().child().isEmpty()
                ? desk.leave(state.in(next), now, next, Ending.REFUSAL, why)
                : Step.to(state.in(next), new Effect.Ignored(why));
    }

    /// The peer believes in a child that we cannot use.
    Step<SaState, Effect> misunderstood(
            SaState state, Instant now, Phase.Established established, Phase.Creation asked) {
        return desk.request(
                state.in(succession
                        .postponed(established, now, asked.wish())
                        .bare(Optional.empty()) // where there was no predecessor, nothing is left
                        .asks(new Phase.Deletion(asked.inbound()))),
                now,
                established.agreed().negotiated(),
                ExchangeType.Known.INFORMATIONAL,
                List.of(Delete.esp(asked.inbound())));
    }

    /// What the peer's answer makes of our wish; empty if it is not an answer to it.
    private Optional<HalfMade.OfChild> agreed(Phase.Agreed agreed, Phase.Creation asked, List<Payload> payloads) {
        var sa = Message.first(payloads, SecurityAssociation.class).orElseThrow();
        var nonce = Message.first(payloads, Nonce.class);
        var nat = agreed.negotiated().nat();
        var tsi =
                Narrowed.selectors(payloads, true, nat.here(), agreed.endpoint().local());
        var tsr = Narrowed.selectors(
                payloads, false, nat.there(), agreed.endpoint().remote());
        var chosen = Selection.acceptFreshEsp(agreed.profile().espProposals(), sa);
        if (nonce.isEmpty()
                || chosen.isEmpty()
                || tsi.isEmpty()
                || tsr.isEmpty()
                || !asked.wish().selectors().accepts(tsi.get(), tsr.get())
                || !Message.has(payloads, NotifyType.USE_TRANSPORT_MODE)) {
            return Optional.empty();
        }
        var ke = Message.first(payloads, KeyExchange.class);
        // of a proposal without a key exchange nothing more is derived than the IKE SA has
        var method = chosen.get().keyExchange();
        var shared = asked.fresh()
                .filter(fresh -> method.equals(Optional.of(fresh.method())))
                .flatMap(fresh -> ke.filter(it -> it.group() == fresh.method().transformId())
                        .flatMap(it -> desk.agree(fresh.method(), fresh.pair(), it.data())));
        if (method.isPresent() && shared.isEmpty()) return Optional.empty();
        var source = new Children.Source(
                agreed.negotiated(), shared, asked.nonce(), nonce.get().data(), true);
        return Optional.of(new HalfMade.OfChild(asked.wish(), chosen.get(), asked.inbound(), source));
    }

    /// The peer has made it.
    Step<SaState, Effect> made(
            SaState state, Instant now, Phase.Established established, Phase.Creation asked, HalfMade.OfChild whole) {
        var pair = whole.made(established.agreed(), state.path(), desk.entropy().fraction());
        if (asked.stillborn().contains(whole.chosen().theirs().toBytes())) {
            return refused(state, now, established, asked, true, "the peer has deleted what it had made");
        }
        // whoever asked for the one that goes deletes it; until then it is received on
        boolean loses = loses(asked, whole);
        var ticket = state.ticket();
        var child = new ChildSa(
                pair,
                asked.wish().selectors(),
                asked.replaces(),
                new ChildSa.AfterInbound(ticket, desk.patience(now)),
                loses ? new ChildSa.Condemned() : ChildSa.Stays.of(pair, now));
        var settled = loses
                ? established
                : succession.succeeded(
                        asked.rival()
                                .map(rival -> succession.beaten(established, now, rival))
                                .orElse(established),
                        now,
                        asked.replaces());
        return Step.to(
                state.drawn().in(settled.plus(child).bare(Optional.empty())),
                new Effect.AskKernel(ticket, new Request.InstallState(pair.inbound())));
    }

    // ---- the peer asks

    Step<SaState, Effect> request(
            SaState state, Instant now, Phase.Established established, Datagram datagram, List<Payload> payloads) {
        var sa = Message.first(payloads, SecurityAssociation.class);
        var nonce = Message.first(payloads, Nonce.class);
        if (sa.isEmpty() || nonce.isEmpty()) {
            return unreadable(state, now, established, datagram, "has no SA, or no nonce");
        }
        if (isForIkeSa(sa.get())) return ikeRekey.request(state, now, established, datagram, payloads);
        // RFC 7296 2.25.2: the children are about to move
        if (state.next().isPresent() || established.asked().orElse(null) instanceof Phase.Renewal) {
            return no(state, established, datagram, NotifyType.TEMPORARY_FAILURE);
        }
        var rekey = Message.notification(payloads, NotifyType.REKEY_SA);
        // what a peer says goes into our answer only where it could be meant
        if (rekey.filter(notify -> !namesChild(notify)).isPresent()) {
            return unreadable(state, now, established, datagram, "is for what cannot name one");
        }
        var old = rekey.filter(notify -> notify.protocolId() == Proposal.ESP)
                .flatMap(notify -> established.children().stream()
                        .filter(child -> child.theirs().toBytes().equals(notify.spi()))
                        .findFirst());
        if (rekey.isPresent() && old.isEmpty()) {
            // it may be what the peer has made at our request, whose answer is still to come
            if (established.asked().orElse(null) instanceof Phase.Creation) {
                return no(state, established, datagram, NotifyType.TEMPORARY_FAILURE);
            }
            var notFound = new Notify(
                    rekey.get().protocolId(), rekey.get().spi(), NotifyType.CHILD_SA_NOT_FOUND.code(), Bytes.EMPTY);
            return desk.respond(
                    state,
                    established.agreed().negotiated(),
                    ExchangeType.Known.CREATE_CHILD_SA,
                    datagram,
                    List.of(notFound));
        }
        if (old.filter(child -> !child.isWanted()).isPresent()) { // 2.25.1: we are about to delete it
            return no(state, established, datagram, NotifyType.TEMPORARY_FAILURE);
        }
        if (!hasRoom(established, old.isEmpty())) {
            return no(state, established, datagram, NotifyType.NO_ADDITIONAL_SAS);
        }
        return request(
                state, now, established, datagram, payloads, old, nonce.get().data());
    }

    /// @param further whether it is not in another's place
    boolean hasRoom(Phase.Established established, boolean further) {
        int most = desk.settings().mostChildren();
        var wanted = established.children().stream().filter(ChildSa::isWanted).count();
        return (!further || wanted < most) && established.children().size() < MOST_OF_ONE * (most + 1);
    }

    /// RFC 7296 3.10
    private static boolean namesChild(Notify notify) {
        return (notify.protocolId() == Proposal.ESP || notify.protocolId() == Proposal.AH)
                && notify.spi().length() == Spi.NONE.toBytes().length();
    }

    private static boolean isForIkeSa(SecurityAssociation sa) {
        return sa.proposals().stream().anyMatch(proposal -> proposal.protocolId() == Proposal.IKE);
    }

    private Step<SaState, Effect> request(
            SaState state,
            Instant now,
            Phase.Established established,
            Datagram datagram,
            List<Payload> payloads,
            Optional<ChildSa> old,
            Bytes nonceI) {
        var agreed = established.agreed();
        var endpoint = agreed.endpoint();
        var chosen = Selection.chooseFreshEsp(
                agreed.profile().espProposals(),
                methods(agreed.profile(), IkeProposal::keyExchanges),
                methods(agreed.profile(), IkeProposal::additional),
                Message.first(payloads, SecurityAssociation.class).orElseThrow());
        if (chosen.isEmpty() || !Message.has(payloads, NotifyType.USE_TRANSPORT_MODE)) {
            return no(state, established, datagram, NotifyType.NO_PROPOSAL_CHOSEN);
        }
        var nat = agreed.negotiated().nat();
        var tsi = Narrowed.selectors(payloads, true, nat.there(), endpoint.remote());
        var tsr = Narrowed.selectors(payloads, false, nat.here(), endpoint.local());
        if (tsi.isEmpty() || tsr.isEmpty()) {
            return unreadable(state, now, established, datagram, "has no traffic selectors");
        }
        var narrowed = narrowed(established, tsi.get(), tsr.get(), old);
        if (narrowed.isEmpty()) return no(state, established, datagram, NotifyType.TS_UNACCEPTABLE);
        // RFC 9370 2.2.4: ours is answered already
        if (established.asked().orElse(null) instanceof Phase.Creation ours
                && ours.half().isPresent()
                && isUnderWay(
                        established,
                        old.map(ChildSa::inbound),
                        narrowed.get().flow().reqid())) {
            return no(state, established, datagram, NotifyType.TEMPORARY_FAILURE);
        }
        var selectors = narrowed.get().selectors();
        var method = chosen.get().keyExchange();
        var ke = Message.first(payloads, KeyExchange.class);
        if (method.isPresent()
                && ke.filter(it -> it.group() == method.get().transformId()).isEmpty()) {
            return no(state, established, datagram, InvalidKe.naming(method.get()));
        }
        var fresh = method.flatMap(it -> desk.answer(it, ke.orElseThrow().data()));
        if (method.isPresent() && fresh.isEmpty()) {
            return unreadable(state, now, established, datagram, "has a key exchange value that nobody makes");
        }
        var nonceR = desk.nonce();
        var inbound = desk.entropy().espSpi();
        var half = new HalfMade.OfChild(
                new Phase.Wish(
                        old.map(ChildSa::inbound),
                        selectors.reversed(),
                        narrowed.get().flow().reqid(),
                        0),
                chosen.get(),
                inbound,
                new Children.Source(
                        agreed.negotiated(), fresh.map(KeyExchangeMethod.Answer::shared), nonceI, nonceR, false));
        var answer = new ArrayList<Payload>();
        answer.add(Notify.of(NotifyType.USE_TRANSPORT_MODE));
        answer.add(chosen.get().answer(inbound));
        answer.add(new Nonce(nonceR));
        fresh.ifPresent(it -> answer.add(new KeyExchange(method.orElseThrow().transformId(), it.value())));
        answer.add(selectors.initiators());
        answer.add(selectors.responders());
        var only = established.forsaken(); // whoever asks anew has done with what it had half made
        return half.further().isEmpty()
                ? answer(state, now, only, datagram, ExchangeType.Known.CREATE_CHILD_SA, half, answer)
                : FollowUp.awaits(desk, state, now, against(only, half), datagram, half, answer);
    }

    /// It is made, and answered when its inbound state stands.
    Step<SaState, Effect> answer(
            SaState state,
            Instant now,
            Phase.Established established,
            Datagram datagram,
            ExchangeType exchange,
            HalfMade.OfChild whole,
            List<Payload> payloads) {
        var pair = whole.made(established.agreed(), state.path(), desk.entropy().fraction());
        var ticket = state.ticket();
        var child = new ChildSa(
                pair,
                whole.wish().selectors(),
                whole.wish().replaces(),
                new ChildSa.Waiting(
                        succession.grace(now), state.window().expected().next()),
                ChildSa.Stays.of(pair, now));
        var answering = new Phase.Answering(datagram, exchange, child, payloads, ticket, desk.patience(now));
        return Step.to(
                state.drawn().in(against(established, whole).answers(Optional.of(answering))),
                new Effect.AskKernel(ticket, new Request.InstallState(pair.inbound())));
    }

    /// Our own request about the same predecessor, or for the same packets, may be under way.
    private static Phase.Established against(Phase.Established established, HalfMade.OfChild theirs) {
        return isUnderWay(established, theirs.wish().replaces(), theirs.wish().reqid())
                        && established.asked().orElse(null) instanceof Phase.Creation ours
                ? established.asks(ours.against(Optional.of(new Phase.Rival(theirs.inbound(), theirs.lowestNonce()))))
                : established;
    }

    private static boolean isUnderWay(Phase.Established established, Optional<Spi> replaces, int reqid) {
        return established.asked().orElse(null) instanceof Phase.Creation ours
                && ours.replaces().equals(replaces)
                && ours.wish().reqid() == reqid;
    }

    /// RFC 7296 2.9.2: a successor has the selectors of its predecessor, if what the peer asks for holds them.
    private static Optional<Narrowed> narrowed(
            Phase.Established established, TrafficSelectors tsi, TrafficSelectors tsr, Optional<ChildSa> old) {
        var agreed = established.agreed();
        var endpoint = agreed.endpoint();
        var same = old.filter(child -> child.selectors().reversed().areWithin(tsi, tsr))
                .flatMap(child -> agreed.profile()
                        .flow(child.reqid())
                        .map(flow -> new Narrowed(child.selectors().reversed(), flow)));
        return same.or(() -> Narrowed.of(
                        agreed.profile(), tsi, tsr, endpoint.remote(), endpoint.local(), established.served())
                .filter(it -> old.isEmpty() || old.get().reqid() == it.flow().reqid()));
    }

    /// What a peer may have as its key exchange although our ESP proposals name none.
    private static List<KeyExchangeMethod> methods(
            Profile profile, Function<IkeProposal, List<KeyExchangeMethod>> which) {
        return profile.ikeProposals().stream()
                .flatMap(proposal -> which.apply(proposal).stream())
                .distinct()
                .toList();
    }

    private Step<SaState, Effect> unreadable(
            SaState state, Instant now, Phase.Established established, Datagram datagram, String what) {
        var why = "the peer's request for a child " + what;
        return desk.breakOff(state, now, established, ExchangeType.Known.CREATE_CHILD_SA, datagram, why);
    }

    private Step<SaState, Effect> no(SaState state, Phase.Established established, Datagram datagram, NotifyType type) {
        return no(state, established, datagram, Notify.of(type));
    }

    private Step<SaState, Effect> no(SaState state, Phase.Established established, Datagram datagram, Notify notify) {
        return desk.respond(
                state,
                established.agreed().negotiated(),
                ExchangeType.Known.CREATE_CHILD_SA,
                datagram,
                List.of(notify));
    }

    /// The inbound state stands, or not: now the peer gets its answer.
    Step<SaState, Effect> answered(
            SaState state, Instant now, Phase.Established established, Phase.Answering answering, Reply reply) {
        var waiting = established.answers(Optional.empty());
        if (reply instanceof Reply.Refused refused) {
            var alone = established.asked().orElse(null) instanceof Phase.Creation ours
                    ? waiting.asks(ours.against(Optional.empty()))
                    : waiting;
            return Desk.first(
                    desk.respond(
                            state.in(alone),
                            established.agreed().negotiated(),
                            answering.exchange(),
                            answering.request(),
                            List.of(Notify.of(NotifyType.TEMPORARY_FAILURE))),
                    Establishment.refusedState(refused, answering.child().pair().inbound()));
        }
        var child = answering.child();
        var next = waiting.plus(child);
        if (child.outbound() instanceof ChildSa.Waiting(var until, var _)) {
            // should the successor be the one that goes, its predecessor must outlast it
            var bound = until.plus(desk.settings().crossingGrace());
            next = child.replaces()
                    .flatMap(next::child)
                    .filter(ChildSa::isWanted)
                    .map(old -> old.with(new ChildSa.Replaced(bound)))
                    .map(next::replace)
                    .orElse(next);
        }
        return desk.respond(
                state.in(next.bare(Optional.empty())),
                established.agreed().negotiated(),
                answering.exchange(),
                answering.request(),
                answering.payloads());
    }

    /// What it sends with is installed; who waits for it is told by [ChildLifetimes].
    Step<SaState, Effect> comes(SaState state, Instant now, Phase.Established established, ChildSa child) {
        var ticket = state.ticket();
        return Step.to(
                state.drawn().in(established.replace(child.with(new ChildSa.Coming(ticket, desk.patience(now))))),
                new Effect.AskKernel(
                        ticket, new Request.InstallState(child.pair().outbound())));
    }
}
