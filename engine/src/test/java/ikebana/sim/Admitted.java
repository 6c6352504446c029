package ikebana.sim;

import ikebana.auth.Endpoint;
import ikebana.ike.Ledger.Happening;
import ikebana.wire.IkeSpi;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// The IKE SAs of one life of a daemon that have passed the gate and have not ended, with children or without: `gone`
/// is told when the last one of a peer has ended, and not before.
final class Admitted {
    private final Map<IkeSpi, Endpoint> standing = new HashMap<>();

    void passes(IkeSpi spi, Endpoint endpoint) {
        standing.put(spi, endpoint);
    }

    /// @return whose it was, if another one stands there
    Optional<Endpoint> hears(Happening happening) {
        if (happening instanceof Happening.Finished(var spi, var _, var _)) return ends(spi);
        return happening instanceof Happening.Failed(var spi) ? ends(spi) : Optional.empty();
    }

    private Optional<Endpoint> ends(IkeSpi spi) {
        return Optional.ofNullable(standing.remove(spi)).filter(standing::containsValue);
    }

    void gone(Endpoint endpoint) {
        Rules.check(!standing.containsValue(endpoint), "`gone` while another IKE SA with that peer stands");
    }
}
