/// The actor that stands for the Linux kernel of this network namespace.
@NullMarked
package ikebana.netlink.actor;

import org.jspecify.annotations.NullMarked;
