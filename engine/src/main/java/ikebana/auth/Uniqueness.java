package ikebana.auth;

/// What becomes of a peer's tunnel when the same identity dials us from another address. At one address there is one
/// tunnel in any case.
public enum Uniqueness {
    /// The old one is taken down, and `gone` is heard before the new one stands.
    REPLACE,
    /// The new one is refused while the old one's peer lives.
    KEEP,
    /// Nothing: names are not compared.
    NEVER
}
