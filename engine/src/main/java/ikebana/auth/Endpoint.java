package ikebana.auth;

import ikebana.wire.IpAddress;

/// The name of a tunnel: one profile, one address of ours, one of the peer's. The peer's UDP port is state, not name.
public record Endpoint(String profile, IpAddress local, IpAddress remote) {
    @Override
    public String toString() {
        return "%s %s -> %s".formatted(profile, local, remote);
    }
}
