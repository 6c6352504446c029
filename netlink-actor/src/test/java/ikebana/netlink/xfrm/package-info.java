@NullMarked
package ikebana.netlink.xfrm;

import org.jspecify.annotations.NullMarked;
