package ikebana.crypto;

import ikebana.wire.Bytes;
import ikebana.wire.IkeSpi;
import ikebana.wire.Secret;
import ikebana.wire.Spi;
import java.nio.ByteBuffer;

/// Where every random choice of the core comes from, so that a seed replays: SPIs, nonces, IVs, private keys, jitter.
@FunctionalInterface
public interface Entropy {

    /// `count` bytes that nobody can guess.
    byte[] bytes(int count);

    /// The operating system's, for everything but simulations and tests.
    static Entropy secure() {
        return Providers::random;
    }

    default Bytes publicBytes(int count) {
        return Bytes.of(bytes(count));
    }

    default Secret secret(int count) {
        return Secret.owning(bytes(count));
    }

    /// An SPI for an IKE SA, never zero.
    default IkeSpi ikeSpi() {
        long value;
        do {
            value = ByteBuffer.wrap(bytes(8)).getLong();
        } while (value == 0);
        return new IkeSpi(value);
    }

    /// An SPI for an ESP SA, outside the reserved range.
    default Spi espSpi() {
        Spi spi;
        do {
            spi = new Spi(ByteBuffer.wrap(bytes(4)).getInt());
        } while (!spi.isUsable());
        return spi;
    }

    /// A number from 0 up to, and without, 1.
    default double fraction() {
        return (ByteBuffer.wrap(bytes(8)).getLong() >>> 11) * 0x1.0p-53;
    }
}
