/// The kernel structs of XFRM, and the translation of our plain records to and from them.
@NullMarked
package ikebana.netlink.xfrm;

import org.jspecify.annotations.NullMarked;
