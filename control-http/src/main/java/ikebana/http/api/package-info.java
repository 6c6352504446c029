/// The documents of the HTTP interface (docs/control.md). They are a contract: the engine's records may change, these
/// only grow.
@NullMarked
package ikebana.http.api;

import org.jspecify.annotations.NullMarked;
