package ikebana.sim;

/// Two hosts, and who begins.
record Pair(Host one, Host other) {
    Pair turned() {
        return new Pair(/* one= */ other, /* other= */ one);
    }
}
