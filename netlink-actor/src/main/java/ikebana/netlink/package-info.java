/// The Linux kernel as Ikebana sees it, over netlink.
@NullMarked
package ikebana.netlink;

import org.jspecify.annotations.NullMarked;
