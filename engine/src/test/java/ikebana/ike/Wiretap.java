package ikebana.ike;

import ikebana.crypto.IkeKeys;
import ikebana.wire.Bytes;
import ikebana.wire.Encrypted;
import ikebana.wire.Header;
import ikebana.wire.IkeSpi;
import ikebana.wire.Message;
import ikebana.wire.Payload;
import ikebana.wire.Secret;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/// The keys of one IKE SA, and of what it is rekeyed to, for whoever writes down what its two ends say, or
/// changes it on its way.
public final class Wiretap {
    private final List<Negotiated> generations;
    private final Optional<Wiretap> earlier;

    private Wiretap(List<Negotiated> generations, Optional<Wiretap> earlier) {
        this.generations = generations;
        this.earlier = earlier;
    }

    /// What an SA answers as it takes other keys is sealed with those that it had.
    public Wiretap after(Optional<Wiretap> before) {
        var other = before.filter(it -> !it.inUse().keys().equals(inUse().keys()));
        return new Wiretap(generations, other.isPresent() ? other : before.flatMap(it -> it.earlier));
    }

    private Negotiated inUse() {
        return generations.getFirst();
    }

    /// With keys that stay when the SA wipes its own.
    private static Negotiated kept(Negotiated it) {
        var keys = it.keys();
        return it.with(
                new IkeKeys(
                        keys.suite(),
                        copy(keys.d()),
                        copy(keys.ai()),
                        copy(keys.ar()),
                        copy(keys.ei()),
                        copy(keys.er()),
                        copy(keys.pi()),
                        copy(keys.pr())),
                it.intAuth());
    }

    private static Secret copy(Secret secret) {
        return Secret.owning(secret.expose());
    }

    /// Empty before there are keys, and when there are none any more.
    public static Optional<Wiretap> of(SaState state) {
        return negotiated(state.phase())
                .map(inUse -> Stream.concat(
                                Stream.of(inUse), state.others().stream().map(Generation::negotiated))
                        .toList())
                .map(known -> new Wiretap(known, Optional.empty()));
    }

    private static Optional<Negotiated> negotiated(Phase phase) {
        return switch (phase) {
            case Phase.AwaitInitResponse _, Phase.Lingering _, Phase.Closed _ -> Optional.empty();
            case Phase.AwaitIntermediateResponse waiting -> Optional.of(kept(waiting.negotiated()));
            case Phase.AwaitIntermediateRequest waiting -> Optional.of(kept(waiting.negotiated()));
            case Phase.AwaitClearance waiting -> Optional.of(waiting.negotiated());
            case Phase.AwaitOurPpk waiting -> Optional.of(waiting.negotiated());
            case Phase.AwaitInitiatorPpk waiting -> Optional.of(waiting.negotiated());
            case Phase.AwaitOurAuth waiting -> Optional.of(waiting.negotiated());
            case Phase.AwaitAuthResponse waiting -> Optional.of(waiting.negotiated());
            case Phase.AwaitResponderProof waiting -> Optional.of(waiting.negotiated());
            case Phase.AwaitAuthRequest waiting -> Optional.of(waiting.negotiated());
            case Phase.AwaitInitiatorProof waiting -> Optional.of(waiting.negotiated());
            case Phase.AwaitResponderAuth waiting -> Optional.of(waiting.negotiated());
            case Phase.AwaitAdmission waiting -> Optional.of(waiting.agreed().negotiated());
            case Phase.AwaitInbound waiting -> Optional.of(waiting.agreed().negotiated());
            case Phase.AwaitOutbound waiting -> Optional.of(waiting.agreed().negotiated());
            case Phase.Established established ->
                Optional.of(established.agreed().negotiated());
            case Phase.Deleting deleting -> Optional.of(deleting.negotiated());
        };
    }

    /// Of one IKE SA, and those that are in the wings.
    public record Keys(IkeSpi initiator, IkeSpi responder, IkeKeys keys) {}

    public List<Keys> keys() {
        return generations.stream()
                .map(one -> new Keys(one.spiI(), one.spiR(), one.keys()))
                .toList();
    }

    /// What is in a message of either end's; nothing when it is not authentic.
    public List<Payload> read(Bytes datagram) {
        if (!(Message.decode(datagram) instanceof Message.Decoded.Whole(var message))) return List.of();
        if (message.payloads().isEmpty() || !(message.payloads().getLast() instanceof Encrypted sealed)) {
            return message.payloads();
        }
        return protection(message.header())
                .open(Message.associatedDataOf(datagram, sealed), sealed.body())
                .map(chain -> payloads(sealed.firstInner(), chain))
                .orElseGet(() -> earlier.map(it -> it.read(datagram)).orElse(List.of()));
    }

    private static List<Payload> payloads(int firstType, Bytes chain) {
        return switch (Message.decodeChain(firstType, chain)) {
            case Message.Chain.Whole(var payloads) -> payloads;
            case Message.Chain.Broken _ -> List.of();
        };
    }

    /// The same message with other payloads, as its sender would have sealed it.
    public Bytes changed(Bytes datagram, UnaryOperator<List<Payload>> change) {
        var payloads = change.apply(read(datagram));
        return changed(datagram, Message.firstType(payloads), Message.encodeChain(payloads));
    }

    /// The same message with another inside.
    public Bytes changed(Bytes datagram, int firstType, Bytes chain) {
        var header = Header.peek(datagram).orElseThrow();
        var protection = protection(header);
        int iv = Header.LENGTH + 4;
        var associated = Message.associatedData(header, firstType, protection.sealedLength(chain.length()));
        var same = datagram.slice(iv, iv + protection.encryption().ivLength());
        return Bytes.concat(associated, protection.seal(associated, same, chain));
    }

    private ikebana.crypto.SkProtection protection(Header header) {
        var negotiated = generations.stream()
                .filter(one ->
                        one.spiI().equals(header.initiator()) && one.spiR().equals(header.responder()))
                .findFirst()
                .orElse(generations.getFirst());
        return header.fromInitiator()
                ? negotiated.keys().fromInitiator()
                : negotiated.keys().fromResponder();
    }
}
