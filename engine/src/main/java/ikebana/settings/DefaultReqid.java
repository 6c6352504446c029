package ikebana.settings;

import java.nio.charset.StandardCharsets;

/// The reqid of a profile that names none: it follows from the profile's name alone, so that policies of a former run,
/// and of `ikebanactl guard`, have it too.
///
/// The hash is the CRC of POSIX `cksum`, because a shell script has to find the same number.
final class DefaultReqid {
    private static final int LOWEST = 0x10000000;
    private static final int HOW_MANY = 0x30000000;

    private DefaultReqid() {}

    static int of(String profile) {
        return LOWEST + Integer.remainderUnsigned(cksum(profile.getBytes(StandardCharsets.UTF_8)), HOW_MANY);
    }

    /// The CRC of POSIX.1-2017, utility cksum: polynomial 0x04C11DB7, the length behind the octets, complemented.
    static int cksum(byte[] octets) {
        int crc = 0;
        for (byte octet : octets) crc = updated(crc, octet);
        for (int length = octets.length; length != 0; length >>>= 8) crc = updated(crc, length);
        return ~crc;
    }

    private static int updated(int crc, int octet) {
        int next = crc ^ octet << 24;
        for (int bit = 0; bit < 8; bit++) next = next < 0 ? next << 1 ^ 0x04C11DB7 : next << 1;
        return next;
    }
}
