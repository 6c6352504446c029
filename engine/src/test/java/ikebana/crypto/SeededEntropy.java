package ikebana.crypto;

import java.util.SplittableRandom;

/// Entropy that a seed replays. For tests.
public final class SeededEntropy implements Entropy {
    private final SplittableRandom dice;

    public SeededEntropy(long seed) {
        dice = new SplittableRandom(seed);
    }

    @Override
    public byte[] bytes(int count) {
        var bytes = new byte[count];
        dice.nextBytes(bytes);
        return bytes;
    }
}
