package ikebana.tunnel;

import ikebana.settings.InquirySettings;
import ikebana.tunnel.HttpInquirer.Answer;
import ikebana.tunnel.HttpInquirer.Source;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Optional;

/// What others have said about certificates, and who has failed to. Many threads use it.
///
/// What was used least recently is forgotten first.
final class AnswerMemory {
    /// Failures are small, and gone after a while.
    private static final int MOST_FAILURES = 1000;

    /// What an answer costs beside its bytes.
    private static final int OVERHEAD = 1024;

    private record Kept(Answer answer, Instant since) {}

    private record Failure(String sentence, Instant until) {}

    private final InquirySettings settings;
    private final LinkedHashMap<Source, Kept> answers = new LinkedHashMap<>(16, 0.75f, true);
    private final LinkedHashMap<Object, Failure> failures = new LinkedHashMap<>();
    private long size;

    AnswerMemory(InquirySettings settings) {
        this.settings = settings;
    }

    synchronized Optional<Answer> kept(Source source) {
        return Optional.ofNullable(answers.get(source)).map(Kept::answer);
    }

    /// Whether it should be fetched anew, although it may still count.
    synchronized boolean isOld(Source source, Instant now) {
        var kept = answers.get(source);
        return kept == null || kept.since().plus(settings.refreshAfter()).isBefore(now);
    }

    synchronized void keep(Source source, Answer answer, Instant now) {
        failures.remove(source);
        var before = answers.put(source, new Kept(answer, now));
        size += cost(answer) - (before == null ? 0 : cost(before.answer()));
        var eldest = answers.entrySet().iterator();
        while (size > settings.memory() && eldest.hasNext()) {
            size -= cost(eldest.next().getValue().answer());
            eldest.remove();
        }
    }

    private static int cost(Answer answer) {
        return answer.size() + OVERHEAD;
    }

    /// Why it is not asked again just now.
    ///
    /// @param what a [Source], or an address where nobody answers whatever is asked
    synchronized Optional<String> failure(Object what, Instant now) {
        return Optional.ofNullable(failures.get(what))
                .filter(failure -> now.isBefore(failure.until()))
                .map(Failure::sentence);
    }

    synchronized void failed(Object what, String sentence, Instant now) {
        failures.remove(what); // so that it is the youngest
        failures.put(what, new Failure(sentence, now.plus(settings.retryAfter())));
        var eldest = failures.entrySet().iterator();
        for (int over = failures.size() - MOST_FAILURES; over > 0; over--) {
            eldest.next();
            eldest.remove();
        }
    }

    /// In bytes.
    synchronized long size() {
        return size;
    }
}
