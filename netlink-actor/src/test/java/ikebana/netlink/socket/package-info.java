@NullMarked
package ikebana.netlink.socket;

import org.jspecify.annotations.NullMarked;
