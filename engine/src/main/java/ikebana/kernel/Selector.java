package ikebana.kernel;

import java.util.Optional;

/// Which packets a policy or an ESP state is about: `struct xfrm_selector`, without what we never use of it. The
/// interface index is always 0: an acquire's is the packet's, and never copied.
///
/// @param protocol an IP protocol number; 0 is any
/// @param greKey empty is any key, and also no key
public record Selector(Prefix source, Prefix destination, int protocol, Optional<GreKey> greKey) {
    /// The IP protocol number of GRE.
    public static final int GRE = 47;

    public Selector {
        if (source.base().isV4() != destination.base().isV4()) {
            throw new IllegalArgumentException("a selector of two families: %s to %s".formatted(source, destination));
        }
    }

    public Selector reversed() {
        return new Selector(destination, source, protocol, greKey);
    }

    @Override
    public String toString() {
        return "%s -> %s proto %d%s"
                .formatted(
                        source,
                        destination,
                        protocol,
                        greKey.map(key -> " key " + key).orElse(""));
    }
}
