package ikebana.ike;

import ikebana.wire.UdpAddress;

/// Between which two sockets datagrams go, seen from here.
public record Path(UdpAddress local, UdpAddress remote) {
    @Override
    public String toString() {
        return local + " -> " + remote;
    }
}
