package ikebana.http.api;

import java.util.List;

/// All tunnels.
public record TunnelsDocument(List<TunnelDocument> tunnels) implements Document {
    public TunnelsDocument {
        tunnels = List.copyOf(tunnels);
    }
}
