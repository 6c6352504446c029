package ikebana.tunnel;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.SupervisorStrategy;
import akka.actor.typed.javadsl.AbstractOnMessageBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import ikebana.auth.Credentials;
import ikebana.auth.Inquiry;
import ikebana.auth.Opinion;
import ikebana.auth.Question;
import ikebana.auth.Verdict;
import ikebana.crypto.Revocation.Status;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps the keys: it signs and verifies, and hands out none. It looks now and then whether there are newer ones, which
/// count from the next IKE SA on, and tells once a day what ends soon. What others know about certificates is asked
/// elsewhere; nobody waits here.
public final class CredentialsActor extends AbstractOnMessageBehavior<CredentialsActor.Command> {

    public sealed interface Command {}

    /// Is [Answered] once, with the same ticket.
    public record Ask(long ticket, Question question, ActorRef<Answered> replyTo) implements Command {}

    private enum Look implements Command {
        INSTANCE
    }

    /// @param newer empty when nothing has changed, or what is there cannot be used
    private record Looked(Optional<Credentials> newer) implements Command {}

    /// Others have answered.
    private record Said(long ticket, Opinion.Open opinion, Map<Inquiry, Status> said, ActorRef<Answered> replyTo)
            implements Command {}

    public record Answered(long ticket, Verdict verdict) {}

    /// @param every how often newer ones are looked for
    /// @param notice how long before its end something is told of
    /// @param newer runs on a thread of its own, and says itself what is wrong with what it finds
    public record Renewal(Duration every, Duration notice, Supplier<Optional<Credentials>> newer) {}

    private static final Logger LOG = LoggerFactory.getLogger(CredentialsActor.class);
    private static final Duration A_DAY = Duration.ofDays(1);

    /// It goes on with the next question, and with the keys that it began with or found last.
    ///
    /// @param timeOfDay by which certificates end
    public static Behavior<Command> create(
            Credentials credentials, InstantSource timeOfDay, Renewal renewal, Inquirer inquirer) {
        return create(
                credentials,
                timeOfDay,
                renewal,
                inquirer,
                task -> Thread.ofVirtual().name("keys").start(task));
    }

    /// @param threads for the disk
    static Behavior<Command> create(
            Credentials credentials, InstantSource timeOfDay, Renewal renewal, Inquirer inquirer, Executor threads) {
        return Behaviors.supervise(Behaviors.<Command>setup(context -> Behaviors.withTimers(timers ->
                        new CredentialsActor(context, timers, credentials, timeOfDay, renewal, inquirer, threads))))
                .onFailure(SupervisorStrategy.resume());
    }

    private final InstantSource timeOfDay;
    private final Renewal renewal;
    private final Inquirer inquirer;
    private final Executor threads;
    private Credentials credentials;
    private Instant toldAt = Instant.MIN;

    private CredentialsActor(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            Credentials credentials,
            InstantSource timeOfDay,
            Renewal renewal,
            Inquirer inquirer,
            Executor threads) {
        super(context);
        this.inquirer = inquirer;
        this.credentials = credentials;
        this.timeOfDay = timeOfDay;
        this.renewal = renewal;
        this.threads = threads;
        tellWhatEnds();
        timers.startTimerWithFixedDelay(Look.INSTANCE, renewal.every());
    }

    @Override
    public Behavior<Command> onMessage(Command command) {
        switch (command) {
            case Ask(var ticket, var question, var replyTo) ->
                settle(ticket, credentials.consider(question, timeOfDay.instant()), replyTo);
            case Said(var ticket, var opinion, var said, var replyTo) ->
                settle(ticket, opinion.settled(said, timeOfDay.instant()), replyTo);
            case Look.INSTANCE -> look();
            case Looked(var newer) -> take(newer);
        }
        return this;
    }

    private void settle(long ticket, Opinion opinion, ActorRef<Answered> replyTo) {
        switch (opinion) {
            case Opinion.Settled(var verdict) -> replyTo.tell(new Answered(ticket, verdict));
            case Opinion.Open open ->
                getContext().pipeToSelf(inquirer.ask(open.inquiries()), (said, failure) -> {
                    if (failure == null) return new Said(ticket, open, said, replyTo);
                    LOG.error("others were not asked about a certificate, by a bug of Ikebana's", failure);
                    return new Said(ticket, open, Map.of(), replyTo);
                });
        }
    }

    private void look() {
        getContext().pipeToSelf(CompletableFuture.supplyAsync(renewal.newer(), threads), (newer, failure) -> {
            if (failure == null) return new Looked(newer);
            LOG.error("keys are not read anew, by a bug of Ikebana's", failure);
            return new Looked(Optional.empty());
        });
    }

    private void take(Optional<Credentials> newer) {
        if (newer.isPresent()) {
            credentials = newer.get();
            toldAt = Instant.MIN;
            LOG.info("the keys have been read anew; tunnels that stand are not touched");
        }
        tellWhatEnds();
    }

    private void tellWhatEnds() {
        var now = timeOfDay.instant();
        if (now.minus(A_DAY).isBefore(toldAt)) return;
        toldAt = now;
        credentials.warnings(now, renewal.notice()).forEach(LOG::warn);
    }
}
