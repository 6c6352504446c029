package ikebana.auth;

import ikebana.crypto.Revocation.Status;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

/// What the keeper of the keys thinks of a [Question]: mostly a verdict, sometimes that others should be asked.
public sealed interface Opinion {

    record Settled(Verdict verdict) implements Opinion {}

    /// The peer has proven itself, and whether its certificates were taken back is for others to say.
    final class Open implements Opinion {
        private final List<Inquiry> inquiries;
        private final BiFunction<Map<Inquiry, Status>, Instant, Opinion> settle;

        Open(List<Inquiry> inquiries, BiFunction<Map<Inquiry, Status>, Instant, Opinion> settle) {
            this.inquiries = List.copyOf(inquiries);
            this.settle = settle;
        }

        public List<Inquiry> inquiries() {
            return inquiries;
        }

        /// @param said of each inquiry; one that is missing has no answer
        public Opinion settled(Map<Inquiry, Status> said, Instant at) {
            return settle.apply(said, at);
        }
    }
}
