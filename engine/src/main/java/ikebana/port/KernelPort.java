package ikebana.port;

import akka.actor.typed.ActorRef;
import ikebana.kernel.Notice;
import ikebana.kernel.Reply;
import ikebana.kernel.Request;

/// The protocol of whoever stands for the kernel: the netlink actor, or the kernel in memory.
public final class KernelPort {
    private KernelPort() {}

    public sealed interface Command {}

    /// What only one of those who stand for the kernel understands.
    public non-sealed interface Own extends Command {}

    /// Asks, and is [Answered] once with the same ticket.
    public record Ask(long ticket, Request request, ActorRef<Answered> replyTo) implements Command {}

    /// From now on every notice goes to `listener`, first of all a [Notice.Resynchronised]. One listener at a time.
    public record Listen(ActorRef<Notice> listener) implements Command {}

    public record Answered(long ticket, Reply reply) {}
}
