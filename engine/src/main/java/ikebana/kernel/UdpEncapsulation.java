package ikebana.kernel;

/// ESP inside UDP (RFC 3948): the ports on the wire, from source to destination of the state.
public record UdpEncapsulation(int sourcePort, int destinationPort) {}
