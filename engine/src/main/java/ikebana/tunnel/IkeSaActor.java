package ikebana.tunnel;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.SupervisorStrategy;
import akka.actor.typed.javadsl.AbstractOnMessageBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import ikebana.ike.Datagram;
import ikebana.ike.Dial;
import ikebana.ike.Effect;
import ikebana.ike.IkeSa;
import ikebana.ike.Input;
import ikebana.ike.Ledger.Happening;
import ikebana.ike.Path;
import ikebana.ike.SaState;
import ikebana.ike.Step;
import ikebana.ike.Ticket;
import ikebana.port.KernelPort;
import ikebana.settings.IkeSettings;
import ikebana.wire.IkeSpi;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.Supplier;

/// One IKE SA: turns messages into inputs of the core, and the core's effects into messages. It decides nothing.
public final class IkeSaActor extends AbstractOnMessageBehavior<IkeSaActor.Command> {

    public sealed interface Command {}

    /// Something has happened to this SA.
    public record Happened(Input input) implements Command {}

    private record KernelAnswered(KernelPort.Answered answered) implements Command {}

    private record Judged(CredentialsActor.Answered answered) implements Command {}

    private enum Woke implements Command {
        INSTANCE
    }

    /// Whom an IKE SA talks to.
    ///
    /// @param registry hears what concerns the endpoint, and that this SA has retired
    public record Surroundings(
            IkeSa machine,
            IkeSettings settings,
            InstantSource clock,
            ActorRef<CredentialsActor.Ask> credentials,
            ActorRef<UdpEndpoint.Command> network,
            ActorRef<KernelPort.Command> kernel,
            ActorRef<TunnelRegistry.Command> registry) {}

    /// A core that threw is in a state nobody understands: it stops. A fresh state would desynchronise the peers; the
    /// registry watches, and removes what was installed.
    public static Behavior<Command> dialling(IkeSpi spi, Path path, Dial dial, Surroundings with) {
        return create(
                spi,
                with,
                () -> with.machine().dial(spi, path, dial, with.clock().instant()));
    }

    public static Behavior<Command> answering(IkeSpi spi, Datagram request, Surroundings with) {
        return create(
                spi,
                with,
                () -> with.machine().answer(spi, request, with.clock().instant()));
    }

    private static Behavior<Command> create(IkeSpi spi, Surroundings with, Supplier<Step<SaState, Effect>> first) {
        // the first step runs in the new actor: what a stranger's message may break is that actor alone
        return Behaviors.supervise(Behaviors.<Command>setup(context ->
                        Behaviors.withTimers(timers -> new IkeSaActor(context, timers, spi, with, first.get()))))
                .onFailure(SupervisorStrategy.stop());
    }

    private final TimerScheduler<Command> timers;
    private final IkeSpi spi;
    private final Surroundings with;
    private final ActorRef<KernelPort.Answered> kernelAnswers;
    private final ActorRef<CredentialsActor.Answered> verdicts;
    private SaState state;
    private boolean retired;

    private IkeSaActor(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            IkeSpi spi,
            Surroundings with,
            Step<SaState, Effect> first) {
        super(context);
        this.timers = timers;
        this.spi = spi;
        this.with = with;
        this.kernelAnswers = context.messageAdapter(KernelPort.Answered.class, KernelAnswered::new);
        this.verdicts = context.messageAdapter(CredentialsActor.Answered.class, Judged::new);
        this.state = first.next();
        perform(first);
        if (retired) context.getSelf().tell(Woke.INSTANCE); // over before it began: stop with the first message
    }

    @Override
    public Behavior<Command> onMessage(Command command) {
        switch (command) {
            case Happened(var input) -> advance(input);
            case KernelAnswered(var answered) ->
                advance(new Input.KernelSaid(new Ticket(answered.ticket()), answered.reply()));
            case Judged(var answered) ->
                advance(new Input.CredentialsSaid(new Ticket(answered.ticket()), answered.verdict()));
            case Woke.INSTANCE -> advance(new Input.Woke());
        }
        return retired ? Behaviors.stopped() : this;
    }

    private void advance(Input input) {
        perform(with.machine().step(state, with.clock().instant(), input));
    }

    private void perform(Step<SaState, Effect> step) {
        state = step.next();
        step.effects().forEach(this::perform);
        state.wakeAt(with.settings())
                .ifPresentOrElse(
                        at -> timers.startSingleTimer(
                                Woke.INSTANCE,
                                Woke.INSTANCE,
                                max(Duration.ZERO, Duration.between(with.clock().instant(), at))),
                        () -> timers.cancel(Woke.INSTANCE));
    }

    private void perform(Effect effect) {
        switch (effect) {
            case Effect.Send(var datagram) -> with.network().tell(new UdpEndpoint.Send(datagram));
            case Effect.KeepAlive(var path) -> with.network().tell(new UdpEndpoint.KeepAlive(path));
            case Effect.Moved(var remote) -> report(new Happening.Moved(spi, remote));
            case Effect.AskCredentials(var ticket, var question) ->
                with.credentials().tell(new CredentialsActor.Ask(ticket.number(), question, verdicts));
            case Effect.AskKernel(var ticket, var request) ->
                with.kernel().tell(new KernelPort.Ask(ticket.number(), request, kernelAnswers));
            case Effect.MayAuthenticate question -> report(new Happening.ClearanceAsked(spi, question));
            case Effect.AskAdmission question -> report(new Happening.AdmissionAsked(spi, question));
            case Effect.Established established -> report(new Happening.Established(spi, established));
            case Effect.Changed changed -> report(new Happening.Changed(spi, changed));
            case Effect.Ignored(var why) -> getContext().getLog().debug("{}: ignored {}", spi, why);
            case Effect.Confirmed() -> report(new Happening.Confirmed(spi));
            case Effect.AuthenticateWithin(var time) -> report(new Happening.Limited(spi, time));
            case Effect.LeftBehind(var outbound) -> report(new Happening.LeftBehind(spi, outbound));
            case Effect.Idle() -> report(new Happening.Idle(spi));
            case Effect.Finished(var ending, var why) -> report(new Happening.Finished(spi, ending, why));
            case Effect.KnownBy(var spis) -> with.registry().tell(new TunnelRegistry.KnownBy(spi, spis));
            case Effect.Parting() -> with.registry().tell(new TunnelRegistry.Parting(spi));
            case Effect.Parted() -> with.registry().tell(new TunnelRegistry.Parted(spi));
            case Effect.Retired() -> {
                retired = true;
                with.registry().tell(new TunnelRegistry.InPeace(spi));
            }
        }
    }

    private void report(Happening happening) {
        with.registry().tell(new TunnelRegistry.Reported(happening));
    }

    private static Duration max(Duration one, Duration other) {
        return one.compareTo(other) >= 0 ? one : other;
    }
}
