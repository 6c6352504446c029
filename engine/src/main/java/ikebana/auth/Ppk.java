package ikebana.auth;

import ikebana.wire.Bytes;
import ikebana.wire.Notify;
import ikebana.wire.NotifyType;
import java.nio.charset.StandardCharsets;

/// A post-quantum preshared key of RFC 8784, without the key: that is with whoever keeps the keys.
///
/// @param id by which both ends name it
/// @param required whether nobody may come without it
public record Ppk(String id, boolean required) {
    /// More than any operator types, and few enough for a log's line.
    public static final int LONGEST_ID = 64;

    /// A fixed identity, RFC 8784 5.1: the same key each time. The other kind says where a key is to be fetched.
    private static final byte FIXED = 2;

    public Ppk {
        int length = id.getBytes(StandardCharsets.UTF_8).length;
        if (length < 1 || length > LONGEST_ID) {
            throw new IllegalArgumentException("an id has 1 to %d bytes, not %d".formatted(LONGEST_ID, length));
        }
    }

    /// How an initiator names it in IKE_AUTH.
    public Notify identity() {
        return Notify.of(
                NotifyType.PPK_IDENTITY, Bytes.concat(Bytes.of(FIXED), Bytes.of(id.getBytes(StandardCharsets.UTF_8))));
    }
}
