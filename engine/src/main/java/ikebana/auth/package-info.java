/// Who a peer is: identities, profiles, and the octets that AUTH signs (RFC 7296 2.15).
@NullMarked
package ikebana.auth;

import org.jspecify.annotations.NullMarked;
