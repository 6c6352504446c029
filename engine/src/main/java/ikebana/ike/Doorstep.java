package ikebana.ike;

import ikebana.wire.IkeSpi;
import ikebana.wire.IpAddress;
import java.util.Collection;
import java.util.Optional;
import org.pcollections.HashTreePMap;
import org.pcollections.HashTreePSet;
import org.pcollections.OrderedPSet;
import org.pcollections.PMap;
import org.pcollections.PSet;

/// Who stands at the door: the half-open IKE SAs, and whose addresses are known.
///
/// @param begun the responders' SAs that nobody has authenticated yet
/// @param sources those that have shown a cookie, by the address that so is known to be theirs
/// @param known from where somebody has authenticated; who did so last is the last
record Doorstep(PMap<Caller, IkeSpi> begun, PMap<IpAddress, PSet<Caller>> sources, OrderedPSet<IpAddress> known) {
    /// More than a hub has spokes; some ten megabytes when it is full.
    static final int MOST_KNOWN = 65_536;

    static final Doorstep NOBODY = new Doorstep(HashTreePMap.empty(), HashTreePMap.empty(), OrderedPSet.empty());

    int halfOpen() {
        return begun.size();
    }

    Optional<IkeSpi> spiOf(Caller caller) {
        return Optional.ofNullable(begun.get(caller));
    }

    /// How many of those that have shown a cookie are of this address.
    int begunBy(IpAddress source) {
        return of(source).size();
    }

    private PSet<Caller> of(IpAddress source) {
        return sources.getOrDefault(source, HashTreePSet.empty());
    }

    boolean knows(IpAddress source) {
        return known.contains(source);
    }

    /// @param shown whether it has shown a cookie
    Doorstep entered(Caller caller, IkeSpi spi, boolean shown) {
        var source = caller.source();
        return new Doorstep(
                begun.plus(caller, spi), shown ? sources.plus(source, of(source).plus(caller)) : sources, known);
    }

    /// It is half-open no longer.
    Doorstep settled(Caller caller, IkeSpi spi) {
        // its first message may have come again after it had settled, and begun another SA: that one stays
        if (!spi.equals(begun.get(caller))) return this;
        var source = caller.source();
        var left = of(source).minus(caller);
        return new Doorstep(
                begun.minus(caller), left.isEmpty() ? sources.minus(source) : sources.plus(source, left), known);
    }

    /// Somebody has authenticated there.
    Doorstep knowing(Collection<IpAddress> addresses) {
        var more = known;
        for (var address : addresses) {
            var source = Caller.source(address);
            more = more.minus(source).plus(source);
            if (more.size() > MOST_KNOWN) more = more.minus(more.iterator().next());
        }
        return new Doorstep(begun, sources, more);
    }
}
