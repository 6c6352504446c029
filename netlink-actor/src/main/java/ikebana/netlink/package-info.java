/// The Linux kernel behind the engine's requests: what to ask netlink, and what its answers mean.
@NullMarked
package ikebana.netlink;

import org.jspecify.annotations.NullMarked;
