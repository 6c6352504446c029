@NullMarked
package ikebana.netlink;

import org.jspecify.annotations.NullMarked;
