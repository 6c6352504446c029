package ikebana.netlink.actor;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.kernel.Reply;
import ikebana.kernel.Request;
import ikebana.netlink.route.RouteMessage;
import ikebana.settings.KernelSettings;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// On this host's own kernel, whether it lets us or not: what is promised holds in both cases.
class NetlinkConnectionTest {
    private static final KernelSettings.Netlink SETTINGS =
            new KernelSettings.Netlink(Duration.ofSeconds(5), 64 * 1024, KernelSettings.Sysctl.LEAVE);
    private static final int QUESTIONS = 500;

    private record Answer(int question, Reply reply) {}

    /// Hears nothing.
    private record Nobody() implements Connection.Listener {
        @Override
        public void opened(int eventRoom) {}

        @Override
        public void rang() {}

        @Override
        public void read(List<Reply.Seen> states, List<RouteMessage> linksAndAddresses) {}

        @Override
        public void lost(String why) {}
    }

    @Test
    void everyQuestionIsAnsweredOnce_alsoWhenTheLineIsClosedUnderIt() throws InterruptedException {
        BlockingQueue<Answer> answers = new LinkedBlockingQueue<>();
        var line = NetlinkConnection.open(SETTINGS, Duration.ofSeconds(30), new Nobody());
        for (int i = 0; i < QUESTIONS; i++) {
            int question = i;
            line.ask(new Request.DumpPolicies(), reply -> answers.add(new Answer(question, reply)));
            if (i == QUESTIONS / 2) line.close();
        }

        var heard = new boolean[QUESTIONS];
        for (int i = 0; i < QUESTIONS; i++) {
            var answer = answers.poll(10, TimeUnit.SECONDS);
            assertThat(answer).as("answer %d", i).isNotNull();
            if (answer == null) return;
            assertThat(heard[answer.question()]).isFalse();
            heard[answer.question()] = true;
            if (answer.question() > QUESTIONS / 2) assertThat(answer.reply()).isInstanceOf(Reply.Refused.class);
        }
        assertThat(answers).isEmpty();
    }
}
