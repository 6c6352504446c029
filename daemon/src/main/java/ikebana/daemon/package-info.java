/// The daemon: reads the settings, puts the parts together, and ends with a sentence.
@NullMarked
package ikebana.daemon;

import org.jspecify.annotations.NullMarked;
