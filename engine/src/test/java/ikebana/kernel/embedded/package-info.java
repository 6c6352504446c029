/// Stories about the kernel in memory, one for each thing that Linux does.
@NullMarked
package ikebana.kernel.embedded;

import org.jspecify.annotations.NullMarked;
