package ikebana.tunnel;

import ikebana.auth.Inquiry;
import ikebana.crypto.Revocation.Status;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/// Asks others about certificates, on threads of its own.
@FunctionalInterface
public interface Inquirer {

    /// Comes within a bounded time, and does not fail: what is not answered is [Status.Unknown].
    CompletionStage<Map<Inquiry, Status>> ask(List<Inquiry> inquiries);
}
