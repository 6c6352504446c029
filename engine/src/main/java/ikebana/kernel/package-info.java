/// What we ask of a kernel and what it tells us, as plain records: policies, ESP states, acquires, expires.
@NullMarked
package ikebana.kernel;

import org.jspecify.annotations.NullMarked;
