package ikebana.sim;

import ikebana.ike.Datagram;
import ikebana.wire.Bytes;
import ikebana.wire.ExchangeType;
import ikebana.wire.Header;
import ikebana.wire.IkeSpi;
import ikebana.wire.IpAddress;
import ikebana.wire.MessageId;
import java.util.HashMap;
import java.util.Map;

/// What must hold on the wire, at every moment.
final class Rules {
    static final int SEALED = 46;
    static final int SEALED_FRAGMENT = 53;
    private static final int IV = Header.LENGTH + 4;
    private static final int FRAGMENT_IV = IV + 4;

    /// The keys of one direction are those of one IKE SA and one sender.
    private record Direction(IkeSpi initiator, IkeSpi responder, boolean fromInitiator) {}

    private record Sealed(Direction direction, Bytes iv) {}

    /// @param fragment its number and the total; empty for a message in one piece
    private record Said(Direction direction, boolean response, MessageId id, Bytes fragment) {}

    private final Map<Sealed, Bytes> ivs = new HashMap<>();
    private final Map<Said, Bytes> said = new HashMap<>();
    /// By the sender, what it has asked and not heard the answer to.
    private final Map<Direction, MessageId> asked = new HashMap<>();
    private final Map<Bytes, IpAddress> packets = new HashMap<>();

    static void check(boolean holds, String otherwise) {
        if (!holds) throw new AssertionError(otherwise);
    }

    static boolean isSealed(Header header) {
        return header.firstPayload() == SEALED || header.firstPayload() == SEALED_FRAGMENT;
    }

    /// An IKE message leaves.
    void sent(Datagram datagram) {
        var bytes = datagram.bytes();
        var header = Header.peek(bytes).orElseThrow();
        if (header.exchange().equals(ExchangeType.Known.IKE_SA_INIT)) return;
        check(isSealed(header), "a message that is not protected");
        var direction = new Direction(header.initiator(), header.responder(), header.fromInitiator());
        int iv = header.firstPayload() == SEALED ? IV : FRAGMENT_IV;
        var before = ivs.putIfAbsent(new Sealed(direction, bytes.slice(iv, iv + 8)), bytes);
        check(before == null || before.equals(bytes), "two messages under one IV");
        var first = said.putIfAbsent(
                new Said(direction, header.response(), header.messageId(), bytes.slice(IV, iv)), bytes);
        check(first == null || first.equals(bytes), "sent again with other bytes");
        if (header.response()) return;
        var under = asked.put(direction, header.messageId());
        check(under == null || under.equals(header.messageId()), "a request before the answer to the one before");
    }

    /// What somebody has sent is heard by the IKE SA that it is for.
    void heard(Datagram datagram) {
        var header = Header.peek(datagram.bytes()).orElseThrow();
        if (!header.response()) return;
        var asker = new Direction(header.initiator(), header.responder(), !header.fromInitiator());
        asked.remove(asker, header.messageId());
    }

    /// A packet is on its way from `source`.
    void injected(Bytes payload, IpAddress source) {
        packets.put(payload, source);
    }

    /// A packet has been decrypted and passed on.
    void delivered(Bytes payload, IpAddress source) {
        check(source.equals(packets.get(payload)), "a packet was taken under another's address");
    }

    /// RFC 7296 2.6 and our own rule: whoever is not known is not amplified, neither by the doorman, who promises less
    /// than twice, nor by a new IKE SA.
    static void modest(Bytes request, Bytes answer, int times) {
        check(
                answer.length() < times * request.length(),
                "an answer of %d times what a stranger sent".formatted(times));
    }
}
