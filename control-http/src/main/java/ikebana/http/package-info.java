/// HTTP and JSON on a Unix socket: translates orders and answers, and decides nothing.
@NullMarked
package ikebana.http;

import org.jspecify.annotations.NullMarked;
