package ikebana.crypto;

import ikebana.wire.Bytes;
import ikebana.wire.Secret;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;

/// Seals and opens the Encrypted payloads that one side of an IKE SA sends: RFC 7296 3.14, RFC 5282 for AEAD.
///
/// @param integrityKey empty for AEAD
public record SkProtection(
        Encryption encryption, Optional<Integrity> integrity, Secret encryptionKey, Secret integrityKey) {
    private static final int PAD_LENGTH = 1;

    public SkProtection {
        new Envelope(encryption, integrity, encryptionKey, integrityKey); // refuses keys of the wrong length
    }

    /// The body of an Encrypted payload: IV, ciphertext, ICV.
    ///
    /// @param associated the message from its first byte up to the IV, with its final lengths
    /// @param iv from [#nextIv]
    public Bytes seal(Bytes associated, Bytes iv, Bytes plaintextChain) {
        var padded = Arrays.copyOf(plaintextChain.toArray(), paddedLength(plaintextChain.length()));
        padded[padded.length - 1] = (byte) (padded.length - PAD_LENGTH - plaintextChain.length());
        return envelope().seal(associated, iv, padded, Bytes.EMPTY);
    }

    /// How long [#seal] makes a chain of payloads.
    public int sealedLength(int plaintextLength) {
        return envelope().ivLength()
                + paddedLength(plaintextLength)
                + envelope().icvLength();
    }

    /// The longest chain of payloads that [#seal] makes no longer than `sealed`; none fits if this is not positive.
    public int largestPlaintext(int sealed) {
        int room = sealed - envelope().ivLength() - envelope().icvLength();
        return room / block() * block() - PAD_LENGTH;
    }

    /// The chain of payloads; empty when the body is not authentic, and when its padding is impossible.
    public Optional<Bytes> open(Bytes associated, Bytes body) {
        return envelope().open(associated, body, Bytes.EMPTY).flatMap(SkProtection::withoutPadding);
    }

    /// The IV of the next message.
    ///
    /// @param counter different for each message under this key: an AEAD IV must never come twice (RFC 5282 3.1)
    public Bytes nextIv(long counter, Entropy entropy) {
        return encryption.isAead()
                ? Bytes.of(ByteBuffer.allocate(Long.BYTES).putLong(0, counter).array())
                : entropy.publicBytes(encryption.ivLength()); // CBC: unpredictable, RFC 7296 3.14
    }

    private int paddedLength(int plaintextLength) {
        return Math.ceilDiv(plaintextLength + PAD_LENGTH, block()) * block();
    }

    /// AEAD algorithms need no padding in IKE, unlike in ESP (RFC 5282 3).
    private int block() {
        return encryption.isAead() ? 1 : encryption.blockLength();
    }

    private static Optional<Bytes> withoutPadding(byte[] padded) {
        int length = padded.length - PAD_LENGTH - Byte.toUnsignedInt(padded[padded.length - 1]);
        if (length < 0) return Optional.empty();
        var chain = Bytes.of(padded).slice(0, length);
        Arrays.fill(padded, (byte) 0);
        return Optional.of(chain);
    }

    private Envelope envelope() {
        return new Envelope(encryption, integrity, encryptionKey, integrityKey);
    }
}
