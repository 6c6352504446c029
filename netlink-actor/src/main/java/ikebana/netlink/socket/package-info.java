/// Netlink sockets. The only package that calls native code, in its one class `Libc`.
@NullMarked
package ikebana.netlink.socket;

import org.jspecify.annotations.NullMarked;
