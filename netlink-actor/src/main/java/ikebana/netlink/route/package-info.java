/// What rtnetlink tells about this host's links and addresses (include/uapi/linux/rtnetlink.h).
@NullMarked
package ikebana.netlink.route;

import org.jspecify.annotations.NullMarked;
