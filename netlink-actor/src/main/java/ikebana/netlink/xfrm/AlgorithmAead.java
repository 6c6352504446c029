package ikebana.netlink.xfrm;

import ikebana.netlink.codec.NativeReader;
import ikebana.netlink.codec.NativeWriter;
import ikebana.wire.Secret;

/// An AEAD algorithm with its key and salt: `XFRMA_ALG_AEAD`.
///
/// ```
/// struct xfrm_algo_aead {
///     char alg_name[64];           /*  0 */
///     unsigned int alg_key_len;    /* 64, in bits, with the salt */
///     unsigned int alg_icv_len;    /* 68, in bits */
///     char alg_key[];              /* 72 */
/// };
/// ```
public record AlgorithmAead(String name, int icvBits, Secret key) implements XfrmAttribute {
    static AlgorithmAead decode(NativeReader in) {
        var name = in.text(Algorithm.NAME, "AEAD name");
        int keyBits = in.i32("AEAD key length");
        int icvBits = in.i32("AEAD ICV length");
        return new AlgorithmAead(name, icvBits, in.secret(Algorithm.bytes(keyBits), "AEAD key"));
    }

    @Override
    public int type() {
        return AEAD;
    }

    @Override
    public void encodeValue(NativeWriter out) {
        out.text(name, Algorithm.NAME).i32(key.length() * 8).i32(icvBits).secret(key);
    }
}
