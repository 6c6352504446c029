/// What runs on the lab's kernel rather than in unit tests: it needs root, ESP and GRE.
@NullMarked
package ikebana.netlink.lab;

import org.jspecify.annotations.NullMarked;
