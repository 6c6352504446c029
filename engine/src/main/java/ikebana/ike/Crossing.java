package ikebana.ike;

/// Of two IKE SAs of one endpoint that both carry traffic, which one goes (docs/decisions/0006).
///
/// @param atOnce whether they were made at the same time, one by each end; else the winner is the loser's successor
record Crossing(Standing winner, Standing loser, boolean atOnce) {

    static Crossing of(Standing one, Standing other) {
        boolean oneIsLater = one.carrying().orElseThrow().place()
                > other.carrying().orElseThrow().place();
        var later = oneIsLater ? one : other;
        var earlier = oneIsLater ? other : one;
        boolean atOnce = later.crosses(earlier);
        return atOnce && loses(later, earlier)
                ? new Crossing(earlier, later, true)
                : new Crossing(later, earlier, atOnce);
    }

    /// RFC 7296 2.8.1, for whole IKE SAs: the one with the lowest nonce goes, and both ends see the same nonces. But a
    /// stranger that hears INITIAL_CONTACT may drop its own SA without a word: then that one loses.
    private static boolean loses(Standing one, Standing other) {
        boolean told = !one.kin() && (one.contact() || other.contact());
        return told ? other.contact() : one.lowestNonce().compareTo(other.lowestNonce()) < 0;
    }

    /// RFC 7296 2.8.1: whoever created the loser deletes it; and of two Ikebanas both know who has lost. A stranger
    /// decides by a rule of its own.
    boolean isOursToEnd() {
        return atOnce && loser.kin() && loser.initiator();
    }

    /// We have made the winner to follow the loser (RFC 7296 2.8.3).
    boolean isOurSuccessor() {
        return !atOnce && winner.initiator();
    }
}
