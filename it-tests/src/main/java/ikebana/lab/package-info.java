/// What the lab's scenarios need beside the daemons: programs that no user runs.
@NullMarked
package ikebana.lab;

import org.jspecify.annotations.NullMarked;
