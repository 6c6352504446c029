package ikebana.crypto;

import ikebana.wire.Bytes;
import ikebana.wire.Secret;

/// One side's half of a key exchange. Close the private value as soon as the exchange is over: a copy that is kept
/// undoes forward secrecy (RFC 7296 2.12).
///
/// @param publicValue the key exchange data as it goes on the wire
/// @param privateValue in the form that its [KeyExchangeMethod] made it
public record KeyPair(Bytes publicValue, Secret privateValue) {}
