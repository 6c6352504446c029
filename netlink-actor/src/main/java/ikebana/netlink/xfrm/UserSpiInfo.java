package ikebana.netlink.xfrm;

import ikebana.netlink.codec.NativeReader;
import ikebana.netlink.codec.NativeWriter;

/// Asks for an SPI, 232 bytes.
///
/// ```
/// struct xfrm_userspi_info {
///     struct xfrm_usersa_info info;    /*   0 */
///     __u32 min;                       /* 224 */
///     __u32 max;                       /* 228 */
/// };
/// ```
///
/// @param lowest in the machine's own byte order, unlike every other SPI here
public record UserSpiInfo(UserSaInfo info, int lowest, int highest) implements XfrmBody {
    static UserSpiInfo decode(NativeReader in) {
        return new UserSpiInfo(UserSaInfo.decode(in), in.i32("spi min"), in.i32("spi max"));
    }

    @Override
    public void encode(NativeWriter out) {
        info.encode(out);
        out.i32(lowest).i32(highest);
    }
}
