package ikebana.sim;

import ikebana.crypto.Entropy;
import ikebana.crypto.SeededEntropy;
import ikebana.ike.Datagram;
import ikebana.ike.Insider;
import ikebana.negotiation.EspProposal;
import ikebana.negotiation.Selection;
import ikebana.wire.Bytes;
import ikebana.wire.Delete;
import ikebana.wire.ExchangeType;
import ikebana.wire.IpAddress;
import ikebana.wire.KeyExchange;
import ikebana.wire.Message;
import ikebana.wire.Notify;
import ikebana.wire.NotifyType;
import ikebana.wire.Payload;
import ikebana.wire.Proposal;
import ikebana.wire.Spi;
import ikebana.wire.TrafficSelector;
import ikebana.wire.TrafficSelectors;
import ikebana.wire.Unknown;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/// A member who has valid keys and misuses them: what it says is authentic, and nothing else about it is right. Its own
/// tunnels may suffer as it likes. Those of others may not, no machine may throw or grow, and when it has become honest
/// all must be well.
final class Mischief {
    /// What it may do.
    enum Trick {
        ANSWER_TO_NOTHING,
        STRANGE_ID,
        TWO_REQUESTS_OF_ONE_ID,
        DELETE_OF_MANY,
        DELETE_OF_UNKNOWN,
        REKEY_OF_UNKNOWN,
        NARROWER_REKEY,
        WIDER_REKEY,
        BAD_NONCE,
        CRITICAL_PAYLOAD,
        STRANGE_EXCHANGE,
        INVALID_KE_FOR_EVER,
        NOT_NOW_FOR_EVER,
        COOKIE,
        ADDRESS_UPDATE,
        FLOOD_OF_CHILDREN,
        FLOOD_OF_IKE_REKEYS,
        GARBAGE,
        HALF_OF_A_MESSAGE
    }

    private static final int FLOOD = 30;
    private static final int NONCE = 40;

    private final Stage stage;
    private final Host host;
    private final SplittableRandom dice;
    private final Entropy entropy;
    private final Set<Trick> done = EnumSet.noneOf(Trick.class);
    private long sealed;
    /// What it answers to each CREATE_CHILD_SA request.
    private Optional<Payload> refrain = Optional.empty();

    Mischief(Stage stage, Host host) {
        this.stage = stage;
        this.host = host;
        this.dice = new SplittableRandom(~stage.seed);
        this.entropy = new SeededEntropy(~stage.seed);
    }

    Host host() {
        return host;
    }

    Optional<Payload> refrain() {
        return refrain;
    }

    Set<Trick> done() {
        return done;
    }

    Duration pause() {
        return Duration.ofMillis(dice.nextInt(50, 3_000));
    }

    void ends() {
        refrain = Optional.empty();
    }

    /// One of all, over one of its IKE SAs.
    void happens() {
        var trick = Trick.values()[dice.nextInt(Trick.values().length)];
        var sas = host.daemon().map(Daemon::all).orElse(List.of()).stream()
                .flatMap(sa -> sa.state().stream())
                .flatMap(state -> Insider.of(state, entropy).stream())
                .toList();
        if (sas.isEmpty()) return;
        done.add(trick);
        var insider = sas.get(dice.nextInt(sas.size()));
        stage.journal.note(stage.agenda.now(), host.name, () -> "MISCHIEF " + trick);
        play(trick, insider);
    }

    private void play(Trick trick, Insider as) {
        switch (trick) {
            case ANSWER_TO_NOTHING ->
                send(as, drawn(Insider.exchanges()), true, as.expected() + dice.nextInt(3), anything(as));
            case STRANGE_ID ->
                send(
                        as,
                        drawn(Insider.exchanges()),
                        false,
                        drawn(List.of(-1, as.next() - 1, as.next() + 1, 7_777)),
                        anything(as));
            case TWO_REQUESTS_OF_ONE_ID -> {
                int id = id(as);
                send(as, ExchangeType.Known.INFORMATIONAL, false, id, List.of());
                send(as, ExchangeType.Known.INFORMATIONAL, false, id, List.of(Delete.ikeSa()));
                send(as, ExchangeType.Known.CREATE_CHILD_SA, false, id, child(as, Optional.empty(), 32));
            }
            case DELETE_OF_MANY -> ask(as, ExchangeType.Known.INFORMATIONAL, Delete.esp(as.inbound(), spi(), spi()));
            case DELETE_OF_UNKNOWN ->
                ask(
                        as,
                        ExchangeType.Known.INFORMATIONAL,
                        Delete.esp(spi(), spi()),
                        Delete.esp(as.inbound()),
                        Delete.esp(as.inbound()));
            case REKEY_OF_UNKNOWN -> ask(as, child(as, Optional.of(spi()), 32));
            case NARROWER_REKEY -> ask(as, withSelectors(child(as, Optional.of(as.inbound()), 32), true));
            case WIDER_REKEY -> ask(as, withSelectors(child(as, Optional.of(as.inbound()), 32), false));
            case BAD_NONCE -> ask(as, child(as, Optional.of(as.inbound()), drawn(List.of(0, 1, 15, 257, 900))));
            case CRITICAL_PAYLOAD ->
                ask(as, drawn(Insider.exchanges()), new Unknown(200, true, bytes(dice.nextInt(40))));
            case STRANGE_EXCHANGE -> ask(as, ExchangeType.of(dice.nextInt(256)), Notify.of(NotifyType.INITIAL_CONTACT));
            case INVALID_KE_FOR_EVER ->
                refrain = Optional.of(Notify.of(
                        NotifyType.INVALID_KE_PAYLOAD, Bytes.of((byte) 0, drawn(List.of((byte) 31, (byte) 19)))));
            case NOT_NOW_FOR_EVER -> refrain = Optional.of(Notify.of(NotifyType.TEMPORARY_FAILURE));
            case COOKIE -> ask(as, ExchangeType.Known.INFORMATIONAL, Notify.of(NotifyType.COOKIE, bytes(32)));
            case ADDRESS_UPDATE ->
                ask(
                        as,
                        ExchangeType.Known.INFORMATIONAL,
                        Notify.of(NotifyType.UPDATE_SA_ADDRESSES),
                        Notify.of(NotifyType.COOKIE2, bytes(20)),
                        Notify.of(NotifyType.ADDITIONAL_IP4_ADDRESS, Bytes.of((byte) 203, (byte) 0, (byte) 113, (byte)
                                9)));
            case FLOOD_OF_CHILDREN -> flood(as, () -> child(as, Optional.empty(), 32));
            case FLOOD_OF_IKE_REKEYS -> flood(as, this::successor);
            case GARBAGE ->
                stage.network.ike(new Datagram(
                        as.path(),
                        as.says(
                                drawn(Insider.exchanges()),
                                false,
                                id(as),
                                dice.nextInt(256),
                                bytes(dice.nextInt(300)),
                                ++sealed)));
            case HALF_OF_A_MESSAGE -> {
                int id = id(as);
                for (int which = 1; which <= 20; which++) {
                    var part = as.fragment(
                            ExchangeType.Known.INFORMATIONAL, id, which, 60, bytes(dice.nextInt(1, 1_000)), ++sealed);
                    stage.network.ike(new Datagram(as.path(), part));
                }
            }
        }
    }

