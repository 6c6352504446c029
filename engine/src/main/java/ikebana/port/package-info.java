/// The protocols between the engine and its edges: the plain records plus a ticket and a `replyTo`.
@NullMarked
package ikebana.port;

import org.jspecify.annotations.NullMarked;
