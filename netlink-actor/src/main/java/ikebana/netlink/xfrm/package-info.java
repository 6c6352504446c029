/// XFRM over netlink: a record per structure of include/uapi/linux/xfrm.h, the messages they make, and the translation
/// between those and what the engine says ([ikebana.netlink.xfrm.ToKernel], [ikebana.netlink.xfrm.FromKernel]).
@NullMarked
package ikebana.netlink.xfrm;

import org.jspecify.annotations.NullMarked;
