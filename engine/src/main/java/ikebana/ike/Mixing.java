package ikebana.ike;

import ikebana.crypto.IkeKeys;

/// How far a post-quantum preshared key (RFC 8784) has got into the keys of an IKE SA.
sealed interface Mixing {
    /// It has no part in them.
    record None() implements Mixing {}

    /// Both ends have said that they have such keys.
    record Agreed() implements Mixing {}

    /// What ours makes of them; whether the peer has the same one is open.
    record Known(IkeKeys keys) implements Mixing {}

    /// It is in the keys.
    record Done() implements Mixing {}
}
