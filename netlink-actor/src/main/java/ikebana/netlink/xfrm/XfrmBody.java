package ikebana.netlink.xfrm;

import ikebana.netlink.codec.NativeWriter;
import ikebana.wire.Secret;

/// The fixed structure that an XFRM message begins with.
public sealed interface XfrmBody
        permits UserAcquire,
                UserExpire,
                UserMapping,
                UserPolicyId,
                UserPolicyInfo,
                UserSaId,
                UserSaInfo,
                UserSpiInfo,
                XfrmBody.None,
                XfrmBody.Raw {
    void encode(NativeWriter out);

    /// A question for everything has no structure, only attributes.
    record None() implements XfrmBody {
        @Override
        public void encode(NativeWriter out) {
            // nothing to write
        }
    }

    /// All of a message whose type means nothing to us.
    record Raw(Secret payload) implements XfrmBody {
        @Override
        public void encode(NativeWriter out) {
            out.secret(payload);
        }
    }
}
