/// The three machines that decide: `Doorman`, `Ledger` and `IkeSa`. No clock, no dice, no socket, no Akka.
@NullMarked
package ikebana.ike;

import org.jspecify.annotations.NullMarked;
