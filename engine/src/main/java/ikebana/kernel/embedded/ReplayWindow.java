package ikebana.kernel.embedded;

import java.math.BigInteger;

/// Which sequence numbers of an inbound ESP state were seen (RFC 4303 3.4.3, appendix A).
///
/// @param size how many numbers it spans; 0 takes everything
/// @param highest that was authentic; 0 before the first
/// @param seen bit n stands for `highest - n`
record ReplayWindow(int size, long highest, BigInteger seen) {
    /// What Linux takes: XFRMA_REPLAY_ESN_MAX.
    static final int LARGEST = 4096;

    static ReplayWindow of(int size) {
        return new ReplayWindow(size, 0, BigInteger.ZERO);
    }

    /// All 64 bits of an extended sequence number, of which a packet carries the low half (RFC 4303 A2.2).
    long complete(int low) {
        long high = highest >> 32;
        long bottom = highest - size + 1;
        // where the window spans two subspaces, a low half at or above its bottom is of the older one
        boolean spansTwo = (highest & 0xffff_ffffL) < size - 1L;
        boolean fromBottomOn = Integer.compareUnsigned(low, (int) bottom) >= 0;
        if (spansTwo && fromBottomOn) high--;
        if (!spansTwo && !fromBottomOn) high++;
        return high << 32 | Integer.toUnsignedLong(low);
    }

    /// Whether a packet of this number may still be taken.
    boolean accepts(long sequence) {
        if (size == 0) return true;
        if (sequence == 0) return false; // RFC 4303 3.3.3: the first is 1
        long behind = highest - sequence;
        return behind < 0 || (behind < size && !seen.testBit((int) behind));
    }

    /// After a packet of this number was found authentic.
    ReplayWindow with(long sequence) {
        if (size == 0) return this;
        long ahead = sequence - highest;
        if (ahead <= 0) return new ReplayWindow(size, highest, seen.setBit((int) -ahead));
        var kept = ahead >= size ? BigInteger.ZERO : seen.shiftLeft((int) ahead).and(mask());
        return new ReplayWindow(size, sequence, kept.setBit(0));
    }

    private BigInteger mask() {
        return BigInteger.ONE.shiftLeft(size).subtract(BigInteger.ONE);
    }
}
