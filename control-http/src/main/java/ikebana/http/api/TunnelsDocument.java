package ikebana.http.api;

import java.util.List;

/// All tunnels.
public record TunnelsDocument(List<TunnelDocument> tunnels) {
    public TunnelsDocument {
        tunnels = List.copyOf(tunnels);
    }
}
