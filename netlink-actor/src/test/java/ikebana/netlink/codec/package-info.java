@NullMarked
package ikebana.netlink.codec;

import org.jspecify.annotations.NullMarked;
