package ikebana.auth;

import ikebana.wire.Secret;

/// A shared key, and the peers that it is for.
public record PreSharedKey(IdentityPattern remote, Secret value) {}
