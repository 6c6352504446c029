package ikebana.auth;

import ikebana.wire.Bytes;

/// What the keeper of the keys answers to a [Question].
public sealed interface Verdict {

    /// @param method an authentication method of RFC 7296 3.8
    record Signed(int method, Bytes data) implements Verdict {}

    record Proven(Authenticated peer) implements Verdict {}

    /// @param why for our own log; the peer learns only that it failed
    record Refused(String why) implements Verdict {}
}
