package ikebana.auth;

import ikebana.crypto.IkeKeys;
import ikebana.wire.Bytes;
import ikebana.wire.Certificate;
import java.util.List;

/// What the keeper of the keys answers to a [Question].
public sealed interface Verdict {

    /// @param method an authentication method of RFC 7296 3.8
    /// @param certificates that the peer needs to verify it, ours first
    record Signed(int method, Bytes data, List<Certificate> certificates) implements Verdict {
        public Signed {
            certificates = List.copyOf(certificates);
        }
    }

    /// @param keys that share with those of the question what protects messages
    record Mixed(IkeKeys keys) implements Verdict {}

    record Proven(Authenticated peer) implements Verdict {}

    /// @param why for our own log; the peer learns only that it failed
    record Refused(String why) implements Verdict {}
}
