/// The bytes of IKEv2: bounds-checked reading, writing, and one record per payload of RFC 7296 section 3.
@NullMarked
package ikebana.wire;

import org.jspecify.annotations.NullMarked;
