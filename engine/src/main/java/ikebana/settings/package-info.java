/// Typed records read once from HOCON. The only package that sees Typesafe Config.
@NullMarked
package ikebana.settings;

import org.jspecify.annotations.NullMarked;
