package ikebana.netlink.xfrm;

import ikebana.netlink.codec.NativeReader;
import ikebana.netlink.codec.NativeWriter;

/// A state has reached a limit, 232 bytes.
///
/// ```
/// struct xfrm_user_expire {
///     struct xfrm_usersa_info state;    /*   0 */
///     __u8 hard;                        /* 224, then 7 of padding */
/// };
/// ```
public record UserExpire(UserSaInfo state, int hard) implements XfrmBody {
    static UserExpire decode(NativeReader in) {
        var state = UserSaInfo.decode(in);
        int hard = in.u8("expire hard");
        in.skip(7, "expire padding");
        return new UserExpire(state, hard);
    }

    @Override
    public void encode(NativeWriter out) {
        state.encode(out);
        out.u8(hard).zeros(7);
    }
}
