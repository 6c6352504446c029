package ikebana.ike;

import ikebana.wire.Bytes;

/// An IKE message and its way, without the non-ESP marker, which is the socket's affair.
public record Datagram(Path path, Bytes bytes) {}
