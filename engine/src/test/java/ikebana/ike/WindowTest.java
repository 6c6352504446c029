package ikebana.ike;

import static org.assertj.core.api.Assertions.assertThat;

import ikebana.settings.Retransmission;
import ikebana.wire.Bytes;
import ikebana.wire.MessageId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class WindowTest {
    private static final Instant NOW = Instant.EPOCH;
    private static final Retransmission SCHEDULE = NewcomerFuzz.SETTINGS.retransmission();
    private static final Bytes FIRST = Bytes.ofHex("01");
    private static final Bytes SECOND = Bytes.ofHex("02");
    private static final Bytes REPLY = Bytes.ofHex("0a");

    /// RFC 7296 2.2
    @Test
    void bothCountersBeginWithZeroAndGoUpByOne() {
        assertThat(Window.FRESH.next()).isEqualTo(MessageId.ZERO);
        assertThat(Window.FRESH.expected()).isEqualTo(MessageId.ZERO);
        assertThat(Window.FRESH.sent(List.of(FIRST), NOW, SCHEDULE, 0).next()).isEqualTo(new MessageId(1));
        assertThat(Window.FRESH.replied(FIRST, List.of(REPLY)).expected()).isEqualTo(new MessageId(1));
    }

    /// RFC 7296 2.1, 2.3
    @Test
    void onlyTheAnswerToWhatIsInFlightIsAwaited() {
        var flying = Window.FRESH.sent(List.of(FIRST), NOW, SCHEDULE, 0);

        assertThat(flying.awaits(MessageId.ZERO)).isTrue();
        assertThat(flying.awaits(new MessageId(1))).isFalse();
        assertThat(flying.answered().awaits(MessageId.ZERO)).isFalse();
    }

    /// RFC 7296 2.1: a stranger who makes up a request gets nothing out of what was said before.
    @Test
    void aRequestThatComesAgainByteForByteHasTheSameReply_andNoOther() {
        var replied = Window.FRESH.replied(FIRST, List.of(REPLY));

        assertThat(replied.repeated(FIRST)).contains(List.of(REPLY));
        assertThat(replied.repeated(SECOND)).isEmpty();
        assertThat(replied.replied(SECOND, List.of(REPLY)).repeated(FIRST)).isEmpty();
    }

    /// RFC 7296 2.1, 2.4
    @Test
    void whatIsSentAgainKeepsItsBytesAndWaitsLongerEachTime() {
        var once = Window.FRESH.sent(List.of(FIRST), NOW, SCHEDULE, 0).flight().orElseThrow();
        var twice = Window.FRESH
                .sent(List.of(FIRST), NOW, SCHEDULE, 0)
                .resent(NOW, SCHEDULE, 0)
                .flight()
                .orElseThrow();

        assertThat(twice.datagrams()).isEqualTo(once.datagrams());
        assertThat(twice.id()).isEqualTo(once.id());
        assertThat(Duration.between(NOW, twice.resendAt())).isGreaterThan(Duration.between(NOW, once.resendAt()));
    }
}
