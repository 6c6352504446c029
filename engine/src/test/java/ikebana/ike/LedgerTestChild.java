package ikebana.ike;

import ikebana.crypto.Encryption;
import ikebana.crypto.EspSuite;
import ikebana.kernel.Direction;
import ikebana.kernel.Lifetime;
import ikebana.kernel.Prefix;
import ikebana.kernel.Selector;
import ikebana.kernel.State;
import ikebana.kernel.StateId;
import ikebana.wire.IpAddress;
import ikebana.wire.Secret;
import ikebana.wire.Spi;
import java.util.List;
import java.util.Optional;

/// A child whose details do not matter to the ledger.
final class LedgerTestChild {
    /// The states of different numbers have different names.
    static Child of(int number) {
        return new Child(state(2 * number, Direction.IN), state(2 * number + 1, Direction.OUT));
    }

    /// Their names, as the ledger hears of them.
    static List<StateId> states(int number) {
        var child = of(number);
        return List.of(child.outbound().id(), child.inbound().id());
    }

    private LedgerTestChild() {}

    private static State state(int number, Direction direction) {
        var address = IpAddress.of("192.0.2.1");
        return new State(
                new StateId(new Spi(0x1000 + number), address),
                address,
                direction,
                7,
                new Selector(Prefix.host(address), Prefix.host(address), Selector.GRE, Optional.empty()),
                new EspSuite(Encryption.AES_GCM_16_256, Optional.empty(), false),
                Secret.EMPTY,
                Secret.EMPTY,
                Optional.empty(),
                0,
                0,
                Lifetime.UNLIMITED);
    }
}
