/// The actors: they perform what the machines decide.
@NullMarked
package ikebana.tunnel;

import org.jspecify.annotations.NullMarked;
