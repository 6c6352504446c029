/// The bytes of netlink (RFC 3549 2.2): messages, attributes, acknowledgements, in the machine's own byte order.
@NullMarked
package ikebana.netlink.codec;

import org.jspecify.annotations.NullMarked;
