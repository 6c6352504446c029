package ikebana.ike;

import ikebana.crypto.Entropy;
import ikebana.crypto.SeededEntropy;
import ikebana.wire.Bytes;
import ikebana.wire.ExchangeType;
import ikebana.wire.Message;
import ikebana.wire.NotifyType;
import ikebana.wire.Proposal;
import ikebana.wire.SecurityAssociation;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Two ends each of which is about to ask the other for something: which nonce is the lowest is for a test
/// to say.
final class Collision extends Couple {
    private static final int NONCE_LENGTH = 32;

    /// Whose nonces begin with what: the first that an end draws is the one with which it asks, the second
    /// the one with which it answers.
    private static final class Nonces implements Entropy {
        private final Entropy dice;
        private List<Integer> firstBytes = List.of();

        Nonces(long seed) {
            dice = new SeededEntropy(seed);
        }

        @Override
        public byte[] bytes(int count) {
            return dice.bytes(count);
        }

        @Override
        public Bytes publicBytes(int count) {
            var bytes = dice.bytes(count);
            if (count == NONCE_LENGTH && !firstBytes.isEmpty()) {
                bytes[0] = firstBytes.getFirst().byteValue();
                firstBytes = firstBytes.subList(1, firstBytes.size());
            }
            return Bytes.of(bytes);
        }
    }

    /// Of each wish that has arrived, whether TEMPORARY_FAILURE is due.
    final Map<Letter, Boolean> busy = new LinkedHashMap<>();

    private final Nonces noncesOfA;
    private final Nonces noncesOfB;

    Collision() {
        this(new Nonces(1), new Nonces(2));
        dials();
        forget();
    }

    private Collision(Nonces ofA, Nonces ofB) {
        super(ofA, ofB);
        noncesOfA = ofA;
        noncesOfB = ofB;
    }

    @Override
    void forget() {
        super.forget();
        busy.clear();
    }

    /// @param ofA what the nonces begin with that A draws next
    void draw(List<Integer> ofA, List<Integer> ofB) {
        noncesOfA.firstBytes = ofA;
        noncesOfB.firstBytes = ofB;
    }

    @Override
    void carry(Letter letter, boolean lost) {
        boolean isWish = letter.is(letter.fromA(), false, ExchangeType.Known.CREATE_CHILD_SA);
        var to = end(!letter.fromA());
        if (!lost && isWish && knows(to, letter)) busy.putIfAbsent(letter, isBusy(to, letter));
        super.carry(letter, lost);
    }

    private static boolean knows(End end, Letter letter) {
        return end.is().other(letter.header()).isPresent() || isInUse(end, letter);
    }

    private static boolean isInUse(End end, Letter letter) {
        var negotiated = established(end).agreed().negotiated();
        return letter.header().initiator().equals(negotiated.spiI());
    }

    /// RFC 7296 2.25: the IKE SA is about to be closed or rekeyed; or a child of it is, and the wish is for
    /// an IKE SA; or the child that it names is about to be closed.
    private static boolean isBusy(End end, Letter wish) {
        var established = established(end);
        var asked = established.asked().orElseGet(Phase.Liveness::new);
        if (!isInUse(end, wish)) return true;
        var sa = Message.first(wish.payloads(), SecurityAssociation.class).orElseThrow();
        if (sa.proposals().getFirst().protocolId() == Proposal.IKE) {
            return asked instanceof Phase.Creation || asked instanceof Phase.Deletion;
        }
        var named = Message.notification(wish.payloads(), NotifyType.REKEY_SA);
        return asked instanceof Phase.Renewal
                || established.children().stream()
                        .filter(child -> !child.isWanted())
                        .anyMatch(child -> named.filter(
                                        it -> it.spi().equals(child.theirs().toBytes()))
                                .isPresent());
    }
}
