package ikebana.ike;

import ikebana.auth.Profile;
import ikebana.wire.Bytes;
import ikebana.wire.Message;
import ikebana.wire.Notify;
import ikebana.wire.NotifyType;
import ikebana.wire.Payload;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// The notify of RFC 4478: a responder tells its initiator for how long it takes its word, in seconds. The initiator is
/// to prove itself anew before that is over.
final class AuthLifetime {
    private static final int LENGTH = 4;

    private AuthLifetime() {}

    /// What we tell whoever has dialled us.
    static Optional<Payload> of(Profile profile) {
        return profile.ikeLifetime().authenticationLimit().map(limit -> {
            long seconds = limit.toSeconds();
            return Notify.of(
                    NotifyType.AUTH_LIFETIME,
                    Bytes.of((byte) (seconds >>> 24), (byte) (seconds >>> 16), (byte) (seconds >>> 8), (byte) seconds));
        });
    }

    /// What a message says of it. One of another length says nothing.
    static Optional<Duration> in(List<Payload> payloads) {
        return Message.notification(payloads, NotifyType.AUTH_LIFETIME)
                .map(Notify::data)
                .filter(data -> data.length() == LENGTH)
                .map(data ->
                        Duration.ofSeconds((long) data.at(0) << 24 | data.at(1) << 16 | data.at(2) << 8 | data.at(3)));
    }
}
