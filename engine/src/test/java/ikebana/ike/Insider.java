package ikebana.ike;

import ikebana.crypto.Entropy;
import ikebana.crypto.SkProtection;
import ikebana.kernel.StateId;
import ikebana.wire.Bytes;
import ikebana.wire.ExchangeType;
import ikebana.wire.Header;
import ikebana.wire.Message;
import ikebana.wire.MessageId;
import ikebana.wire.PayloadType;
import ikebana.wire.Spi;
import java.util.List;
import java.util.Optional;

/// Whoever has the keys of an established IKE SA, and says with them what no machine of ours would.
///
/// @param child one of its children
public record Insider(SaState state, ChildSa child, SkProtection protection, Entropy entropy) {
    /// Far from what the machine itself has come to.
    private static final long FIRST_IV = 1L << 40;

    public static Optional<Insider> of(SaState state, Entropy entropy) {
        if (!(state.phase() instanceof Phase.Established established)) return Optional.empty();
        var protection = established.agreed().negotiated().ours();
        return established.children().stream().findFirst().map(child -> new Insider(state, child, protection, entropy));
    }

    private Negotiated negotiated() {
        return ((Phase.Established) state.phase()).agreed().negotiated();
    }

    /// Whether that is the other end.
    public boolean isAnswerableTo(Insider other) {
        return negotiated().spiI().equals(other.negotiated().spiI())
                && negotiated().spiR().equals(other.negotiated().spiR());
    }

    public Path path() {
        return state.path();
    }

    /// The ID of our next request, if we have said nothing else.
    public int next() {
        return state.window().next().value();
    }

    /// The ID of the peer's next request.
    public int expected() {
        return state.window().expected().value();
    }

    /// Our name for a child that there is.
    public Spi inbound() {
        return child.inbound();
    }

    public ikebana.negotiation.GreSelectors selectors() {
        return child.selectors();
    }

    /// @param firstType of the first payload in `chain`
    public Bytes says(ExchangeType exchange, boolean response, int id, int firstType, Bytes chain, long number) {
        var associated = Message.associatedData(
                header(exchange, response, id), firstType, protection.sealedLength(chain.length()));
        return Bytes.concat(associated, protection.seal(associated, iv(number), chain));
    }

    /// One of so many fragments of a request (RFC 7383).
    public Bytes fragment(ExchangeType exchange, int id, int which, int total, Bytes part, long number) {
        int first = which == 1 ? PayloadType.Known.NOTIFY.code() : PayloadType.NONE;
        var associated = Message.associatedData(
                header(exchange, false, id), first, which, total, protection.sealedLength(part.length()));
        return Bytes.concat(associated, protection.seal(associated, iv(number), part));
    }

    private Bytes iv(long number) {
        return protection.nextIv(FIRST_IV + number, entropy);
    }

    private Header header(ExchangeType exchange, boolean response, int id) {
        var agreed = negotiated();
        return Header.of(agreed.spiI(), agreed.spiR(), exchange, response, agreed.initiator(), new MessageId(id));
    }

    /// Only the kernel tells of it when its children get old.
    public static SaState withoutOldAge(SaState state) {
        if (!(state.phase() instanceof Phase.Established established)) return state;
        var changed = established;
        for (var child : established.children()) {
            if (child.fate() instanceof ChildSa.Stays) {
                changed = changed.replace(child.with(new ChildSa.Stays(Optional.empty())));
            }
        }
        return state.in(changed);
    }

    /// Whether it is a request that has not been answered yet.
    public static boolean awaits(SaState state, Bytes message) {
        var header = Header.peek(message).orElseThrow();
        return !header.response() && header.messageId().equals(state.window().expected());
    }

    /// The outbound states of children that nobody has called old.
    public static List<StateId> sendingYoung(SaState state) {
        if (!(state.phase() instanceof Phase.Established established)) return List.of();
        return established.children().stream()
                .filter(child -> child.fate() instanceof ChildSa.Stays && child.outbound() instanceof ChildSa.InUse)
                .map(child -> child.pair().outbound().id())
                .toList();
    }

    /// An IKE SA, but for what it has heard of messages that are not whole.
    public static SaState withoutFragments(SaState state) {
        return state.with(Fragments.NONE);
    }

    /// One that has forgotten that the peer has yet to answer.
    public static SaState withoutFlight(SaState state) {
        return state.phase() instanceof Phase.Established
                ? state.with(state.window().answered())
                : state;
    }

    /// What is received of the pair that sends by this state.
    public static Optional<StateId> inboundOf(SaState state, StateId outbound) {
        if (!(state.phase() instanceof Phase.Established established)) return Optional.empty();
        return established.children().stream()
                .filter(child -> child.pair().outbound().id().equals(outbound))
                .map(child -> child.pair().inbound().id())
                .findFirst();
    }

    /// What an IKE SA has come to, in numbers that a peer may try to drive up.
    ///
    /// @param states of the kernel
    /// @param generations besides the one in use
    public record Weight(int states, int generations) {
        public static Weight of(SaState state) {
            int states = state.phase() instanceof Phase.Established established
                    ? established.states().size()
                    : 0;
            return new Weight(states, state.others().size());
        }
    }

    public static List<ExchangeType> exchanges() {
        return List.of(
                ExchangeType.Known.INFORMATIONAL,
                ExchangeType.Known.CREATE_CHILD_SA,
                ExchangeType.Known.IKE_AUTH,
                ExchangeType.Known.IKE_INTERMEDIATE,
                ExchangeType.Known.IKE_FOLLOWUP_KE,
                ExchangeType.of(38),
                ExchangeType.of(240));
    }
}
