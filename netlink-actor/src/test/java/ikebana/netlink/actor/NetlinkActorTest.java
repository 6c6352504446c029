package ikebana.netlink.actor;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.LoggingTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import ikebana.kernel.Acquire;
import ikebana.kernel.Notice;
import ikebana.kernel.Prefix;
import ikebana.kernel.Reply;
import ikebana.kernel.Request;
import ikebana.kernel.Selector;
import ikebana.netlink.Recorded;
import ikebana.netlink.codec.Attribute;
import ikebana.netlink.route.RouteMessage;
import ikebana.port.KernelPort;
import ikebana.port.KernelPort.Answered;
import ikebana.wire.IpAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class NetlinkActorTest {
    private static final ActorTestKit KIT = ActorTestKit.create();
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final IpAddress SPOKE = IpAddress.of("192.0.2.2");
    private static final IpAddress HUB = IpAddress.of("192.0.2.1");
    private static final Reply.Seen LARVAL = new Reply.Larval(new Acquire(
            3, 9, SPOKE, HUB, new Selector(Prefix.host(SPOKE), Prefix.host(HUB), Selector.GRE, Optional.empty())));

    @AfterAll
    static void stop() {
        KIT.shutdownTestKit();
    }

    /// A line whose other end is the test.
    private static final class Line implements Connection {
        private final Listener listener;
        private final BlockingQueue<String> did = new LinkedBlockingQueue<>();
        private final BlockingQueue<Consumer<Reply>> questions = new LinkedBlockingQueue<>();
        private List<Event> events = new ArrayList<>();
        private boolean lost;

        Line(Listener listener) {
            this.listener = listener;
        }

        @Override
        public void ask(Request request, Consumer<Reply> answer) {
            questions.add(answer);
        }

        @Override
        public void readAll() {
            did.add("read");
        }

        @Override
        public synchronized Heard heard() {
            var heard = new Heard(List.copyOf(events), lost);
            events = new ArrayList<>();
            lost = false;
            return heard;
        }

        synchronized void say(boolean andLose, Event... all) {
            events.addAll(List.of(all));
            lost = andLose;
            listener.rang();
        }

        @Override
        public void close() {
            did.add("closed");
        }

        void expect(String what) throws InterruptedException {
            assertThat(did.poll(SOON.toSeconds(), TimeUnit.SECONDS)).isEqualTo(what);
        }
    }

    private final BlockingQueue<Line> lines = new LinkedBlockingQueue<>();
    private final TestProbe<Notice> listener = KIT.createTestProbe(Notice.class);
    private final ActorRef<KernelPort.Command> actor = KIT.spawn(NetlinkActor.create(1000, callbacks -> {
        var line = new Line(callbacks);
        lines.add(line);
        return line;
    }));

    private Line line() throws InterruptedException {
        var line = lines.poll(SOON.toSeconds(), TimeUnit.SECONDS);
        assertThat(line).isNotNull();
        return Objects.requireNonNull(line);
    }

    /// Open, listened to, and read once.
    private Line ready() throws InterruptedException {
        var line = line();
        actor.tell(new KernelPort.Listen(listener.getRef()));
        line.listener.opened(1000);
        line.expect("read");
        line.listener.read(List.of(), List.of());
        listener.expectMessage(SOON, new Notice.Resynchronised(List.of(), List.of()));
        return line;
    }

    @Test
    void anAnswerHasTheTicketOfItsQuestion() throws InterruptedException {
        var line = line();
        TestProbe<Answered> asker = KIT.createTestProbe(Answered.class);
        actor.tell(new KernelPort.Ask(1, new Request.DumpStates(), asker.getRef()));
        actor.tell(new KernelPort.Ask(2, new Request.DumpPolicies(), asker.getRef()));
        var first = line.questions.take();
        line.questions.take().accept(new Reply.Policies(List.of()));
        first.accept(new Reply.Done());
        asker.expectMessage(SOON, new Answered(2, new Reply.Policies(List.of())));
        asker.expectMessage(SOON, new Answered(1, new Reply.Done()));
    }

    @Test
    void theFirstNoticeIsAllThatIsThere() throws InterruptedException {
        var line = line();
        actor.tell(new KernelPort.Listen(listener.getRef()));
        line.listener.opened(1000);
        line.say(false, acquired());
        line.listener.read(List.of(LARVAL), List.of(address(RouteMessage.NEWADDR)));
        listener.expectMessage(SOON, new Notice.Resynchronised(List.of(LARVAL), List.of(SPOKE)));
        listener.expectMessageClass(Notice.Acquired.class, SOON);
    }

    @Test
    void whoListensLaterHearsAllThatIsThereToo() throws InterruptedException {
        var line = ready();
        TestProbe<Notice> later = KIT.createTestProbe(Notice.class);
        actor.tell(new KernelPort.Listen(later.getRef()));
        line.expect("read");
        line.listener.read(List.of(LARVAL), List.of());
        later.expectMessage(SOON, new Notice.Resynchronised(List.of(LARVAL), List.of()));
    }

    @Test
    void eventsBecomeNotices() throws InterruptedException {
        var line = ready();
        line.say(false, acquired(), new Connection.Event.AboutRoutes(address(RouteMessage.NEWADDR)));
        listener.expectMessageClass(Notice.Acquired.class, SOON);
        listener.expectMessage(SOON, new Notice.AddressAdded(SPOKE));
        line.say(false, new Connection.Event.AboutRoutes(address(RouteMessage.DELADDR)));
        listener.expectMessage(SOON, new Notice.AddressRemoved(SPOKE));
    }

    @Test
    void afterALossAllIsReadAndWhatCameMeanwhileFollows() throws InterruptedException {
        var line = ready();
        line.say(true);
        line.expect("read");
        line.say(false, acquired());
        listener.expectNoMessage(Duration.ofMillis(100));
        line.listener.read(List.of(LARVAL), List.of());
        listener.expectMessage(SOON, new Notice.Resynchronised(List.of(LARVAL), List.of()));
        listener.expectMessageClass(Notice.Acquired.class, SOON);
    }

    @Test
    void aLostLineIsOpenedAnewAndTheListenerIsToldAllAgain() throws InterruptedException {
        var line = ready();
        line.listener.lost("the kernel hung up");
        line.expect("closed");
        var next = line();
        line.listener.read(List.of(LARVAL), List.of()); // a late word of the dead line
        next.listener.opened(1000);
        next.expect("read");
        next.listener.read(List.of(), List.of());
        listener.expectMessage(SOON, new Notice.Resynchronised(List.of(), List.of()));
    }

    @Test
    void killed_itClosesItsLineOpensAnotherAndTellsTheListenerAllAgain() throws InterruptedException {
        var line = ready();
        kill();
        line.expect("closed");
        var next = line();
        next.listener.opened(1000);
        next.expect("read");
        next.listener.read(List.of(LARVAL), List.of(address(RouteMessage.NEWADDR)));
        listener.expectMessage(SOON, new Notice.Resynchronised(List.of(LARVAL), List.of(SPOKE)));
        next.say(false, acquired());
        listener.expectMessageClass(Notice.Acquired.class, SOON);
    }

    @Test
    void killed_itStillPassesOnTheAnswersToWhatWasAskedBefore() throws InterruptedException {
        var line = ready();
        TestProbe<Answered> asker = KIT.createTestProbe(Answered.class);
        actor.tell(new KernelPort.Ask(6, new Request.DumpStates(), asker.getRef()));
        var answer = line.questions.take();
        kill();
        line.expect("closed");
        answer.accept(new Reply.Refused(Reply.Why.OTHER, "the line to the kernel was closed"));
        asker.expectMessage(
                SOON, new Answered(6, new Reply.Refused(Reply.Why.OTHER, "the line to the kernel was closed")));
    }

    /// As a bug of ours would, in the midst of a message.
    private void kill() {
        ActorRef<Object> anything = actor.unsafeUpcast();
        LoggingTestKit.empty().withCause(ClassCastException.class).expect(KIT.system(), () -> {
            anything.tell("no command of yours");
            return true;
        });
    }

    @Test
    void whatIsAskedDuringTheRestartIsAskedOfTheNextLine() throws InterruptedException {
        var line = ready();
        line.listener.lost("the kernel hung up");
        line.expect("closed");
        TestProbe<Answered> asker = KIT.createTestProbe(Answered.class);
        actor.tell(new KernelPort.Ask(5, new Request.DumpStates(), asker.getRef()));
        line().questions.take().accept(new Reply.Done());
        asker.expectMessage(SOON, new Answered(5, new Reply.Done()));
    }

    @Test
    void aStoppedActorClosesItsLine() throws InterruptedException {
        var line = ready();
        KIT.stop(actor);
        line.expect("closed");
    }

    private static Connection.Event acquired() {
        return new Connection.Event.AboutXfrm(Recorded.of("event", "acquire").getFirst());
    }

    private static RouteMessage address(int type) {
        return new RouteMessage.Address(type, 2, 32, 0, 0, 2, List.of(new Attribute(2, SPOKE.raw())));
    }
}
