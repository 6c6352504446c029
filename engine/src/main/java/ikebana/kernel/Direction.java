package ikebana.kernel;

/// Which way packets go, seen from this host.
public enum Direction {
    IN,
    OUT
}
