package ikebana.ike;

import ikebana.crypto.KeyExchangeMethod;
import ikebana.wire.Bytes;
import ikebana.wire.Notify;
import ikebana.wire.NotifyType;
import java.util.Optional;
import java.util.stream.Stream;

/// INVALID_KE_PAYLOAD (RFC 7296 1.2 and 1.3): a responder takes the offer, but with another key exchange than the
/// initiator has guessed, and names it by its number, in two bytes.
final class InvalidKe {
    /// In CREATE_CHILD_SA it may come once; a confused peer may send it for ever.
    static final int MOST_RESTARTS = 2;

    private InvalidKe() {}

    static Notify naming(KeyExchangeMethod method) {
        int number = method.transformId();
        return Notify.of(NotifyType.INVALID_KE_PAYLOAD, Bytes.of((byte) (number >>> 8), (byte) number));
    }

    /// The one that the peer wants, if it is one that we have offered.
    static Optional<KeyExchangeMethod> wanted(Notify notify, Stream<KeyExchangeMethod> offered) {
        if (notify.data().length() != 2) return Optional.empty();
        int number = number(notify.data());
        return offered.filter(one -> one.transformId() == number).findFirst();
    }

    static int number(Bytes code) {
        return code.at(0) << 8 | code.at(1);
    }
}
