package ikebana.netlink.xfrm;

import ikebana.netlink.codec.NativeReader;
import ikebana.netlink.codec.NativeWriter;
import ikebana.wire.Secret;

/// An integrity algorithm with its key, and how much of its result goes into a packet: `XFRMA_ALG_AUTH_TRUNC`.
///
/// ```
/// struct xfrm_algo_auth {
///     char alg_name[64];             /*  0 */
///     unsigned int alg_key_len;      /* 64, in bits */
///     unsigned int alg_trunc_len;    /* 68, in bits */
///     char alg_key[];                /* 72 */
/// };
/// ```
public record AlgorithmAuth(String name, int truncatedBits, Secret key) implements XfrmAttribute {
    static AlgorithmAuth decode(NativeReader in) {
        var name = in.text(Algorithm.NAME, "integrity name");
        int keyBits = in.i32("integrity key length");
        int truncatedBits = in.i32("integrity truncation");
        return new AlgorithmAuth(name, truncatedBits, in.secret(Algorithm.bytes(keyBits), "integrity key"));
    }

    @Override
    public int type() {
        return AUTHENTICATION_TRUNCATED;
    }

    @Override
    public void encodeValue(NativeWriter out) {
        out.text(name, Algorithm.NAME).i32(key.length() * 8).i32(truncatedBits).secret(key);
    }
}
