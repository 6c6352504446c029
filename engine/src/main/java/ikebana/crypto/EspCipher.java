package ikebana.crypto;

import ikebana.wire.Bytes;
import ikebana.wire.Secret;
import ikebana.wire.Spi;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;

/// Seals and opens the ESP packets of one direction (RFC 4303), for the kernel that lives in memory. Sequence numbers,
/// replay and selectors are the caller's.
///
/// @param integrityKey empty for AEAD
public record EspCipher(EspSuite suite, Secret encryptionKey, Secret integrityKey) {
    private static final int HEADER_LENGTH = 8;
    private static final int TRAILER_LENGTH = 2;

    /// What an ESP packet says in the clear, unauthenticated.
    ///
    /// @param sequence the low half only, where sequence numbers are extended
    public record Front(Spi spi, int sequence) {}

    /// What was inside.
    ///
    /// @param nextHeader the IP protocol number of `payload`
    public record Opened(int nextHeader, Bytes payload) {}

    public EspCipher {
        new Envelope(suite.encryption(), suite.integrity(), encryptionKey, integrityKey); // refuses wrong lengths
    }

    /// Empty when the packet is too short to be ESP.
    public static Optional<Front> front(Bytes packet) {
        if (packet.length() < HEADER_LENGTH) return Optional.empty();
        return Optional.of(
                new Front(Spi.of(packet.slice(0, 4)), packet.asBuffer().getInt(4)));
    }

    /// A whole ESP packet.
    ///
    /// @param sequence never twice under one key; all 64 bits count when sequence numbers are extended, else 32
    public Bytes seal(Spi spi, long sequence, int nextHeader, Bytes payload, Entropy entropy) {
        var header = Bytes.concat(spi.toBytes(), low(sequence));
        // RFC 4106 3.1 wants an IV that never repeats, as the sequence number does not
        var iv = suite.encryption().isAead()
                ? Bytes.of(ByteBuffer.allocate(Long.BYTES).putLong(0, sequence).array())
                : entropy.publicBytes(suite.encryption().ivLength());
        return Bytes.concat(
                header,
                envelope().seal(associated(header, sequence), iv, padded(payload, nextHeader), appendix(sequence)));
    }

    /// The payload; empty when the packet is not authentic or its padding is not what RFC 4303 2.4 prescribes.
    ///
    /// @param sequence the packet's own, completed to 64 bits by the caller when sequence numbers are extended
    public Optional<Opened> open(long sequence, Bytes packet) {
        if (packet.length() < HEADER_LENGTH) return Optional.empty();
        var header = packet.slice(0, HEADER_LENGTH);
        return envelope()
                .open(associated(header, sequence), packet.slice(HEADER_LENGTH, packet.length()), appendix(sequence))
                .flatMap(EspCipher::withoutPadding);
    }

    /// RFC 4106 5, RFC 7634 2.1: AEAD authenticates the whole sequence number, in front.
    private Bytes associated(Bytes header, long sequence) {
        if (!suite.encryption().isAead() || !suite.extendedSequenceNumbers()) return header;
        return Bytes.concat(header.slice(0, 4), high(sequence), header.slice(4, HEADER_LENGTH));
    }

    /// RFC 4303 2.2.1: a separate integrity algorithm takes the high half in behind the packet.
    private Bytes appendix(long sequence) {
        return !suite.encryption().isAead() && suite.extendedSequenceNumbers() ? high(sequence) : Bytes.EMPTY;
    }

    private byte[] padded(Bytes payload, int nextHeader) {
        int block = suite.encryption().blockLength();
        int length = Math.ceilDiv(payload.length() + TRAILER_LENGTH, block) * block;
        int padding = length - TRAILER_LENGTH - payload.length();
        var padded = Arrays.copyOf(payload.toArray(), length);
        for (int i = 1; i <= padding; i++) padded[payload.length() + i - 1] = (byte) i;
        padded[length - 2] = (byte) padding;
        padded[length - 1] = (byte) nextHeader;
        return padded;
    }

    private static Optional<Opened> withoutPadding(byte[] padded) {
        if (padded.length < TRAILER_LENGTH) return Optional.empty();
        int padding = Byte.toUnsignedInt(padded[padded.length - 2]);
        int length = padded.length - TRAILER_LENGTH - padding;
        if (length < 0) return Optional.empty();
        for (int i = 1; i <= padding; i++) {
            if (padded[length + i - 1] != (byte) i) return Optional.empty();
        }
        return Optional.of(new Opened(
                Byte.toUnsignedInt(padded[padded.length - 1]), Bytes.of(padded).slice(0, length)));
    }

    private static Bytes low(long sequence) {
        return Bytes.of(ByteBuffer.allocate(4).putInt(0, (int) sequence).array());
    }

    private static Bytes high(long sequence) {
        return low(sequence >>> 32);
    }

    private Envelope envelope() {
        return new Envelope(suite.encryption(), suite.integrity(), encryptionKey, integrityKey);
    }
}
