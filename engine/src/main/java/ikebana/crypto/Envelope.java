package ikebana.crypto;

import ikebana.wire.Bytes;
import ikebana.wire.Secret;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Optional;

/// `IV | ciphertext | ICV` under one key: what SK payloads and ESP packets have in common. They differ in padding,
/// and in what is authenticated besides.
record Envelope(Encryption encryption, Optional<Integrity> integrity, Secret encryptionKey, Secret integrityKey) {
    private static final int SALT_LENGTH = 4;

    Envelope {
        int wanted = integrity.map(Integrity::keyLength).orElse(0);
        if (encryptionKey.length() != encryption.keyLength() || integrityKey.length() != wanted) {
            throw new IllegalArgumentException("%s with %s has keys of %d and %d bytes"
                    .formatted(encryption, integrity, encryptionKey.length(), integrityKey.length()));
        }
    }

    int ivLength() {
        return encryption.ivLength();
    }

    int icvLength() {
        return integrity.map(Integrity::icvLength).orElse(encryption.icvLength());
    }

    /// @param associated authenticated, in front of the IV
    /// @param appendix authenticated behind the ciphertext though not sent there; empty for AEAD
    /// @param plaintext a whole number of blocks; wiped
    Bytes seal(Bytes associated, Bytes iv, byte[] plaintext, Bytes appendix) {
        if (iv.length() != ivLength()) {
            throw new IllegalArgumentException("%s with an IV of %d bytes".formatted(encryption, iv.length()));
        }
        byte[] ciphertext;
        byte[] icv;
        if (integrity.isPresent()) {
            ciphertext = Providers.encryptCbc(encryptionKey, iv, plaintext);
            icv = integrity.get().icv(integrityKey, associated.toArray(), iv.toArray(), ciphertext, appendix.toArray());
        } else {
            try (var key = cipherKey()) {
                ciphertext = Providers.sealAead(encryption, key, nonce(iv), associated, plaintext); // and tag
                icv = new byte[0];
            }
        }
        Arrays.fill(plaintext, (byte) 0);
        return Bytes.concat(iv, Bytes.of(ciphertext), Bytes.of(icv));
    }

    /// The plaintext with its padding; empty when `body` is not what the holder of the key has sealed.
    Optional<byte[]> open(Bytes associated, Bytes body, Bytes appendix) {
        int text = body.length() - ivLength() - icvLength();
        if (text <= 0) return Optional.empty();
        var iv = body.slice(0, ivLength());
        if (integrity.isEmpty()) {
            try (var key = cipherKey()) {
                return Providers.openAead(
                        encryption,
                        key,
                        nonce(iv),
                        associated,
                        body.slice(ivLength(), body.length()).toArray());
            }
        }
        var ciphertext = body.slice(ivLength(), ivLength() + text).toArray();
        var theirs = body.slice(ivLength() + text, body.length()).toArray();
        var ours =
                integrity.get().icv(integrityKey, associated.toArray(), iv.toArray(), ciphertext, appendix.toArray());
        if (!MessageDigest.isEqual(ours, theirs)) return Optional.empty();
        // authentic, and yet of a length that no honest peer sends
        if (text % encryption.blockLength() != 0) return Optional.empty();
        return Optional.of(Providers.decryptCbc(encryptionKey, iv, ciphertext));
    }

    private Secret cipherKey() {
        return encryptionKey.slice(0, encryptionKey.length() - SALT_LENGTH);
    }

    /// Salt, then IV: RFC 5282 4, RFC 4106 4, RFC 7634 2.
    private byte[] nonce(Bytes iv) {
        var key = encryptionKey.expose();
        var nonce = new byte[SALT_LENGTH + iv.length()];
        System.arraycopy(key, key.length - SALT_LENGTH, nonce, 0, SALT_LENGTH);
        System.arraycopy(iv.toArray(), 0, nonce, SALT_LENGTH, iv.length());
        Arrays.fill(key, (byte) 0);
        return nonce;
    }
}