    /// One after the other, before any answer.
    private void flood(Insider as, Supplier<List<Payload>> what) {
        for (int i = 0; i < FLOOD; i++) {
            var payloads = what.get();
            stage.agenda.after(Duration.ofMillis(i * 400L), () -> ask(as, payloads));
        }
    }

    private List<Payload> anything(Insider as) {
        return drawn(List.of(
                List.<Payload>of(),
                List.<Payload>of(Delete.ikeSa()),
                List.<Payload>of(Notify.of(NotifyType.TEMPORARY_FAILURE)),
                child(as, Optional.of(as.inbound()), 32)));
    }

    private List<Payload> child(Insider as, Optional<Spi> replaces, int nonce) {
        var payloads = new ArrayList<Payload>();
        replaces.ifPresent(
                old -> payloads.add(new Notify(Proposal.ESP, old.toBytes(), NotifyType.REKEY_SA.code(), Bytes.EMPTY)));
        payloads.add(Notify.of(NotifyType.USE_TRANSPORT_MODE));
        List<EspProposal> proposals = host.profile.espProposals();
        payloads.add(Selection.offerFreshEsp(proposals, spi()));
        payloads.add(new Unknown(NONCE, false, bytes(nonce)));
        proposals.getFirst().keyExchanges().stream().findFirst().ifPresent(method -> {
            var pair = stage.keyExchanges().generate(method, entropy);
            payloads.add(new KeyExchange(method.transformId(), pair.publicValue()));
        });
        payloads.add(as.selectors().initiators());
        payloads.add(as.selectors().responders());
        return payloads;
    }

    private List<Payload> successor() {
        var proposals = host.profile.ikeProposals();
        var method = proposals.getFirst().keyExchanges().getFirst();
        return List.of(
                Selection.offerSuccessor(proposals, entropy.ikeSpi()),
                new Unknown(NONCE, false, bytes(32)),
                new KeyExchange(
                        method.transformId(),
                        stage.keyExchanges().generate(method, entropy).publicValue()));
    }

    private List<Payload> withSelectors(List<Payload> payloads, boolean narrower) {
        return payloads.stream()
                .map(payload -> payload instanceof TrafficSelectors ts
                        ? new TrafficSelectors(
                                ts.ofInitiator(), List.of(other(ts.selectors().getFirst(), narrower)), List.of())
                        : payload)
                .toList();
    }

    private static TrafficSelector other(TrafficSelector ts, boolean narrower) {
        return narrower
                ? new TrafficSelector(ts.tsType(), ts.protocol(), 1, 1, ts.start(), ts.end())
                : new TrafficSelector(
                        ts.tsType(), 0, 0, 65535, IpAddress.of("0.0.0.0"), IpAddress.of("255.255.255.255"));
    }

    /// The one that the peer takes next: whoever has gone bad has counted its answers.
    private int id(Insider as) {
        return stage.hosts.stream()
                .filter(other -> other != host)
                .flatMap(other -> other.daemon().stream())
                .flatMap(daemon -> daemon.all().stream())
                .flatMap(sa -> sa.state().stream())
                .flatMap(state -> Insider.of(state, entropy).stream())
                .filter(as::isAnswerableTo)
                .map(Insider::expected)
                .findFirst()
                .orElse(as.next());
    }

    private void ask(Insider as, ExchangeType exchange, Payload... payloads) {
        send(as, exchange, false, id(as), List.of(payloads));
    }

    private void ask(Insider as, List<Payload> payloads) {
        send(as, ExchangeType.Known.CREATE_CHILD_SA, false, id(as), payloads);
    }

    private void send(Insider as, ExchangeType exchange, boolean response, int id, List<Payload> payloads) {
        var said =
                as.says(exchange, response, id, Message.firstType(payloads), Message.encodeChain(payloads), ++sealed);
        stage.network.ike(new Datagram(as.path(), said));
    }

    private Spi spi() {
        return entropy.espSpi();
    }

    private Bytes bytes(int count) {
        return entropy.publicBytes(count);
    }

    private <T> T drawn(List<T> of) {
        return of.get(dice.nextInt(of.size()));
    }
}
