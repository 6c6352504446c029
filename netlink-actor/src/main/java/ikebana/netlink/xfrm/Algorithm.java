package ikebana.netlink.xfrm;

import ikebana.netlink.codec.NativeReader;
import ikebana.netlink.codec.NativeWriter;
import ikebana.wire.Secret;

/// An encryption algorithm with its key (`XFRMA_ALG_CRYPT`), or an integrity algorithm that does not say how far its
/// result is cut (`XFRMA_ALG_AUTH`; the kernel lists it beside [AlgorithmAuth], for old programs).
///
/// ```
/// struct xfrm_algo {
///     char alg_name[64];           /*  0 */
///     unsigned int alg_key_len;    /* 64, in bits */
///     char alg_key[];              /* 68 */
/// };
/// ```
///
/// @param type which of the two
public record Algorithm(int type, String name, Secret key) implements XfrmAttribute {
    static final int NAME = 64;

    static Algorithm encryption(String name, Secret key) {
        return new Algorithm(ENCRYPTION, name, key);
    }

    static Algorithm decode(int type, NativeReader in) {
        var name = in.text(NAME, "algorithm name");
        return new Algorithm(type, name, in.secret(bytes(in.i32("algorithm key length")), "algorithm key"));
    }

    @Override
    public void encodeValue(NativeWriter out) {
        out.text(name, NAME).i32(key.length() * 8).secret(key);
    }

    /// How many bytes hold that many bits; for a length that no key can have, more than any attribute has.
    static int bytes(int bits) {
        return bits < 0 ? Integer.MAX_VALUE : (int) ((bits + 7L) / 8);
    }
}
