/// A kernel in memory, for the demo and the simulator: the same records, a pure step machine.
@NullMarked
package ikebana.kernel.embedded;

import org.jspecify.annotations.NullMarked;
