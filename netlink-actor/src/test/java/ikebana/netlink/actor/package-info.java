@NullMarked
package ikebana.netlink.actor;

import org.jspecify.annotations.NullMarked;
