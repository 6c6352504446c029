/// Netlink itself: message headers and attributes, in the byte order of this machine.
@NullMarked
package ikebana.netlink.codec;

import org.jspecify.annotations.NullMarked;
