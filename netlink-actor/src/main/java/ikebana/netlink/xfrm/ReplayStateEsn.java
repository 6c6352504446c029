package ikebana.netlink.xfrm;

import ikebana.netlink.codec.MalformedNetlink;
import ikebana.netlink.codec.NativeReader;
import ikebana.netlink.codec.NativeWriter;
import ikebana.wire.Bytes;

/// Sequence numbers and a replay window of any size: `XFRMA_REPLAY_ESN_VAL`. Without `XFRM_STATE_ESN` in the state's
/// flags the numbers have 32 bits all the same, and only the window is large.
///
/// ```
/// struct xfrm_replay_state_esn {
///     unsigned int bmp_len;           /*  0, how many words bmp has */
///     __u32 oseq, seq;                /*  4 */
///     __u32 oseq_hi, seq_hi;          /* 12 */
///     __u32 replay_window;            /* 20, in packets */
///     __u32 bmp[];                    /* 24 */
/// };
/// ```
public record ReplayStateEsn(int outLow, int inLow, int outHigh, int inHigh, int replayWindow, Bytes bitmap)
        implements XfrmAttribute {
    /// XFRMA_REPLAY_ESN_MAX.
    public static final int LARGEST_WINDOW = 4096;

    /// Fresh numbers and a window of so many packets.
    static ReplayStateEsn ofWindow(int packets) {
        return new ReplayStateEsn(0, 0, 0, 0, packets, Bytes.of(new byte[(packets + 31) / 32 * 4]));
    }

    static ReplayStateEsn decode(NativeReader in) {
        int words = in.i32("bmp_len");
        if (words < 0 || words > LARGEST_WINDOW / 32) throw new MalformedNetlink("bmp_len %d".formatted(words));
        return new ReplayStateEsn(
                in.i32("oseq"),
                in.i32("seq"),
                in.i32("oseq_hi"),
                in.i32("seq_hi"),
                in.i32("replay_window"),
                in.bytes(words * 4, "bmp"));
    }

    @Override
    public int type() {
        return REPLAY_ESN;
    }

    @Override
    public void encodeValue(NativeWriter out) {
        out.i32(bitmap.length() / 4)
                .i32(outLow)
                .i32(inLow)
                .i32(outHigh)
                .i32(inHigh)
                .i32(replayWindow)
                .bytes(bitmap);
    }
}
