package ikebana.port;

import akka.actor.typed.ActorRef;
import ikebana.control.Answer;
import ikebana.control.Order;

/// The protocol of the control edges: an order, and one answer.
public final class ControlPort {
    private ControlPort() {}

    public record Give(Order order, ActorRef<Answer> replyTo) {}
}
