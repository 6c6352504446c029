/// Orders, answers and events that cross the control edges, as plain records.
@NullMarked
package ikebana.control;

import org.jspecify.annotations.NullMarked;
