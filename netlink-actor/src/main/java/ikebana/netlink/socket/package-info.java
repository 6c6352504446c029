/// The only native code: netlink sockets by the Foreign Function interface.
@NullMarked
package ikebana.netlink.socket;

import org.jspecify.annotations.NullMarked;
