package ikebana.ike;

import ikebana.crypto.Prf;
import ikebana.wire.Bytes;
import ikebana.wire.IkeSpi;
import ikebana.wire.Message;
import ikebana.wire.Notify;
import ikebana.wire.NotifyType;
import ikebana.wire.Payload;
import ikebana.wire.Proposal;
import ikebana.wire.Secret;
import java.util.List;
import java.util.Optional;

/// Quick crash detection, RFC 6290. Over an IKE SA each end tells the other a token that nobody else knows.
/// Whoever has lost the SA shows it, in the clear, to the peer that still speaks over it: so the peer knows at
/// once, and from the right one, that nobody is left, and need not repeat its question for minutes.
///
/// A token is computed from our SPI and a secret that outlives the process (RFC 6290 5.1), so that nothing has to be
/// remembered of an SA. It is shown only for an SPI that no SA of ours has: a stranger who names both SPIs of one that
/// stands in the wrong order gets a token of nothing.
public final class CrashTokens {
    /// Nothing survives of us: no tokens are told or shown. What a peer tells is taken all the same.
    public static final CrashTokens NONE = new CrashTokens(Optional.empty());

    /// How many bytes the secret has.
    public static final int SECRET_LENGTH = 32;

    /// RFC 6290 4.1: from 16 to 128 octets. The shortest: what shows it to strangers is hardly longer than what they
    /// have sent.
    private static final int LENGTH = 16;

    private static final int LONGEST = 128;

    /// RFC 6290 4.5: one that has changed its secret may show several.
    private static final int MOST_SHOWN = 4;

    private final Optional<Secret> secret;

    private CrashTokens(Optional<Secret> secret) {
        this.secret = secret;
    }

    /// @param secret [#SECRET_LENGTH] bytes, the same in each run
    public static CrashTokens from(Secret secret) {
        if (secret.length() != SECRET_LENGTH) throw new IllegalArgumentException("a secret of " + secret.length());
        return new CrashTokens(Optional.of(secret));
    }

    /// Ours for the IKE SA that we know by this SPI.
    Optional<Notify> of(IkeSpi ours) {
        return secret.map(key -> {
            try (var mac = Prf.HMAC_SHA2_256.apply(key, ours.toBytes());
                    var token = mac.slice(0, LENGTH)) {
                return new Notify(
                        Proposal.IKE, Bytes.EMPTY, NotifyType.QUICK_CRASH_DETECTION.code(), Bytes.of(token.expose()));
            }
        });
    }

    /// What the peer has told in an exchange that proves who it is.
    static Optional<Secret> told(List<Payload> payloads) {
        return Message.notification(payloads, NotifyType.QUICK_CRASH_DETECTION)
                .map(Notify::data)
                .filter(token -> token.length() >= LENGTH && token.length() <= LONGEST)
                .map(token -> Secret.owning(token.toArray()));
    }

    /// Whether somebody shows the token of this SA.
    static boolean isShown(List<Payload> unprotected, Negotiated negotiated) {
        return negotiated.crashToken().isPresent()
                && Message.all(unprotected, Notify.class)
                        .filter(notify -> notify.is(NotifyType.QUICK_CRASH_DETECTION))
                        .limit(MOST_SHOWN)
                        .map(notify -> Secret.owning(notify.data().toArray()))
                        .anyMatch(negotiated.crashToken().get()::equals);
    }
}
