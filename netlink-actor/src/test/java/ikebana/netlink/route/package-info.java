@NullMarked
package ikebana.netlink.route;

import org.jspecify.annotations.NullMarked;
