/// Algorithms and key derivation. The only package that names a cryptographic provider.
@NullMarked
package ikebana.crypto;

import org.jspecify.annotations.NullMarked;
