package ikebana.tunnel;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.SupervisorStrategy;
import akka.actor.typed.javadsl.AbstractOnMessageBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import ikebana.auth.Credentials;
import ikebana.auth.Question;
import ikebana.auth.Verdict;
import java.time.InstantSource;

/// Keeps the keys: it signs and verifies, and hands out none.
public final class CredentialsActor extends AbstractOnMessageBehavior<CredentialsActor.Ask> {

    /// Is [Answered] once, with the same ticket.
    public record Ask(long ticket, Question question, ActorRef<Answered> replyTo) {}

    public record Answered(long ticket, Verdict verdict) {}

    /// It has no state that a failure could spoil: it goes on with the next question.
    ///
    /// @param timeOfDay by which certificates end
    public static Behavior<Ask> create(Credentials credentials, InstantSource timeOfDay) {
        return Behaviors.supervise(
                        Behaviors.<Ask>setup(context -> new CredentialsActor(context, credentials, timeOfDay)))
                .onFailure(SupervisorStrategy.resume());
    }

    private final Credentials credentials;
    private final InstantSource timeOfDay;

    private CredentialsActor(ActorContext<Ask> context, Credentials credentials, InstantSource timeOfDay) {
        super(context);
        this.credentials = credentials;
        this.timeOfDay = timeOfDay;
    }

    @Override
    public Behavior<Ask> onMessage(Ask ask) {
        ask.replyTo().tell(new Answered(ask.ticket(), credentials.answer(ask.question(), timeOfDay.instant())));
        return this;
    }
}
