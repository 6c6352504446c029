/// The actor that stands for a Linux kernel.
@NullMarked
package ikebana.netlink.actor;

import org.jspecify.annotations.NullMarked;
